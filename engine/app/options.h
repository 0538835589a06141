#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "commands/arguments.h"
#include "errors/error.h"

namespace rocky::app {

/// A text that was asked for instead of a command, e.g. by --help.
struct PrintText {
  std::string text;
};

/// Understands a command line (without the program's name). Options may stand before or after the
/// verb; where one has an environment variable, that counts when the option is absent and the
/// variable is not empty. Everything that cannot be understood is `Usage`.
Result<std::variant<commands::Invocation, PrintText>> parse_options(
    const std::vector<std::string>& arguments);

/// The output format that a command line asks for, even when the rest of it cannot be understood.
std::optional<commands::OutputFormat> format_asked_for(const std::vector<std::string>& arguments);

}  // namespace rocky::app
