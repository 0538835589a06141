#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/secret.h"

namespace rocky {

enum class LogLevel { Debug, Info, Warning, Error, Off };
enum class LogFormat { Text, Json };

/// The level that a person names (`debug`, `info`, `warning` or `warn`, `error`, `off`).
std::optional<LogLevel> parse_log_level(std::string_view name);

/// Where the program tells what it does, for people; results go to stdout, not here. Safe from
/// several threads. Messages are lower case, without a full stop, values last as key=`value`.
class Log {
 public:
  virtual ~Log() = default;
  virtual bool enabled(LogLevel level) const = 0;
  virtual void write(LogLevel level, std::string_view message) = 0;

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    put(LogLevel::Debug, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    put(LogLevel::Info, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    put(LogLevel::Warning, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    put(LogLevel::Error, format, std::forward<Args>(args)...);
  }

 private:
  template <class... Args>
  void put(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
  }
};

struct LogOptions {
  LogLevel level = LogLevel::Warning;
  LogFormat format = LogFormat::Text;
};

/// A log on stderr, one line a message, with the secrets masked. Text: `2026-04-23T10:00:00.123Z
/// warning message`. JSON: `{"time":…,"level":…,"message":…}`. Clock and secrets must outlive it.
std::unique_ptr<Log> open_stderr_log(const LogOptions& options, Clock& clock,
                                     const SecretRegistry& secrets);

}  // namespace rocky
