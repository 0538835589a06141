#include "app/print.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_io.h"
#include "output/error_text.h"

namespace rocky::app {
namespace {

using commands::OutputFormat;

// A frame shows one line of a file that a person wrote.
constexpr std::size_t kFrameFileBytesMax = 4 * 1024 * 1024;

/// Whether all of it was written. Not through iostreams: they would hide why not.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string text_of(const Error& error) {
  if (!error.where || error.where->line == 0) return output::error_text(error, std::nullopt);
  const auto file = read_file(error.where->file, kFrameFileBytesMax);
  return output::error_text(error, file ? std::optional<std::string_view>(*file) : std::nullopt);
}

std::string rendered(const commands::Reply& reply, OutputFormat format,
                     const SecretRegistry& secrets) {
  switch (format) {
    case OutputFormat::Json: break;
    case OutputFormat::NdJson: return secrets.mask_json(reply.json_line);
    case OutputFormat::Markdown: return secrets.mask(output::to_markdown(reply.page));
    case OutputFormat::Table: return secrets.mask(output::to_terminal(reply.page));
  }
  return secrets.mask_json(reply.json);
}

}  // namespace

OutputFormat format_for(const std::string& verb, std::optional<OutputFormat> asked_for) {
  if (asked_for) return *asked_for;
  const bool for_people = verb == "help" || verb == "explain";
  return for_people || ::isatty(STDOUT_FILENO) ? OutputFormat::Table : OutputFormat::Json;
}

int print(const commands::Reply& reply, OutputFormat format, const SecretRegistry& secrets) {
  const bool complete = write_all(STDOUT_FILENO, rendered(reply, format, secrets));
  const int problem = errno;
  if (reply.error) write_all(STDERR_FILENO, secrets.mask(text_of(*reply.error)));
  if (complete) return reply.exit_code;
  write_all(STDERR_FILENO, text_of(fail(ErrorCode::Io, "cannot write the result to stdout: {}",
                                        std::strerror(problem))));
  return reply.exit_code != 0 ? reply.exit_code : spec_of(ErrorCode::Io).exit_code;
}

int print_text(std::string_view text) {
  return write_all(STDOUT_FILENO, text) ? 0 : spec_of(ErrorCode::Io).exit_code;
}

}  // namespace rocky::app
