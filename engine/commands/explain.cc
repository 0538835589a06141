#include "base/strings.h"
#include "commands/verbs.h"
#include "errors/error_pages.h"

namespace rocky::commands {
namespace {

Error unknown_code(const std::string& code) {
  std::vector<std::string> known;
  for (const ErrorSpec& spec : all_errors()) {
    known.emplace_back(spec.id);
    known.emplace_back(spec.name);
  }
  const auto near = closest(code, known);
  return fail(ErrorCode::NotFound, "no error has this code code=`{}`", code)
      .with_hint(near ? "did you mean `rocky explain " + *near + "`?" : "codes look like R0421");
}

}  // namespace

Result<Reply> explain(const World& world, const Globals&, const ExplainArguments& arguments) {
  const auto code = find_error(arguments.code);
  if (!code) return unknown_code(arguments.code);
  const ErrorSpec& spec = spec_of(*code);
  output::ExplainOutput output;
  output.version = world.version;
  output.code = spec.id;
  output.name = spec.name;
  output.exit_code = spec.exit_code;
  output.retryable = spec.retryable;
  output.failure_kind = name_of(spec.failure_kind);
  output.explanation = page_of(*code);
  return reply_with(output);
}

}  // namespace rocky::commands
