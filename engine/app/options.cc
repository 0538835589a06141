#include "app/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "app/version.h"
#include "base/strings.h"

namespace rocky::app {
namespace {

using commands::OutputFormat;

const std::map<std::string, OutputFormat> kFormats = {{"table", OutputFormat::Table},
                                                      {"json", OutputFormat::Json},
                                                      {"md", OutputFormat::Markdown},
                                                      {"ndjson", OutputFormat::NdJson}};

constexpr const char* kAbout =
    "Rocky runs SQL data pipelines described in rocky.toml. A run with a key happens once.";

/// One parse: what the options write into, and the verb that was chosen.
struct Parse {
  explicit Parse(CLI::App& root) : app(root) {}

  CLI::App& app;
  commands::Globals globals;
  std::vector<std::string> variables;
  std::string format, log_format = "text";
  int verbose = 0, quiet = 0;
  std::string verb;
  std::function<commands::Arguments()> arguments;

  commands::RunArguments run;
  std::string key, resume;
  bool resume_latest = false;
  commands::PlanArguments plan;
  commands::DiscoverArguments discover;
  commands::CompileArguments compile;
  commands::ClaimsListArguments claims_list;
  commands::ClaimsShowArguments claims_show;
  commands::ClaimsReleaseArguments claims_release;
  commands::ClaimsRepairArguments claims_repair;
  commands::HistoryArguments history;
  commands::ExportSchemasArguments export_schemas;
  commands::ExplainArguments explain;
  commands::HelpArguments help;
  commands::PlaygroundArguments playground;

  /// Declares a verb; `values` says what it is called with once its options are read.
  template <class Arguments>
  CLI::App* verb_of(CLI::App& parent, const std::string& name, const std::string& about,
                    const Arguments* values, const std::string& examples) {
    CLI::App* sub = parent.add_subcommand(name, about);
    sub->fallthrough();
    sub->footer("Examples:\n" + examples);
    const std::string full = (&parent == &app ? "" : verb_prefix(parent)) + name;
    sub->callback([this, full, values, sub] {
      if (!sub->get_subcommands().empty()) return;  // The inner verb counts.
      verb = full;
      arguments = [values] { return commands::Arguments(*values); };
    });
    return sub;
  }

