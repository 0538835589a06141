#include "state/s3/s3_reply.h"

#include <algorithm>

#include "base/check.h"
#include "fuzz/targets.h"
#include "state/s3/s3_listing.h"
#include "state/s3/salted_value.h"

namespace rocky::fuzz {
namespace {

using state::S3Write;

/// Whether a status alone says that the request may have been carried out.
bool is_undecided(int status) { return status == 409 || status == 429 || status == 503; }

void check_write(S3Write write, const net::HttpResponse& reply) {
  const auto outcome = state::outcome_of(write, reply, {.bucket = "bucket", .region = "r"});
  const bool is_success = reply.status < 300;
  if (!outcome) {
    ROCKY_CHECK(!is_success && !is_undecided(reply.status));
    return;
  }
  if (const auto* applied = std::get_if<state::Applied>(&*outcome))
    ROCKY_CHECK(is_success && (write == S3Write::Remove || !applied->version.token.empty()));
  if (std::holds_alternative<state::Refused>(*outcome))
    ROCKY_CHECK(reply.status == 404 || reply.status == 412);
}

void check_listing(std::string_view body) {
  const auto listing = state::read_listing(body);
  if (!listing) return;
  const auto& objects = listing->objects;
  ROCKY_CHECK(std::is_sorted(objects.begin(), objects.end(),
                             [](const auto& a, const auto& b) { return a.key < b.key; }));
  ROCKY_CHECK(!listing->truncated || !objects.empty());
}

}  // namespace

/// The body of a reply of S3, or an entity tag, or an object.
void s3_reply(std::string_view bytes) {
  check_listing(bytes);
  for (const int status : {200, 301, 400, 403, 404, 409, 412, 429, 501, 503}) {
    const net::HttpResponse reply{status, {{"etag", "\"e\""}}, std::string(bytes)};
    for (const S3Write write : {S3Write::Create, S3Write::Replace, S3Write::Remove})
      check_write(write, reply);
  }
  ROCKY_CHECK(state::entity_tag_of(bytes).find('"') == std::string::npos);
  SeededRandom random(1);
  ROCKY_CHECK(state::without_salt(state::with_salt(bytes, random)) == bytes);
  state::without_salt(bytes);
}

}  // namespace rocky::fuzz
