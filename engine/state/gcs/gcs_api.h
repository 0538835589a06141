#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "errors/error.h"
#include "net/http.h"
#include "state/state_backend.h"

namespace rocky::state {

/// The requests of Google's JSON API for the objects of one bucket, and what its replies say. Names
/// are ours; the prefix is put before them and taken off again here.
class GcsApi final {
 public:
  GcsApi(std::string base, std::string bucket, std::string prefix);

  net::HttpRequest get(std::string_view name) const;
  /// Writes where the live generation is `expected`; "0": where nothing is. Metadata and bytes go
  /// in one request, so that no object is ever without its `no-store`.
  net::HttpRequest upload(std::string_view name, std::string_view value, const Version& expected,
                          Random& random) const;
  net::HttpRequest remove(std::string_view name, const Version& expected) const;

  struct ListFrom {
    std::string_view prefix;
    std::string_view after;  ///< Exclusive; "" from the start.
    int limit = 1;
    std::string_view page_token;  ///< Of the reply before; "" for the first.
  };
  net::HttpRequest list(const ListFrom& from) const;

  struct Listing {
    std::vector<ListedName> names;
    std::string last;        ///< The last name, also where it is none that we could have written.
    std::string page_token;  ///< Empty: that is all.
  };
  /// Empty when the reply is not that of the API.
  std::optional<Listing> read_listing(const net::HttpResponse& reply) const;

 private:
  std::string objects_url(std::string_view service) const;
  std::string object_url(std::string_view name) const;

  const std::string base_;
  const std::string bucket_;
  const std::string prefix_;
};

/// Whether a version can be a generation: digits, not all of them 0.
bool is_generation(std::string_view text);
/// The generation of the object that an upload made; empty when the reply does not tell.
std::optional<Version> uploaded_version(const net::HttpResponse& reply);

}  // namespace rocky::state
