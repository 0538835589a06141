#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rocky {

/// The process's environment variables, as seen by everything that is not main(). Safe to read from
/// several threads.
class Environment {
 public:
  virtual ~Environment() = default;
  /// Empty when the variable is not set; set to "" is a value.
  virtual std::optional<std::string> get(std::string_view name) const = 0;
};

/// Lives as long as the program. Nothing in the product changes a variable.
const Environment& system_environment();

/// Variables as given, for tests and for what a caller composes.
class FixedEnvironment final : public Environment {
 public:
  explicit FixedEnvironment(std::map<std::string, std::string, std::less<>> variables)
      : variables_(std::move(variables)) {}
  std::optional<std::string> get(std::string_view name) const override;

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

}  // namespace rocky
