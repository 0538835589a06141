#include "base/describe_read.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rocky {

Error JsonCursor::invalid(std::string_view what) const {
  return fail(ErrorCode::JsonInvalid, "{} at=`{}`", what, path_);
}

bool JsonCursor::is_null() const { return value_->is_null(); }

Result<std::string> JsonCursor::text() const {
  if (!value_->is_string()) return invalid("expected text");
  return value_->get<std::string>();
}

Result<std::int64_t> JsonCursor::integer() const {
  if (!value_->is_number_integer()) return invalid("expected a whole number");
  const bool too_large = value_->is_number_unsigned() &&
                         value_->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
  if (too_large) return invalid("number out of range");
  return value_->get<std::int64_t>();
}

Result<std::uint64_t> JsonCursor::natural() const {
  const bool is_natural = value_->is_number_unsigned() ||
                          (value_->is_number_integer() && value_->get<std::int64_t>() >= 0);
  if (!is_natural) return invalid("expected a whole number, 0 or more");
  return value_->get<std::uint64_t>();
}

Result<double> JsonCursor::real() const {
  if (!value_->is_number()) return invalid("expected a number");
  return value_->get<double>();
}

Result<bool> JsonCursor::boolean() const {
  if (!value_->is_boolean()) return invalid("expected true or false");
  return value_->get<bool>();
}

Result<std::vector<JsonCursor>> JsonCursor::items() const {
  if (!value_->is_array()) return invalid("expected a list");
  std::vector<JsonCursor> items;
  for (const Json& item : *value_) {
    items.emplace_back(item, fmt::format("{}[{}]", path_, items.size()));
  }
  return items;
}

Result<std::vector<std::pair<std::string, JsonCursor>>> JsonCursor::members() const {
  if (!value_->is_object()) return invalid("expected an object");
  std::vector<std::pair<std::string, JsonCursor>> members;
  for (const auto& [name, value] : value_->items()) {
    members.emplace_back(name, JsonCursor(value, fmt::format("{}.{}", path_, name)));
  }
  return members;
}

}  // namespace rocky
