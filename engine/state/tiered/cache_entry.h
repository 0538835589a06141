#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "state/state_backend.h"

namespace rocky::state {

/// Which of two writes of a value is the later one.
struct Rank {
  std::uint64_t epoch = 0;
  std::uint64_t rev = 0;
  auto operator<=>(const Rank&) const = default;
};

/// What a cache keeps of a value.
///
///   entry := "1" " " kind " " epoch " " rev " " age " " version "\n" value
///   kind  := "a" (an answer) | "m" (a mark: do not answer with anything of a lower rank)
///   age   := milliseconds of the value when it was put here
///   version := hex of the store's version
struct CacheEntry {
  Rank rank;
  bool is_answer = false;
  Version version;  ///< Of the value in the store; empty in a mark.
  Millis age{0};
  std::string value;
  bool operator==(const CacheEntry&) const = default;
};

std::string encode(const CacheEntry& entry);
/// Empty for bytes that are no entry of this version.
std::optional<CacheEntry> decode_cache_entry(std::string_view bytes);

}  // namespace rocky::state
