#include "commands/failure.h"

#include "output/error_output.h"

namespace rocky::commands {

Reply failure_reply(const std::string& version, const std::string& verb, Error error) {
  if (verb == "run") {
    output::RunOutput run;
    run.version = version;
    run.status = output::RunStatus::Failure;
    run.interrupted = error.code == ErrorCode::Interrupted;
    run.error = output::describe_error(error);
    return reply_with(run, std::move(error));
  }
  const output::ErrorOutput output{version, verb, output::describe_error(error)};
  Reply reply;
  reply.json = output::json_of(output, output::JsonForm::Indented);
  reply.json_line = output::json_of(output, output::JsonForm::OneLine);
  reply.exit_code = spec_of(error.code).exit_code;
  reply.error = std::move(error);
  return reply;
}

}  // namespace rocky::commands
