#pragma once

#include <string>

#include "output/error_info.h"

namespace rocky::output {

/// What a command prints that failed before it had a document of its own.
struct ErrorOutput {
  std::string version;
  std::string command;
  ErrorInfo error;

  static constexpr void describe(auto field) {
    field("version", &ErrorOutput::version, "Engine version.");
    field("command", &ErrorOutput::command,
          "The verb that failed; empty when none was understood.");
    field("error", &ErrorOutput::error, "What went wrong, and the way out.");
  }
};

}  // namespace rocky::output
