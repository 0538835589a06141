#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/json.h"

namespace rocky {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames = {"debug", "info", "warning", "error",
                                                         "off"};

std::string_view name_of(LogLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }

/// Milliseconds are enough for people.
std::string timestamp(Clock& clock) {
  return to_rfc3339({std::chrono::floor<Millis>(clock.wall_now().since_epoch)});
}

std::string json_line(std::string_view time, LogLevel level, std::string_view message) {
  return to_compact_json(Json{{"time", time}, {"level", name_of(level)}, {"message", message}});
}

class StderrLog final : public Log {
 public:
  StderrLog(const LogOptions& options, Clock& clock, const SecretRegistry& secrets)
      : options_(options),
        clock_(clock),
        secrets_(secrets),
        logger_("rocky", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    // The line is composed here: the clock is ours, and what is masked must be the whole of it.
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
  }

  bool enabled(LogLevel level) const override {
    return level >= options_.level && level != LogLevel::Off;
  }

  void write(LogLevel level, std::string_view message) override {
    if (!enabled(level)) return;
    const std::string time = timestamp(clock_);
    const std::string line =
        options_.format == LogFormat::Json
            ? secrets_.mask_json(json_line(time, level, message))
            : secrets_.mask(fmt::format("{} {} {}", time, name_of(level), message));
    logger_.log(spdlog::level::info, spdlog::string_view_t(line));
  }

 private:
  const LogOptions options_;
  Clock& clock_;
  const SecretRegistry& secrets_;
  spdlog::logger logger_;
};

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view name) {
  if (name == "warn") return LogLevel::Warning;
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::unique_ptr<Log> open_stderr_log(const LogOptions& options, Clock& clock,
                                     const SecretRegistry& secrets) {
  return std::make_unique<StderrLog>(options, clock, secrets);
}

}  // namespace rocky
