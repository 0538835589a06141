#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "app/command_line.h"
#include "app/print.h"
#include "app/version.h"
#include "run/signals.h"

namespace {

/// A file that is opened later must not become our stdout. What is written to these then fails, and
/// is reported, as it should be.
void occupy_closed_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", O_RDONLY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  rocky::run::block_stop_signals();
  // A reader that left and a file at its size limit are failed writes, with an exit code.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  occupy_closed_descriptors();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--version") {
    return rocky::app::print_text(rocky::app::version_line());
  }
  return rocky::app::run_command_line(arguments);
}
