#include "state/gcs/gcs_place.h"

#include "net/url.h"

namespace rocky::state {
namespace {

constexpr const char* kGoogle = "https://storage.googleapis.com";
constexpr std::string_view kGoogleHosts = ".googleapis.com";

/// Paths are appended to its text: it ends neither in a `/` nor in an empty query.
Result<net::Url> parse_endpoint(const std::string& text, std::string_view source) {
  auto url = net::parse_url(text);
  if (!url || !url->query.empty()) {
    return fail(ErrorCode::ConfigValue, "not the address of a server source=`{}`", source)
        .with_hint("write it as http://HOST:PORT or https://HOST");
  }
  while (url->path.ends_with('/')) url->path.pop_back();
  return *std::move(url);
}

Result<GcsPlace> at_endpoint(const Environment& environment, const std::string& endpoint) {
  ROCKY_ASSIGN(const net::Url url, parse_endpoint(endpoint, "gcs_endpoint"));
  // Also private and regional addresses of the same service.
  GcsPlace place{.base = url.text(),
                 .google = url.scheme == "https" && url.host.ends_with(kGoogleHosts)};
  ROCKY_ASSIGN(place.credential, net::find_google_credential(
                                     environment, place.google ? net::CredentialSearch::Machine
                                                               : net::CredentialSearch::Variables));
  return place;
}

Result<GcsPlace> at_emulator(const std::string& host) {
  const bool whole = host.find("://") != std::string::npos;
  ROCKY_ASSIGN(const net::Url url,
               parse_endpoint(whole ? host : "http://" + host, "STORAGE_EMULATOR_HOST"));
  return GcsPlace{.base = url.text()};
}

}  // namespace

std::string gcs_endpoint(const Environment& environment, const ObjectStoreSettings& settings) {
  if (!settings.endpoint.empty()) return settings.endpoint;
  return environment.get("STORAGE_EMULATOR_HOST").value_or("");
}

Result<GcsPlace> find_gcs_place(const Environment& environment, const StateSettings& settings) {
  const std::string endpoint = gcs_endpoint(environment, settings.gcs);
  if (endpoint.empty()) return at_endpoint(environment, kGoogle);
  const bool is_emulator = settings.gcs.endpoint.empty();
  return is_emulator ? at_emulator(endpoint) : at_endpoint(environment, endpoint);
}

}  // namespace rocky::state
