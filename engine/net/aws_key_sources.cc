#include "net/aws_key_sources.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/file_io.h"
#include "base/json.h"
#include "base/percent_encoding.h"
#include "base/strings.h"
#include "net/aws_profile.h"
#include "net/http_date.h"
#include "net/url.h"
#include "net/xml.h"

namespace rocky::net {
namespace {

constexpr std::size_t kTokenBytesMax = 64 * 1024;
// A service that is there answers from the same rack.
constexpr Millis kNearConnectTimeout{1'000};
constexpr Millis kNearTotalTimeout{3'000};
constexpr Millis kFarTotalTimeout{10'000};
constexpr std::string_view kInstanceEndpoint = "http://169.254.169.254";
constexpr std::string_view kContainerEndpoint = "http://169.254.170.2";
constexpr std::string_view kInstanceTokenSeconds = "21600";

std::string variable(const Environment& environment, std::string_view name) {
  return environment.get(name).value_or("");
}

Error no_answer(std::string_view who, std::string_view why) {
  return fail(ErrorCode::StoreUnavailable, "AWS credentials cannot be fetched from {}: {}", who,
              why);
}

/// Of a service that would answer at another time.
bool is_no_answer(int status) { return status == 429 || status >= 500; }

std::string status_text(int status) { return fmt::format("status=`{}`", status); }

/// The reply to a question that may be asked twice.
Result<HttpResponse> ask(HttpClient& http, const HttpRequest& request, std::string_view who) {
  HttpOutcome outcome = http.send(request);
  if (auto* lost = std::get_if<ReplyLost>(&outcome)) return no_answer(who, lost->text);
  if (auto* not_sent = std::get_if<NotSent>(&outcome)) return no_answer(who, not_sent->text);
  auto& response = std::get<HttpResponse>(outcome);
  if (response.status == 200) return std::move(response);
  if (is_no_answer(response.status)) return no_answer(who, status_text(response.status));
  return fail(ErrorCode::PermissionDenied, "AWS credentials are refused by {}: status=`{}`", who,
              response.status);
}

HttpRequest near_request(std::string url) {
  return {.url = std::move(url),
          .connect_timeout = kNearConnectTimeout,
          .total_timeout = kNearTotalTimeout};
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Keys and their end, as the reply tells them.
Result<std::optional<OfferedKeys>> offered_by(const HttpResponse& reply, std::string_view who,
                                              AwsKeys keys, std::string_view end) {
  if (keys.id.empty() || keys.secret.empty()) return no_answer(who, "the reply holds no keys");
  return OfferedKeys{std::move(keys), parse_timestamp(end),
                     parse_http_date(reply.header("date").value_or(""))};
}

/// `{"AccessKeyId": …, "SecretAccessKey": …, "Token": …, "Expiration": …}`
Result<std::optional<OfferedKeys>> keys_of_json(std::string_view who, const HttpResponse& reply) {
  const auto json = parse_json(reply.body);
  if (!json || !json->is_object()) return no_answer(who, "the reply is no JSON object");
  return offered_by(reply, who,
                    {text_of(*json, "AccessKeyId"), Secret(text_of(*json, "SecretAccessKey")),
                     Secret(text_of(*json, "Token"))},
                    text_of(*json, "Expiration"));
}

struct WebIdentity {
  std::string token_file;
  std::string role_arn;
  std::string session_name;
};

std::string sts_endpoint(const KeySourceWorld& world) {
  for (const char* name : {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}) {
    if (std::string endpoint = variable(world.environment, name); !endpoint.empty())
      return endpoint;
  }
  const bool china = world.region.starts_with("cn-");
  return fmt::format("https://sts.{}.amazonaws.com{}", world.region, china ? ".cn" : "");
}

/// Signed by the token alone.
Result<std::optional<OfferedKeys>> assume_role(const KeySourceWorld& world,
                                               const WebIdentity& identity) {
  constexpr std::string_view kWho = "the security token service";
  ROCKY_ASSIGN(const std::string token, read_file(identity.token_file, kTokenBytesMax));
  const std::string session = identity.session_name.empty() ? "rocky" : identity.session_name;
  HttpRequest request{
      .method = "POST",
      .url = sts_endpoint(world),
      .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
      .body = fmt::format("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}"
                          "&RoleSessionName={}&WebIdentityToken={}",
                          percent_encode(identity.role_arn, Slash::Encoded),
                          percent_encode(session, Slash::Encoded),
                          percent_encode(trim(token), Slash::Encoded)),
      .total_timeout = kFarTotalTimeout};
  ROCKY_ASSIGN(const HttpResponse response, ask(world.http, request, kWho));
  const auto root = parse_xml(response.body);
  const XmlElement* result = root ? root->child("AssumeRoleWithWebIdentityResult") : nullptr;
  const XmlElement* keys = result ? result->child("Credentials") : nullptr;
  if (!keys) return no_answer(kWho, "the reply holds no keys");
  return offered_by(response, kWho,
                    {std::string(keys->text_of("AccessKeyId")),
                     Secret(std::string(keys->text_of("SecretAccessKey"))),
                     Secret(std::string(keys->text_of("SessionToken")))},
                    keys->text_of("Expiration"));
}

/// Only over TLS, to this machine, or to the addresses that the platform itself serves: the answer
/// to anybody else would be the keys in the open.
bool may_serve_keys(const Url& url) {
  return url.scheme == "https" || is_loopback(url.host) || url.host == "169.254.170.2" ||
         url.host == "169.254.170.23" || url.host == "[fd00:ec2::23]";
}

Result<std::string> container_authorization(const Environment& environment) {
  const std::string file = variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (file.empty()) return variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  ROCKY_ASSIGN(const std::string token, read_file(file, kTokenBytesMax));
  return std::string(trim(token));
}

/// A token for further questions; empty when there is no such service here: nobody listens, or what
/// does has no tokens, as in another cloud. A service that is there and does not answer is an
/// Error.
Result<std::optional<std::string>> instance_token(HttpClient& http, const std::string& endpoint,
                                                  std::string_view who) {
  HttpRequest request = near_request(endpoint + "/latest/api/token");
  request.method = "PUT";
  request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", std::string(kInstanceTokenSeconds)}};
  HttpOutcome outcome = http.send(request);
  if (std::holds_alternative<NotSent>(outcome)) return std::nullopt;
  if (const auto* lost = std::get_if<ReplyLost>(&outcome)) return no_answer(who, lost->text);
  auto& response = std::get<HttpResponse>(outcome);
  if (response.status == 200) return std::move(response.body);
  if (is_no_answer(response.status)) return no_answer(who, status_text(response.status));
  return std::nullopt;
}

}  // namespace

Result<std::optional<OfferedKeys>> keys_of_variables(const KeySourceWorld& world) {
  const std::string id = variable(world.environment, "AWS_ACCESS_KEY_ID");
  const std::string secret = variable(world.environment, "AWS_SECRET_ACCESS_KEY");
  if (id.empty() || secret.empty()) return std::nullopt;
  return OfferedKeys{{id, Secret(secret), Secret(variable(world.environment, "AWS_SESSION_TOKEN"))},
                     std::nullopt,
                     std::nullopt};
}

Result<std::optional<OfferedKeys>> keys_of_profile(const KeySourceWorld& world) {
  ROCKY_ASSIGN(const auto profile, read_aws_profile(world.environment));
  if (!profile) return std::nullopt;
  const std::string id = profile->get("aws_access_key_id");
  const std::string secret = profile->get("aws_secret_access_key");
  if (!id.empty() && !secret.empty()) {
    return OfferedKeys{{id, Secret(secret), Secret(profile->get("aws_session_token"))},
                       std::nullopt,
                       std::nullopt};
  }
  const WebIdentity identity{profile->get("web_identity_token_file"), profile->get("role_arn"),
                             profile->get("role_session_name")};
  if (!identity.token_file.empty() && !identity.role_arn.empty())
    return assume_role(world, identity);
  for (const char* other : {"role_arn", "sso_session", "sso_start_url", "credential_process"}) {
    if (profile->get(other).empty()) continue;
    return fail(ErrorCode::NotSupportedYet, "an AWS profile with {} is not read profile=`{}`",
                other, profile->name)
        .with_hint(fmt::format("eval \"$(aws configure export-credentials --profile {} --format "
                               "env)\"",
                               profile->name));
  }
  return std::nullopt;
}

Result<std::optional<OfferedKeys>> keys_of_web_identity(const KeySourceWorld& world) {
  const WebIdentity identity{variable(world.environment, "AWS_WEB_IDENTITY_TOKEN_FILE"),
                             variable(world.environment, "AWS_ROLE_ARN"),
                             variable(world.environment, "AWS_ROLE_SESSION_NAME")};
  if (identity.token_file.empty() || identity.role_arn.empty()) return std::nullopt;
  return assume_role(world, identity);
}

Result<std::optional<OfferedKeys>> keys_of_container(const KeySourceWorld& world) {
  const std::string path = variable(world.environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string whole = variable(world.environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (path.empty() && whole.empty()) return std::nullopt;
  HttpRequest request = near_request(path.empty() ? whole : std::string(kContainerEndpoint) + path);
  const auto url = parse_url(request.url);
  if (!url || !may_serve_keys(*url)) {
    return fail(ErrorCode::ConfigValue,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI is no address that may serve keys value=`{}`",
                request.url);
  }
  ROCKY_ASSIGN(const std::string authorization, container_authorization(world.environment));
  if (!authorization.empty()) request.headers = {{"Authorization", authorization}};
  ROCKY_ASSIGN(const HttpResponse response, ask(world.http, request, "the container's service"));
  return keys_of_json("the container's service", response);
}

Result<std::optional<OfferedKeys>> keys_of_instance(const KeySourceWorld& world) {
  constexpr std::string_view kWho = "the instance's metadata service";
  if (to_lower(variable(world.environment, "AWS_EC2_METADATA_DISABLED")) == "true")
    return std::nullopt;
  std::string endpoint = variable(world.environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = kInstanceEndpoint;
  if (endpoint.ends_with('/')) endpoint.pop_back();
  ROCKY_ASSIGN(const auto token, instance_token(world.http, endpoint, kWho));
  if (!token) return std::nullopt;
  HttpRequest request = near_request(endpoint + "/latest/meta-data/iam/security-credentials/");
  request.headers = {{"x-aws-ec2-metadata-token", *token}};
  ROCKY_ASSIGN(const HttpResponse roles, ask(world.http, request, kWho));
  request.url += percent_encode(trim(roles.body), Slash::Encoded);
  ROCKY_ASSIGN(const HttpResponse response, ask(world.http, request, kWho));
  return keys_of_json(kWho, response);
}

}  // namespace rocky::net