  std::string verb_prefix(const CLI::App& parent) const {
    std::string prefix = parent.get_name() + " ";
    for (const CLI::App* up = parent.get_parent(); up && up != &app; up = up->get_parent()) {
      prefix.insert(0, up->get_name() + " ");
    }
    return prefix;
  }
};

void add_globals(Parse& parse) {
  CLI::App& app = parse.app;
  auto& globals = parse.globals;
  app.add_option("-c,--config", globals.config_path, "The project's configuration")
      ->envname("ROCKY_CONFIG")
      ->capture_default_str();
  app.add_option("-o,--output", parse.format,
                 "table, json, md or ndjson; default: a table on a terminal, else json")
      ->envname("ROCKY_OUTPUT")
      ->check(CLI::IsMember(kFormats));
  app.add_option("--state-path", globals.state_path,
                 "The state file, relative to the working directory")
      ->envname("ROCKY_STATE_PATH");
  app.add_option("--state-namespace", globals.state_namespace,
                 "Keeps the state of several deployments apart")
      ->envname("ROCKY_STATE_NAMESPACE");
  app.add_option("--env", globals.environment, "Overlay [env.NAME] of the configuration")
      ->envname("ROCKY_ENV");
  app.add_option("--var", parse.variables, "NAME=VALUE for ${var:NAME}; may be repeated")
      ->envname("ROCKY_VAR");
  app.add_option("--lock-timeout", globals.lock_timeout_seconds,
                 "Seconds to wait for a DuckDB file held elsewhere")
      ->envname("ROCKY_LOCK_TIMEOUT")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--import-fresh-state", globals.import_fresh_state,
               "Move a state file of the Rust engine aside and begin anew")
      ->envname("ROCKY_IMPORT_FRESH_STATE");
  app.add_option("--log-format", parse.log_format, "text or json, on stderr")
      ->envname("ROCKY_LOG_FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_flag("-v,--verbose", parse.verbose,
               "Say more on stderr; -vv still more (or set ROCKY_LOG)");
  app.add_flag("-q,--quiet", parse.quiet, "Say less on stderr");
}

void add_selection(CLI::App* verb, commands::Selection& selection) {
  verb->add_option("--pipeline", selection.pipeline, "Which pipeline, where there are several")
      ->envname("ROCKY_PIPELINE");
  verb->add_option("--filter", selection.filter,
                   "KEY=VALUE: only sources with that component (or id)")
      ->envname("ROCKY_FILTER");
  verb->add_option("--model", selection.model, "Only this model")->envname("ROCKY_MODEL");
  verb->add_flag("--full-refresh", selection.full_refresh,
                 "Rebuild incremental tables from nothing")
      ->envname("ROCKY_FULL_REFRESH");
}

/// Options of the command line's vocabulary that a later version acts on: accepted, then refused by
/// name, instead of being taken for a spelling mistake.
void add_later(CLI::App* run, std::vector<std::string>& given) {
  for (const char* name :
       {"--governance-override", "--models", "--shadow-suffix", "--shadow-schema", "--branch",
        "--partition", "--from", "--to", "--lookback", "--defer-to", "--select", "--exclude",
        "--timeout", "--parallel"}) {
    run->add_option_function<std::string>(
           name, [&given, name](const std::string&) { given.emplace_back(name); })
        ->group("");
  }
  for (const char* name : {"--all", "--shadow", "--latest", "--missing", "--defer", "--dag"}) {
    run->add_flag_callback(name, [&given, name] { given.emplace_back(name); })->group("");
  }
}

void add_run(Parse& parse) {
  auto& run = parse.run;
  CLI::App* verb =
      parse.verb_of(parse.app, "run", "Run a pipeline", &run,
                    "  rocky run --pipeline nightly\n"
                    "  rocky run --idempotency-key nightly-2026-04-23 --on-in-flight wait\n");
  add_selection(verb, run.selection);
  verb->add_option("--idempotency-key", parse.key,
                   "Names this piece of work: it is done once, later calls skip. Stored as it is: "
                   "no secrets")
      ->envname("ROCKY_IDEMPOTENCY_KEY");
  verb->add_option("--on-in-flight", run.on_in_flight,
                   "When another run holds the key: skip, wait or fail")
      ->envname("ROCKY_ON_IN_FLIGHT")
      ->check(CLI::IsMember({"skip", "wait", "fail"}));
  verb->add_option("--wait-timeout", run.wait_timeout_seconds,
                   "Seconds to wait for the holder of the key")
      ->envname("ROCKY_WAIT_TIMEOUT")
      ->check(CLI::NonNegativeNumber);
  verb->add_flag("--strict-exit", run.strict_exit,
                 "Exit 75 where the key is held, 1 where it failed before")
      ->envname("ROCKY_STRICT_EXIT");
  verb->add_flag("--strict-record", run.strict_record,
                 "Exit 76 when the work is done but could not be recorded")
      ->envname("ROCKY_STRICT_RECORD");
  verb->add_flag("--dry-run", run.dry_run, "Show the plan; run and claim nothing")
      ->envname("ROCKY_DRY_RUN");
  verb->add_option("--resume", parse.resume, "")->group("");
  verb->add_flag("--resume-latest", parse.resume_latest, "")->group("");
  add_later(verb, run.not_yet);
}

void add_project_verbs(Parse& parse) {
  CLI::App* plan =
      parse.verb_of(parse.app, "plan", "Show what a run would do, as data and as SQL", &parse.plan,
                    "  rocky plan\n  rocky plan --pipeline nightly -o json\n");
  add_selection(plan, parse.plan.selection);
  static constexpr commands::ValidateArguments kValidate;
  parse.verb_of(parse.app, "validate", "Check configuration and models; connects to nothing",
                &kValidate, "  rocky validate\n  rocky -c other/rocky.toml validate -o json\n");
  CLI::App* discover =
      parse.verb_of(parse.app, "discover", "List the sources and tables of a replication",
                    &parse.discover, "  rocky discover\n  rocky discover --pipeline raw -o md\n");
  discover
      ->add_option("--pipeline", parse.discover.pipeline, "Which pipeline, where there are several")
      ->envname("ROCKY_PIPELINE");
  CLI::App* compile =
      parse.verb_of(parse.app, "compile", "Read the models and put them in order", &parse.compile,
                    "  rocky compile\n  rocky compile --models models/core -o json\n");
  compile->add_option("--models", parse.compile.models, "Their directory")->envname("ROCKY_MODELS");
}

void add_claims(Parse& parse, CLI::App& state) {
  CLI::App* claims =
      parse.verb_of(state, "claims", "Idempotency keys: who holds or used them", &parse.claims_list,
                    "  rocky state claims list\n  rocky state claims show nightly-2026-04-23\n");
  CLI::App* list = parse.verb_of(*claims, "list", "List keys", &parse.claims_list,
                                 "  rocky state claims list --limit 20\n"
                                 "  rocky state claims list -o json\n");
  list->add_option("--limit", parse.claims_list.limit, "At most so many")
      ->envname("ROCKY_LIMIT")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  list->add_option("--after", parse.claims_list.after,
                   "sha256:DIGEST, the `next` of the page before")
      ->envname("ROCKY_AFTER");
  const char* key = "The key, or sha256:DIGEST";
  const char* reason = "Why; kept in the record";
  CLI::App* show = parse.verb_of(*claims, "show", "Show one key", &parse.claims_show,
                                 "  rocky state claims show nightly-2026-04-23\n"
                                 "  rocky state claims show sha256:3f0c -o json\n");
  show->add_option("KEY", parse.claims_show.key, key)->required();
  CLI::App* release =
      parse.verb_of(*claims, "release", "Let a key be claimed again", &parse.claims_release,
                    "  rocky state claims release K --reason 'host was lost'\n"
                    "  rocky state claims release K --rerun --reason 'source was repaired'\n");
  release->add_option("KEY", parse.claims_release.key, key)->required();
  release->add_option("--reason", parse.claims_release.reason, reason)
      ->required()
      ->envname("ROCKY_REASON");
  release
      ->add_flag("--rerun", parse.claims_release.rerun,
                 "Run everything again, whatever was committed")
      ->envname("ROCKY_RERUN");
  release->add_flag("--steal", parse.claims_release.steal, "Even from an owner that may be alive")
      ->envname("ROCKY_STEAL");
  const char* force_cache = "Even where the cache in front of the store cannot be told";
  release->add_flag("--force-cache", parse.claims_release.force_cache, force_cache)
      ->envname("ROCKY_FORCE_CACHE");
  CLI::App* repair =
      parse.verb_of(*claims, "repair", "Replace a record that cannot be read", &parse.claims_repair,
                    "  rocky state claims repair K --reason 'disk error'\n"
                    "  rocky state claims repair sha256:3f0c --reason 'disk error'\n");
  repair->add_option("KEY", parse.claims_repair.key, key)->required();
  repair->add_option("--reason", parse.claims_repair.reason, reason)
      ->required()
      ->envname("ROCKY_REASON");
  repair->add_flag("--force-cache", parse.claims_repair.force_cache, force_cache)
      ->envname("ROCKY_FORCE_CACHE");
}

void add_upkeep(Parse& parse, CLI::App& state) {
  static constexpr commands::ProbeArguments kProbe;
  static constexpr commands::DrainArguments kDrain;
  static constexpr commands::VerifyArguments kVerify;
  static constexpr commands::GcArguments kGc;
  parse.verb_of(state, "probe", "Try whether the store keeps what a key needs", &kProbe,
                "  rocky state probe\n  rocky state probe -o json\n");
  parse.verb_of(state, "drain", "Record what waits on this host for the store", &kDrain,
                "  rocky state drain\n  rocky state drain -o json\n");
  parse.verb_of(state, "verify", "Compare what is on record with what the targets prove", &kVerify,
                "  rocky state verify\n  rocky state verify -o json\n");
  parse.verb_of(state, "gc", "Remove keys, runs and stamps that are past their time", &kGc,
                "  rocky state gc\n  rocky state gc -o json\n");
}

void add_state(Parse& parse) {
  static constexpr commands::StateShowArguments kShow;
  CLI::App* state = parse.verb_of(parse.app, "state", "What is known of tables, runs and keys",
                                  &kShow, "  rocky state\n  rocky state claims list\n");
  parse.verb_of(*state, "show", "Watermarks, and how much is on record", &kShow,
                "  rocky state show\n  rocky state show -o json\n");
  add_claims(parse, *state);
  add_upkeep(parse, *state);
  CLI::App* history = parse.verb_of(
      parse.app, "history", "Past runs, newest first", &parse.history,
      "  rocky history --since 2026-04-01\n  rocky history --model fct_sales -o json\n");
  history->add_option("--model", parse.history.model, "Only runs of this model or table")
      ->envname("ROCKY_MODEL");
  history
      ->add_option("--since", parse.history.since,
                   "From this day or moment: YYYY-MM-DD or RFC 3339")
      ->envname("ROCKY_SINCE");
  history->add_option("--limit", parse.history.limit, "At most so many")
      ->envname("ROCKY_LIMIT")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
}

void add_others(Parse& parse) {
  CLI::App* playground =
      parse.verb_of(parse.app, "playground", "Make a small project with data of its own",
                    &parse.playground, "  rocky playground demo\n  cd demo && rocky run\n");
  playground
      ->add_option("DIR", parse.playground.directory, "A directory that does not exist or is empty")
      ->required();
  CLI::App* schemas = parse.verb_of(
      parse.app, "export-schemas", "Write the JSON Schemas of all documents", &parse.export_schemas,
      "  rocky export-schemas schemas/\n  rocky export-schemas /tmp/schemas -o json\n");
  schemas->add_option("DIR", parse.export_schemas.directory, "Where to")->required();
  CLI::App* explain = parse.verb_of(parse.app, "explain", "Explain an error's code", &parse.explain,
                                    "  rocky explain R0421\n  rocky explain key_conflict\n");
  explain->add_option("CODE", parse.explain.code, "A code or its name")->required();
  CLI::App* help =
      parse.verb_of(parse.app, "help", "Explain a topic: exit-codes, environment, idempotency",
                    &parse.help, "  rocky help exit-codes\n  rocky help idempotency\n");
  help->add_option("TOPIC", parse.help.topic, "Empty: what this program can do");
}

Status read_variables(Parse& parse) {
  for (const std::string& text : parse.variables) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::Usage, "--var needs NAME=VALUE given=`{}`", text);
    }
    parse.globals.variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return {};
}

