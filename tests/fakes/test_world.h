#pragma once

#include <map>
#include <string>
#include <vector>

#include "commands/world.h"
#include "fakes/manual_clock.h"

namespace rocky::fakes {

/// Keeps what is said.
class MemoryLog final : public Log {
 public:
  bool enabled(LogLevel level) const override { return level >= LogLevel::Info; }
  void write(LogLevel, std::string_view message) override { lines.emplace_back(message); }

  /// All of it, for looking something up.
  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

  std::vector<std::string> lines;
};

class SilentObserver final : public events::RunObserver {
 public:
  void reached(events::RunStep) override {}
};

/// One host, as commands see it.
struct TestWorld {
  explicit TestWorld(std::map<std::string, std::string, std::less<>> variables = {})
      : environment(std::move(variables)) {}

  ManualClock clock;
  SeededRandom random{1};
  FixedEnvironment environment;
  HostIdentity host{.hostname = "host"};
  MemoryLog log;
  SecretRegistry secrets;
  SilentObserver observer;
  Cancellation cancellation;
  commands::World world{clock, random,  system_threads(), environment,  host,
                        log,   secrets, observer,         cancellation, "2.0.0"};
};

}  // namespace rocky::fakes
