#include "net/aws_signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/check.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "net/url.h"

namespace rocky::net {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                          reinterpret_cast<unsigned char*>(digest.data()), &size);
  ROCKY_CHECK(made != nullptr);
  digest.resize(size);
  return digest;
}

/// `20150830T123600Z`
std::string stamp_of(WallTime now) {
  const std::string text = to_rfc3339(now).substr(0, 19);
  return replace_all(replace_all(text, "-", ""), ":", "") + "Z";
}

/// Runs of spaces count as one.
std::string squeezed(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    if (c != ' ' || out.empty() || out.back() != ' ') out += c;
  }
  return out;
}

std::string canonical_query(const std::string& query) {
  if (query.empty()) return "";
  std::vector<std::string> pairs = split(query, '&');
  for (std::string& pair : pairs) {
    if (pair.find('=') == std::string::npos) pair += '=';
  }
  // By name, then by value: `=` sorts behind some bytes of a name, so whole pairs do not do.
  std::sort(pairs.begin(), pairs.end(), [](const std::string& a, const std::string& b) {
    const std::string name_a = a.substr(0, a.find('='));
    const std::string name_b = b.substr(0, b.find('='));
    return name_a != name_b ? name_a < name_b : a < b;
  });
  return join(pairs, "&");
}

std::map<std::string, std::string> signed_headers(const HttpRequest& request, const Url& url) {
  std::map<std::string, std::string> headers{{"host", url.authority()}};
  for (const HttpHeader& header : request.headers) {
    std::string& value = headers[to_lower(header.name)];
    value += (value.empty() ? "" : ",") + squeezed(header.value);
  }
  return headers;
}

std::string signing_key(const AwsKeys& keys, const SigningScope& scope, std::string_view day) {
  const std::string of_day = hmac_sha256("AWS4" + keys.secret.reveal(), day);
  const std::string of_region = hmac_sha256(of_day, scope.region);
  const std::string of_service = hmac_sha256(of_region, scope.service);
  return hmac_sha256(of_service, "aws4_request");
}

}  // namespace

void sign_request(HttpRequest& request, const AwsKeys& keys, const SigningScope& scope,
                  WallTime now) {
  const auto url = parse_url(request.url);
  ROCKY_CHECK(url.has_value());
  const std::string stamp = stamp_of(now);
  const std::string day = stamp.substr(0, 8);
  const std::string body_digest = sha256_hex(request.body);
  request.headers.push_back({"x-amz-date", stamp});
  if (scope.service == "s3") request.headers.push_back({"x-amz-content-sha256", body_digest});
  if (!keys.session_token.empty())
    request.headers.push_back({"x-amz-security-token", keys.session_token.reveal()});

  std::string lines;
  std::vector<std::string> names;
  for (const auto& [name, value] : signed_headers(request, *url)) {
    lines.append(name).append(":").append(value).append("\n");
    names.push_back(name);
  }
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, url->path, canonical_query(url->query),
                  lines, join(names, ";"), body_digest);
  const std::string place = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, stamp, place, sha256_hex(canonical));
  const std::string signature = to_hex(hmac_sha256(signing_key(keys, scope, day), text));
  request.headers.push_back(
      {"authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                    kAlgorithm, keys.id, place, join(names, ";"), signature)});
}

}  // namespace rocky::net
