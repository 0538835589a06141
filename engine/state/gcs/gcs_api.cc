#include "state/gcs/gcs_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/percent_encoding.h"
#include "net/http_date.h"
#include "net/url.h"
#include "state/object_reply.h"
#include "state/state_limits.h"

namespace rocky::state {
namespace {

constexpr int kPageNamesMax = 1000;  // What the service gives at most.
constexpr std::string_view kCacheControl = "no-store";

std::string encoded(std::string_view text) { return percent_encode(text, Slash::Encoded); }

std::string text_of(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

/// A line that does not occur in what it is to delimit.
std::string boundary_for(std::string_view value, Random& random) {
  std::string boundary;
  do {
    boundary = nonce128(random);
  } while (value.find(boundary) != std::string_view::npos);
  return boundary;
}

/// RFC 2387: the object's metadata, then its bytes.
std::string related(std::string_view metadata, std::string_view value, std::string_view boundary) {
  return fmt::format(
      "--{0}\r\nContent-Type: application/json\r\n\r\n{1}\r\n"
      "--{0}\r\nContent-Type: application/octet-stream\r\n\r\n{2}\r\n--{0}--\r\n",
      boundary, metadata, value);
}

}  // namespace

GcsApi::GcsApi(std::string base, std::string bucket, std::string prefix)
    : base_(std::move(base)), bucket_(std::move(bucket)), prefix_(std::move(prefix)) {}

std::string GcsApi::objects_url(std::string_view service) const {
  return fmt::format("{}{}/storage/v1/b/{}/o", base_, service, encoded(bucket_));
}

std::string GcsApi::object_url(std::string_view name) const {
  return objects_url("") + "/" + encoded(prefix_ + std::string(name));
}

net::HttpRequest GcsApi::get(std::string_view name) const {
  net::HttpRequest request;
  request.url = object_url(name) + "?alt=media";
  request.headers.push_back({"Cache-Control", "no-cache"});
  return request;
}

net::HttpRequest GcsApi::upload(std::string_view name, std::string_view value,
                                const Version& expected, Random& random) const {
  const std::string boundary = boundary_for(value, random);
  const Json metadata = {{"name", prefix_ + std::string(name)},
                         {"contentType", "application/octet-stream"},
                         {"cacheControl", kCacheControl}};
  net::HttpRequest request;
  request.method = "POST";
  request.url = fmt::format("{}?uploadType=multipart&ifGenerationMatch={}&fields=generation",
                            objects_url("/upload"), expected.token);
  request.headers.push_back({"Content-Type", "multipart/related; boundary=" + boundary});
  request.body = related(to_compact_json(metadata), value, boundary);
  return request;
}

net::HttpRequest GcsApi::remove(std::string_view name, const Version& expected) const {
  net::HttpRequest request;
  request.method = "DELETE";
  request.url = fmt::format("{}?ifGenerationMatch={}", object_url(name), expected.token);
  return request;
}

net::HttpRequest GcsApi::list(const ListFrom& from) const {
  net::HttpRequest request;
  request.url = fmt::format("{}?prefix={}&maxResults={}&fields={}", objects_url(""),
                            encoded(prefix_ + std::string(from.prefix)),
                            std::clamp(from.limit, 1, kPageNamesMax),
                            encoded("items(name,generation,timeCreated),nextPageToken"));
  // startOffset is inclusive, and `!` is the lowest character of a name of ours.
  if (!from.after.empty()) {
    request.url += "&startOffset=" + encoded(prefix_ + std::string(from.after) + "!");
  }
  if (!from.page_token.empty()) request.url += "&pageToken=" + encoded(from.page_token);
  request.headers.push_back({"Cache-Control", "no-cache"});
  return request;
}

std::optional<GcsApi::Listing> GcsApi::read_listing(const net::HttpResponse& reply) const {
  const auto json = parse_json(reply.body);
  if (!json || !json->is_object()) return std::nullopt;
  Listing listing;
  listing.page_token = text_of(*json, "nextPageToken");
  const auto items = json->find("items");
  if (items == json->end()) return listing;
  if (!items->is_array()) return std::nullopt;
  for (const Json& item : *items) {
    if (!item.is_object()) return std::nullopt;
    const std::string object = text_of(item, "name");
    const std::string generation = text_of(item, "generation");
    if (!object.starts_with(prefix_) || !is_generation(generation)) return std::nullopt;
    listing.last = object.substr(prefix_.size());
    // Somebody else's object, whose name we could never ask for.
    if (!check_name(listing.last)) continue;
    const auto written = net::parse_timestamp(text_of(item, "timeCreated"));
    listing.names.push_back(
        {listing.last, {generation}, written ? age_of(reply, *written) : std::nullopt});
  }
  return listing;
}

bool is_generation(std::string_view text) {
  constexpr std::size_t kDigitsMax = 20;
  return text.size() <= kDigitsMax && text.find_first_not_of("0123456789") == text.npos &&
         text.find_first_not_of('0') != text.npos;
}

std::optional<Version> uploaded_version(const net::HttpResponse& reply) {
  const auto json = parse_json(reply.body);
  if (!json || !json->is_object()) return std::nullopt;
  std::string generation = text_of(*json, "generation");
  if (!is_generation(generation)) return std::nullopt;
  return Version{std::move(generation)};
}

}  // namespace rocky::state
