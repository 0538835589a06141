#include "base/describe_json.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "base/check.h"

namespace rocky {

struct JsonBuilder::Impl {
  Json document;
  std::vector<Json*> open;  // Stable: a container grows only while nothing inside it is open.
  std::string key;

  Json& add(Json value) {
    if (open.empty()) return document = std::move(value);
    Json& parent = *open.back();
    if (parent.is_array()) return parent.emplace_back(std::move(value));
    return parent[key] = std::move(value);
  }
};

JsonBuilder::JsonBuilder() : impl_(std::make_unique<Impl>()) {}
JsonBuilder::~JsonBuilder() = default;

void JsonBuilder::open_object() { impl_->open.push_back(&impl_->add(Json::object())); }
void JsonBuilder::open_list() { impl_->open.push_back(&impl_->add(Json::array())); }
void JsonBuilder::close() { impl_->open.pop_back(); }
void JsonBuilder::key(std::string_view name) { impl_->key = name; }
void JsonBuilder::put(std::string_view text) { impl_->add(text); }
void JsonBuilder::put(std::int64_t number) { impl_->add(number); }
void JsonBuilder::put(std::uint64_t number) { impl_->add(number); }
void JsonBuilder::put(double number) { impl_->add(number); }
void JsonBuilder::put(bool value) { impl_->add(value); }
void JsonBuilder::put_json(const Json& value) { impl_->add(value); }
void JsonBuilder::put_null() { impl_->add(nullptr); }

const Json& JsonBuilder::document() const {
  ROCKY_CHECK(impl_->open.empty());
  return impl_->document;
}

}  // namespace rocky
