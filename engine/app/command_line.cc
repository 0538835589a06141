#include "app/command_line.h"

#include <algorithm>
#include <cstdlib>
#include <variant>

#include "app/options.h"
#include "app/print.h"
#include "app/step_hook.h"
#include "app/version.h"
#include "commands/failure.h"
#include "commands/run.h"
#include "commands/verbs.h"
#include "run/signals.h"

namespace rocky::app {
namespace {

using namespace commands;  // Every verb's function and arguments.

/// Hands the arguments of a verb to its function.
struct Dispatch {
  const World& world;
  const Globals& globals;

  Result<Reply> operator()(const RunArguments& a) const { return run_or_plan(a); }
  Result<Reply> run_or_plan(const RunArguments& a) const {
    if (!a.not_yet.empty()) {
      return fail(ErrorCode::NotSupportedYet, "this version does not have option=`{}`",
                  a.not_yet.front())
          .with_hint("`rocky run --help` lists the options that it has");
    }
    return a.dry_run ? plan(world, globals, {a.selection}) : commands::run(world, globals, a);
  }

  Result<Reply> operator()(const PlanArguments& a) const { return plan(world, globals, a); }
  Result<Reply> operator()(const ValidateArguments& a) const { return validate(world, globals, a); }
  Result<Reply> operator()(const DiscoverArguments& a) const { return discover(world, globals, a); }
  Result<Reply> operator()(const CompileArguments& a) const { return compile(world, globals, a); }
  Result<Reply> operator()(const StateShowArguments& a) const {
    return state_show(world, globals, a);
  }
  Result<Reply> operator()(const ClaimsListArguments& a) const {
    return claims_list(world, globals, a);
  }
  Result<Reply> operator()(const ClaimsShowArguments& a) const {
    return claims_show(world, globals, a);
  }
  Result<Reply> operator()(const ClaimsReleaseArguments& a) const {
    return claims_release(world, globals, a);
  }
  Result<Reply> operator()(const ClaimsRepairArguments& a) const {
    return claims_repair(world, globals, a);
  }
  Result<Reply> operator()(const ProbeArguments& a) const { return state_probe(world, globals, a); }
  Result<Reply> operator()(const DrainArguments& a) const { return state_drain(world, globals, a); }
  Result<Reply> operator()(const VerifyArguments& a) const {
    return state_verify(world, globals, a);
  }
  Result<Reply> operator()(const GcArguments& a) const { return state_gc(world, globals, a); }
  Result<Reply> operator()(const HistoryArguments& a) const { return history(world, globals, a); }
  Result<Reply> operator()(const ExportSchemasArguments& a) const {
    return export_schemas(world, globals, a);
  }
  Result<Reply> operator()(const ExplainArguments& a) const { return explain(world, globals, a); }
  Result<Reply> operator()(const HelpArguments& a) const { return help_topic(world, globals, a); }
  Result<Reply> operator()(const PlaygroundArguments& a) const {
    return playground(world, globals, a);
  }
};

/// Whether a signal has to wait until the command has tidied up.
bool has_effects(const Arguments& arguments) {
  return std::holds_alternative<RunArguments>(arguments) ||
         std::holds_alternative<ClaimsReleaseArguments>(arguments) ||
         std::holds_alternative<ClaimsRepairArguments>(arguments);
}

Result<LogOptions> log_options(const Globals& globals) {
  const std::string asked = system_environment().get("ROCKY_LOG").value_or("");
  const auto named = parse_log_level(asked);
  if (!named && !asked.empty()) {
    return fail(ErrorCode::Usage, "ROCKY_LOG is not a level given=`{}`", asked)
        .with_hint("one of debug, info, warning, error, off");
  }
  LogOptions options{named.value_or(LogLevel::Warning),
                     globals.log_as_json ? LogFormat::Json : LogFormat::Text};
  const int level = static_cast<int>(options.level) - globals.verbosity;
  options.level = static_cast<LogLevel>(
      std::clamp(level, static_cast<int>(LogLevel::Debug), static_cast<int>(LogLevel::Off)));
  return options;
}

/// Without the destructors: one of them would wait.
std::function<void(const Reply&)> leaver(const Invocation& invocation,
                                         const SecretRegistry& secrets) {
  return [&invocation, &secrets](const Reply& reply) {
    std::_Exit(print(reply, format_for(invocation.verb, invocation.globals.format), secrets));
  };
}

Result<Reply> run_in_world(const Invocation& invocation, SecretRegistry& secrets) {
  ROCKY_ASSIGN(const auto observer, step_hook(system_environment()));
  ROCKY_ASSIGN(const LogOptions options, log_options(invocation.globals));
  const auto log = open_stderr_log(options, system_clock(), secrets);
  const HostIdentity host = read_host_identity();
  Cancellation cancellation;
  const World world{system_clock(),
                    system_random(),
                    system_threads(),
                    system_environment(),
                    host,
                    *log,
                    secrets,
                    *observer,
                    cancellation,
                    std::string(engine_version()),
                    leaver(invocation, secrets)};
  const Dispatch dispatch{world, invocation.globals};
  if (!has_effects(invocation.arguments)) {
    run::unblock_stop_signals();
    return std::visit(dispatch, invocation.arguments);
  }
  ROCKY_ASSIGN(const auto signals,
               run::StopSignals::watch(system_clock(), system_threads(), cancellation));
  return std::visit(dispatch, invocation.arguments);
}

int print_failure(const std::string& verb, Error error, OutputFormat format,
                  const SecretRegistry& secrets) {
  return print(failure_reply(std::string(engine_version()), verb, std::move(error)), format,
               secrets);
}

}  // namespace

int run_command_line(const std::vector<std::string>& arguments) {
  SecretRegistry secrets;
  auto parsed = parse_options(arguments);
  if (!parsed) {
    return print_failure("", std::move(parsed).error(), format_for("", format_asked_for(arguments)),
                         secrets);
  }
  if (const auto* text = std::get_if<PrintText>(&*parsed)) return print_text(text->text);
  const Invocation& invocation = std::get<Invocation>(*parsed);
  const OutputFormat format = format_for(invocation.verb, invocation.globals.format);
  Result<Reply> reply = run_in_world(invocation, secrets);
  if (!reply) return print_failure(invocation.verb, std::move(reply).error(), format, secrets);
  return print(*reply, format, secrets);
}

}  // namespace rocky::app
