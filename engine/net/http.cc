#include "net/http.h"

#include <algorithm>

namespace rocky::net {

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const HttpHeader& header) { return header.name == name; });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

}  // namespace rocky::net
