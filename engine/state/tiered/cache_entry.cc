#include "state/tiered/cache_entry.h"

#include <fmt/format.h>

#include "base/number_text.h"
#include "base/strings.h"

namespace rocky::state {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto found = to_number<Number>(text);
  if (found) number = *found;
  return found.has_value();
}

}  // namespace

std::string encode(const CacheEntry& entry) {
  return fmt::format("1 {} {} {} {} {}\n{}", entry.is_answer ? 'a' : 'm', entry.rank.epoch,
                     entry.rank.rev, entry.age.count(), to_hex(entry.version.token), entry.value);
}

std::optional<CacheEntry> decode_cache_entry(std::string_view bytes) {
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto words = split(bytes.substr(0, end), ' ');
  if (words.size() != 6 || words[0] != "1") return std::nullopt;
  if (words[1] != "a" && words[1] != "m") return std::nullopt;
  CacheEntry entry{.is_answer = words[1] == "a", .value = std::string(bytes.substr(end + 1))};
  Millis::rep age = 0;
  const auto token = from_hex(words[5]);
  if (!token || !read_number(words[2], entry.rank.epoch) ||
      !read_number(words[3], entry.rank.rev) || !read_number(words[4], age) || age < 0)
    return std::nullopt;
  entry.age = Millis(age);
  entry.version.token = *token;
  return entry;
}

}  // namespace rocky::state
