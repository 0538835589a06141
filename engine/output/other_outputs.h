#pragma once

#include <string>
#include <vector>

#include "base/describe.h"

namespace rocky::output {

/// `rocky explain CODE`.
struct ExplainOutput {
  std::string version;
  std::string command = "explain";
  std::string code;
  std::string name;
  int exit_code = 0;
  bool retryable = false;
  std::string failure_kind;
  std::string explanation;

  static constexpr void describe(auto field) {
    using E = ExplainOutput;
    field("version", &E::version, "Engine version.");
    field("command", &E::command, "`explain`.");
    field("code", &E::code, "Stable code, e.g. `R0421`.");
    field("name", &E::name, "Stable name, e.g. `key_conflict`.");
    field("exit_code", &E::exit_code, "Exit code of a command that fails with it.");
    field("retryable", &E::retryable, "Trying again later, unchanged, may work.");
    field("failure_kind", &E::failure_kind, "As in `error.failure_kind`.");
    field("explanation", &E::explanation, "When it is raised and what to do.");
  }
};

/// `rocky help TOPIC`.
struct HelpOutput {
  std::string version;
  std::string command = "help";
  std::string topic;
  std::string text;

  static constexpr void describe(auto field) {
    field("version", &HelpOutput::version, "Engine version.");
    field("command", &HelpOutput::command, "`help`.");
    field("topic", &HelpOutput::topic, "What was asked for.");
    field("text", &HelpOutput::text, "What there is to know.");
  }
};

/// `rocky export-schemas DIR` and `rocky playground DIR`.
struct FilesOutput {
  std::string version;
  std::string command;
  std::string directory;
  std::vector<std::string> files;
  std::vector<std::string> next;

  static constexpr void describe(auto field) {
    using F = FilesOutput;
    field("version", &F::version, "Engine version.");
    field("command", &F::command, "`export-schemas` or `playground`.");
    field("directory", &F::directory, "Where to, as given.");
    field("files", &F::files, "Written, relative to it.");
    field("next", &F::next, "Commands to try next.", Presence::OmitEmpty);
  }
};

static_assert(fully_described<ExplainOutput>() && fully_described<HelpOutput>() &&
              fully_described<FilesOutput>());

}  // namespace rocky::output
