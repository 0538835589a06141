#include "state/state_limits.h"

#include <algorithm>

#include "state/state_backend.h"

namespace rocky::state {
namespace {

constexpr std::size_t kNameBytesMax = 512;

}  // namespace

Status check_name(std::string_view name) {
  const bool printable =
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!name.empty() && name.size() <= kNameBytesMax && printable) return {};
  return fail(ErrorCode::StoreRefused,
              "name of a stored value must be 1 to {} printable ASCII characters bytes=`{}`",
              kNameBytesMax, name.size());
}

bool is_written_once(std::string_view name) {
  return name.starts_with("probe/") || name.starts_with("runs/");
}

Status check_value(std::string_view name, std::string_view value) {
  if (value.size() <= kValueBytesMax) return {};
  return fail(ErrorCode::StoreTooLarge,
              "value is too large for the state store name=`{}` bytes=`{}` bytes_max=`{}`", name,
              value.size(), kValueBytesMax);
}

}  // namespace rocky::state