Status read_key(Parse& parse, const CLI::App& app) {
  const CLI::App* run = app.get_subcommand("run");
  // An empty variable counts as unset; an empty argument is a mistake.
  const bool given = run->get_option("--idempotency-key")->count() > 0;
  if (given && parse.key.empty())
    return fail(ErrorCode::Usage, "--idempotency-key needs a key that is not empty");
  if (given) parse.run.idempotency_key = parse.key;
  const bool resumes = run->get_option("--resume")->count() > 0;
  if (given && (resumes || parse.resume_latest)) {
    return fail(ErrorCode::Usage,
                "--idempotency-key cannot be used together with --resume or --resume-latest")
        .with_hint("resuming under a key needs no flag: repeat the command with the same key");
  }
  if (resumes) parse.run.not_yet.emplace_back("--resume");
  if (parse.resume_latest) parse.run.not_yet.emplace_back("--resume-latest");
  return {};
}

Result<commands::Invocation> finished(Parse& parse, const CLI::App& app) {
  ROCKY_TRY(read_variables(parse));
  ROCKY_TRY(read_key(parse, app));
  if (!parse.format.empty()) parse.globals.format = kFormats.at(parse.format);
  parse.globals.verbosity = parse.verbose - parse.quiet;
  parse.globals.log_as_json = parse.log_format == "json";
  return commands::Invocation{parse.verb, parse.globals, parse.arguments()};
}

