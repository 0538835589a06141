#include "base/check.h"
#include "fuzz/targets.h"
#include "state/gcs/gcs_api.h"
#include "state/state_limits.h"

namespace rocky::fuzz {

/// The body of a reply of Google's JSON API.
void gcs_reply(std::string_view bytes) {
  const net::HttpResponse reply{
      200, {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}, std::string(bytes)};
  const state::GcsApi api("http://127.0.0.1", "bucket", "p/");
  if (const auto listing = api.read_listing(reply)) {
    for (const auto& listed : listing->names) {
      ROCKY_CHECK(state::check_name(listed.name).has_value());
      ROCKY_CHECK(state::is_generation(listed.version.token));
    }
  }
  if (const auto version = state::uploaded_version(reply))
    ROCKY_CHECK(state::is_generation(version->token));
}

}  // namespace rocky::fuzz
