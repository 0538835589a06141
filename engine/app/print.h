#pragma once

#include <string_view>

#include "base/secret.h"
#include "commands/arguments.h"
#include "commands/reply.h"

namespace rocky::app {

/// What a command asks to be shown as, where the command line does not say: a table on a terminal,
/// JSON in a pipe; texts for people (`help`, `explain`) as text everywhere.
commands::OutputFormat format_for(const std::string& verb,
                                  std::optional<commands::OutputFormat> asked_for);

/// Writes the document to stdout and the error, if any, to stderr, secrets masked. Returns the exit
/// code of the process: the reply's, or that of `Io` when stdout did not take all of it.
int print(const commands::Reply& reply, commands::OutputFormat format,
          const SecretRegistry& secrets);

/// Writes text to stdout; the exit code as above.
int print_text(std::string_view text);

}  // namespace rocky::app