/// The first line of CLI11's complaint, as ours are written.
std::string as_message(const std::string& what) {
  std::string line = what.substr(0, what.find('\n'));
  if (!line.empty() && line[0] >= 'A' && line[0] <= 'Z' &&
      (line.size() < 2 || line[1] < 'A' || line[1] > 'Z')) {
    line[0] = static_cast<char>(line[0] - 'A' + 'a');
  }
  while (!line.empty() && (line.back() == '.' || line.back() == ' ')) line.pop_back();
  return line;
}

/// The verb that was probably meant where an unknown one was typed.
std::string hint_for(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    verbs.push_back(verb->get_name());
  }
  for (const std::string& argument : arguments) {
    if (argument.empty() || argument[0] == '-') continue;
    if (std::find(verbs.begin(), verbs.end(), argument) != verbs.end()) break;
    if (const auto near = closest(argument, verbs)) return "did you mean `rocky " + *near + "`?";
  }
  return "`rocky --help` lists verbs and options";
}

std::vector<std::string> reversed(std::vector<std::string> arguments) {
  return {arguments.rbegin(), arguments.rend()};
}

}  // namespace

Result<std::variant<commands::Invocation, PrintText>> parse_options(
    const std::vector<std::string>& arguments) {
  CLI::App app(kAbout, "rocky");
  Parse parse(app);
  app.require_subcommand(0, 1);
  app.footer(
      "Examples:\n  rocky playground demo && cd demo && rocky run\n"
      "  rocky run --idempotency-key nightly-2026-04-23\n\n"
      "`rocky VERB --help` explains a verb; `rocky help exit-codes|environment|idempotency` a "
      "topic.");
  bool version = false;
  app.add_flag("--version", version, "Print `rocky X.Y.Z`");
  add_globals(parse);
  add_run(parse);
  add_project_verbs(parse);
  add_state(parse);
  add_others(parse);
  try {
    app.parse(reversed(arguments));
  } catch (const CLI::CallForHelp&) {
    return {PrintText{app.help()}};
  } catch (const CLI::ParseError& mistake) {
    return fail(ErrorCode::Usage, "{}", as_message(mistake.what()))
        .with_hint(hint_for(app, arguments));
  }
  if (version) return {PrintText{version_line()}};
  const bool asks_for_help =
      parse.arguments == nullptr || (parse.verb == "help" && parse.help.topic.empty());
  // Not app.help(): that would explain the verb `help`.
  if (asks_for_help)
    return {PrintText{app.get_formatter()->make_help(&app, "", CLI::AppFormatMode::Normal)}};
  ROCKY_ASSIGN(commands::Invocation invocation, finished(parse, app));
  return {std::move(invocation)};
}

std::optional<commands::OutputFormat> format_asked_for(const std::vector<std::string>& arguments) {
  std::string text;
  if (const char* variable = std::getenv("ROCKY_OUTPUT")) text = variable;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if ((argument == "-o" || argument == "--output") && i + 1 < arguments.size())
      text = arguments[i + 1];
    if (argument.rfind("--output=", 0) == 0) text = argument.substr(9);
    if (argument.rfind("-o", 0) == 0 && argument.size() > 2)
      text = argument.substr(argument[2] == '=' ? 3 : 2);
  }
  const auto format = kFormats.find(text);
  return format == kFormats.end() ? std::nullopt : std::optional(format->second);
}

}  // namespace rocky::app
