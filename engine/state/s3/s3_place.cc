#include "state/s3/s3_place.h"

#include <fmt/format.h>

#include "base/percent_encoding.h"
#include "net/aws_profile.h"
#include "net/url.h"

namespace rocky::state {
namespace {

constexpr std::string_view kBucketCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-";
constexpr std::size_t kBucketBytesMin = 3;
constexpr std::size_t kBucketBytesMax = 63;
constexpr std::string_view kAnyRegion = "us-east-1";

Status check_bucket_name(const std::string& bucket) {
  if (bucket.empty()) {
    return fail(ErrorCode::ConfigMissing, "state backend `s3` needs a bucket")
        .with_hint("set s3_bucket in [state]");
  }
  if (bucket.size() >= kBucketBytesMin && bucket.size() <= kBucketBytesMax &&
      bucket.find_first_not_of(kBucketCharacters) == std::string::npos)
    return {};
  return fail(ErrorCode::ConfigValue, "not the name of a bucket s3_bucket=`{}`", bucket)
      .with_hint(
          "3 to 63 lower-case letters, digits, dots and hyphens; a path belongs into "
          "s3_prefix");
}

Result<std::string> region_of(const Environment& environment, const ObjectStoreSettings& settings,
                              bool needed) {
  if (!settings.region.empty()) return settings.region;
  ROCKY_ASSIGN(std::string region, net::aws_region(environment));
  if (!region.empty()) return region;
  if (!needed) return std::string(kAnyRegion);
  return fail(ErrorCode::ConfigMissing,
              "the region of the state store is not known store=`s3://{}`", settings.bucket)
      .with_hint("set s3_region in [state], or AWS_REGION");
}

struct Endpoint {
  std::string text;         ///< Empty: Amazon's.
  std::string_view source;  ///< The setting or the variable that tells it.
};

Endpoint endpoint_of(const Environment& environment, const ObjectStoreSettings& settings) {
  if (!settings.endpoint.empty()) return {settings.endpoint, "s3_endpoint"};
  for (const char* name : {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"}) {
    if (auto value = environment.get(name); value && !value->empty())
      return {*std::move(value), name};
  }
  return {};
}

/// The text may hold a password: an error tells where it stands.
Result<net::Url> parse_endpoint(const Endpoint& endpoint) {
  auto url = net::parse_url(endpoint.text);
  if (!url || !url->query.empty()) {
    return fail(ErrorCode::ConfigValue, "not the address of an S3 endpoint source=`{}`",
                endpoint.source)
        .with_hint("write it as http://HOST:PORT or https://HOST");
  }
  while (url->path.ends_with('/')) url->path.pop_back();
  return *std::move(url);
}

bool is_amazon(std::string_view host) {
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

bool is_number(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// A certificate for `*.host` covers one label, and an address of digits has no names below it.
bool needs_path_style(const net::Url& endpoint, const std::string& bucket) {
  const bool tls_and_dots = endpoint.scheme == "https" && bucket.find('.') != std::string::npos;
  return is_number(endpoint.host) || tls_and_dots;
}

}  // namespace

std::string s3_endpoint(const Environment& environment, const ObjectStoreSettings& settings) {
  return endpoint_of(environment, settings).text;
}

std::string S3Place::url_of(std::string_view key) const {
  return base + "/" + percent_encode(key, Slash::Kept);
}

Result<S3Place> find_s3_place(const Environment& environment, const ObjectStoreSettings& settings) {
  ROCKY_TRY(check_bucket_name(settings.bucket));
  Endpoint told = endpoint_of(environment, settings);
  ROCKY_ASSIGN(std::string region, region_of(environment, settings, told.text.empty()));
  if (told.text.empty()) {
    told = {fmt::format("https://s3.{}.amazonaws.com{}", region,
                        region.starts_with("cn-") ? ".cn" : ""),
            "region"};
  }
  ROCKY_ASSIGN(net::Url endpoint, parse_endpoint(told));
  S3Place place{
      .bucket = settings.bucket, .region = std::move(region), .amazon = is_amazon(endpoint.host)};
  if (settings.path_style || needs_path_style(endpoint, settings.bucket)) {
    endpoint.path += "/" + settings.bucket;
  } else {
    endpoint.host = settings.bucket + "." + endpoint.host;
  }
  place.base = endpoint.text();
  return place;
}

}  // namespace rocky::state
