#pragma once

#include <string>
#include <vector>

namespace rocky::app {

/// Understands the command line, makes the world, runs the command and prints what it says. Returns
/// the exit code of the process.
int run_command_line(const std::vector<std::string>& arguments);

}  // namespace rocky::app
