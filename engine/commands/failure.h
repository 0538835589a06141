#pragma once

#include <string>

#include "commands/reply.h"

namespace rocky::commands {

/// The document of a command that failed before it had one of its own. A run's has the shape of
/// every run's, so that whoever parses runs can parse this.
Reply failure_reply(const std::string& version, const std::string& verb, Error error);

}  // namespace rocky::commands
