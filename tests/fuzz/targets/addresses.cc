#include "base/check.h"
#include "base/percent_encoding.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"
#include "net/proxy.h"
#include "net/resp_url.h"
#include "net/url.h"
#include "state/gcs/gcs_place.h"
#include "state/s3/s3_place.h"

namespace rocky::fuzz {
namespace {

void check_url(const std::string& text) {
  const auto url = net::parse_url(text);
  if (!url) return;
  const auto again = net::parse_url(url->text());
  ROCKY_CHECK(again && again->text() == url->text());
  net::proxy_for(FixedEnvironment({{"all_proxy", "http://p"}, {"no_proxy", "*.a, b:80,.c"}}), *url);
}

void check_host_port(const std::string& text) {
  const auto place = net::parse_host_port(text, 6379);
  if (place) ROCKY_CHECK(net::parse_host_port(net::to_string(*place), 1) == place);
}

void check_percent_encoding(const std::string& text) {
  ROCKY_CHECK(percent_decode(percent_encode(text, Slash::Kept)) == text);
  ROCKY_CHECK(percent_decode(percent_encode(text, Slash::Encoded)) == text);
  percent_decode(text);
}

void check_resp_url(const std::string& text) {
  const auto url = net::parse_resp_url(Secret(text));
  if (url) ROCKY_CHECK(!url->place.host.empty() && url->place.port != 0 && url->database >= 0);
}

/// A base is what names and queries are appended to.
void check_base(const std::string& base) {
  const auto url = net::parse_url(base + "/name");
  ROCKY_CHECK(url && url->query.empty() && url->path.ends_with("/name"));
}

void check_stores(const std::string& endpoint, const std::string& bucket) {
  const FixedEnvironment environment(
      {{"AWS_ENDPOINT_URL_S3", endpoint}, {"STORAGE_EMULATOR_HOST", endpoint}});
  for (const bool path_style : {false, true}) {
    const auto s3 = state::find_s3_place(environment, {.bucket = bucket, .path_style = path_style});
    if (s3) check_base(s3->base);
  }
  const auto emulator = state::find_gcs_place(environment, {});
  if (emulator) check_base(emulator->base);
  const FixedEnvironment other({{"HOME", "/nowhere"}, {"CLOUDSDK_CONFIG", "/nowhere"}});
  const auto gcs = state::find_gcs_place(other, {.gcs = {.bucket = bucket, .endpoint = endpoint}});
  if (gcs) check_base(gcs->base);
}

}  // namespace

/// An address; the name of a bucket.
void addresses(std::string_view bytes) {
  const auto pieces = pieces_of(bytes, 2);
  check_url(pieces[0]);
  check_host_port(pieces[0]);
  check_percent_encoding(pieces[0]);
  check_resp_url(pieces[0]);
  check_stores(pieces[0], pieces[1].empty() ? "bucket" : pieces[1]);
}

}  // namespace rocky::fuzz
