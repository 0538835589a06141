#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rocky::commands {

enum class OutputFormat { Table, Json, Markdown, NdJson };

/// What every verb takes, before or after it.
struct Globals {
  std::string config_path = "rocky.toml";
  std::optional<OutputFormat> format;  ///< Empty: a table on a terminal, JSON elsewhere.
  std::optional<std::string> state_path;
  std::optional<std::string> state_namespace;
  std::optional<std::string> environment;
  std::vector<std::pair<std::string, std::string>> variables;
  std::optional<int> lock_timeout_seconds;
  bool import_fresh_state = false;
  int verbosity = 0;  ///< -v counts up, -q counts down.
  bool log_as_json = false;
};

struct Selection {
  std::string pipeline;  ///< Empty: the only one.
  std::string filter;
  std::string model;
  bool full_refresh = false;
};

struct RunArguments {
  Selection selection;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> on_in_flight;  ///< `skip`, `wait`, `fail`; empty: as configured.
  std::optional<int> wait_timeout_seconds;
  bool strict_exit = false;
  bool strict_record = false;
  bool dry_run = false;
  std::vector<std::string> not_yet;  ///< Options given that this version does not act on.
};
struct PlanArguments {
  Selection selection;
};
struct ValidateArguments {};
struct DiscoverArguments {
  std::string pipeline;
};
struct CompileArguments {
  std::string models;  ///< Directory; empty: those of the transformation pipelines.
};
struct StateShowArguments {};
struct ClaimsListArguments {
  int limit = 1000;
  std::string after;  ///< `sha256:DIGEST` that the page before ended with; empty: the first page.
};
struct ProbeArguments {};
struct DrainArguments {};
struct VerifyArguments {};
struct GcArguments {};
struct ClaimsShowArguments {
  std::string key;
};
struct ClaimsReleaseArguments {
  std::string key;
  std::string reason;
  bool rerun = false;
  bool steal = false;
  bool force_cache = false;
};
struct ClaimsRepairArguments {
  std::string key;
  std::string reason;
  bool force_cache = false;
};
struct HistoryArguments {
  std::string model;
  std::string since;
  int limit = 50;
};
struct ExportSchemasArguments {
  std::string directory;
};
struct ExplainArguments {
  std::string code;
};
struct HelpArguments {
  std::string topic;
};
struct PlaygroundArguments {
  std::string directory;
};

using Arguments =
    std::variant<RunArguments, PlanArguments, ValidateArguments, DiscoverArguments,
                 CompileArguments, StateShowArguments, ClaimsListArguments, ClaimsShowArguments,
                 ClaimsReleaseArguments, ClaimsRepairArguments, ProbeArguments, DrainArguments,
                 VerifyArguments, GcArguments, HistoryArguments, ExportSchemasArguments,
                 ExplainArguments, HelpArguments, PlaygroundArguments>;

/// A command line, understood.
struct Invocation {
  std::string verb;  ///< As typed: `run`, `state claims show`.
  Globals globals;
  Arguments arguments;
};

}  // namespace rocky::commands
