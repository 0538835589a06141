#include "state/s3/salted_value.h"

namespace rocky::state {
namespace {

constexpr std::size_t kBlanks = 64;

}  // namespace

std::string with_salt(std::string_view value, Random& random) {
  std::string object(value);
  object += '\n';
  const std::uint64_t salt = random.next();
  for (std::size_t bit = 0; bit < kBlanks; ++bit) object += (salt >> bit & 1) != 0 ? '\t' : ' ';
  return object;
}

std::string_view without_salt(std::string_view object) {
  if (object.size() < kBlanks + 1) return object;
  const std::string_view tail = object.substr(object.size() - kBlanks - 1);
  const bool salted = tail[0] == '\n' && tail.find_first_not_of(" \t", 1) == std::string_view::npos;
  return salted ? object.substr(0, object.size() - tail.size()) : object;
}

}  // namespace rocky::state
