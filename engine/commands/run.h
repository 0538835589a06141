#pragma once

#include "commands/arguments.h"
#include "commands/reply.h"
#include "commands/world.h"

namespace rocky::commands {

/// `rocky run`: one pipeline, once per key when a key is given. An Error is one of the command line
/// or the configuration, before the run had an id.
Result<Reply> run(const World& world, const Globals& globals, const RunArguments& arguments);

}  // namespace rocky::commands
