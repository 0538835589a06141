#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/http.h"

namespace rocky::state {

struct ListedObject {
  std::string key;
  std::string entity_tag;
  std::optional<WallTime> written;
};

/// One page of ListObjectsV2.
struct S3Listing {
  std::vector<ListedObject> objects;
  bool truncated = false;
};

/// Empty when the body is no such listing, or its keys do not rise.
std::optional<S3Listing> read_listing(std::string_view body);

}  // namespace rocky::state
