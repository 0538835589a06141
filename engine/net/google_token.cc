#include "net/google_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/file_io.h"
#include "base/json.h"
#include "base/percent_encoding.h"
#include "base/strings.h"
#include "net/rsa_signature.h"
#include "net/url.h"

namespace rocky::net {
namespace {

using std::chrono::seconds;

// The metadata server hands out the same token until five minutes before it expires.
constexpr Millis kRefreshBefore{225'000};
constexpr Millis kRefreshAgainAfter{15'000};
constexpr seconds kLifetimeMax{12 * 3600};
constexpr seconds kAssertionLifetime{3600};  // The most that is accepted.
constexpr Millis kExchangeTimeout{10'000};
constexpr Millis kMetadataConnectTimeout{2'000};
constexpr std::size_t kSubjectTokenBytesMax = 64 * 1024;
constexpr const char* kCloudScope = "https://www.googleapis.com/auth/cloud-platform";

/// A token as it was given out, and for how long.
struct Granted {
  Secret token;
  seconds lifetime{0};
};

using Form = std::vector<std::pair<std::string_view, std::string>>;

/// What the exchanges of every credential have in common.
struct Exchange {
  ServiceClock& time;
  HttpClient& client;
  const std::string& scope;
};

/// For messages: without path and query, which may say more than a message should.
std::string host_of(std::string_view url) {
  const auto parsed = parse_url(url);
  return parsed ? parsed->authority() : "?";
}

HttpRequest request_to(std::string_view method, std::string url) {
  HttpRequest request;
  request.method = method;
  request.url = std::move(url);
  request.total_timeout = kExchangeTimeout;
  return request;
}

HttpRequest form_request(const std::string& url, const Form& fields) {
  HttpRequest request = request_to("POST", url);
  request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  for (const auto& [name, value] : fields) {
    if (!request.body.empty()) request.body += '&';
    request.body += std::string(name) + "=" + percent_encode(value, Slash::Encoded);
  }
  return request;
}

Error not_sent(const NotSent& failure, std::string_view url) {
  const auto code = failure.why == NotSent::Why::Memory ? ErrorCode::OutOfMemory
                    : failure.why == NotSent::Why::Url  ? ErrorCode::ConfigValue
                                                        : ErrorCode::StoreUnavailable;
  return fail(code, "cannot ask for a token host=`{}`: {}", host_of(url), failure.text);
}

/// The `error` of RFC 6749, if the reply has one that looks like one: a server may echo what it was
/// sent in any other field.
std::string oauth_error(std::string_view body) {
  const auto json = parse_json(body);
  if (!json || !json->is_object()) return {};
  const auto found = json->find("error");
  if (found == json->end() || !found->is_string()) return {};
  const auto text = found->get<std::string>();
  const bool is_code = text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || c == '_' || c == '-';
                       });
  return is_code ? text : std::string();
}

Error refused(const HttpResponse& reply, std::string_view url) {
  const int status = reply.status;
  if (status == 408 || status == 429 || status >= 500) {
    return fail(ErrorCode::StoreUnavailable, "cannot ask for a token host=`{}` status=`{}`",
                host_of(url), status);
  }
  return fail(ErrorCode::PermissionDenied, "no token was given host=`{}` status=`{}` error=`{}`",
              host_of(url), status, oauth_error(reply.body))
      .with_hint("check the credentials, their permissions and this machine's clock");
}

/// The reply, whatever it says.
Result<HttpResponse> reply_to(const Exchange& exchange, const HttpRequest& request) {
  HttpOutcome outcome = exchange.client.send(request);
  if (const auto* failure = std::get_if<NotSent>(&outcome)) return not_sent(*failure, request.url);
  if (const auto* lost = std::get_if<ReplyLost>(&outcome)) {
    return fail(ErrorCode::StoreUnavailable, "cannot ask for a token host=`{}`: {}",
                host_of(request.url), lost->text);
  }
  return std::get<HttpResponse>(std::move(outcome));
}

/// A reply of 200.
Result<HttpResponse> send(const Exchange& exchange, const HttpRequest& request) {
  ROCKY_ASSIGN(HttpResponse reply, reply_to(exchange, request));
  if (reply.status != 200) return refused(reply, request.url);
  return reply;
}

Error not_a_token(std::string_view url) {
  return fail(ErrorCode::StoreUnavailable, "a reply is not that of a token server host=`{}`",
              host_of(url));
}

/// What goes into a header must not end it.
bool fits_a_header(std::string_view token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Result<Secret> token_in(const HttpResponse& reply, const char* field, std::string_view url) {
  const auto json = parse_json(reply.body);
  if (!json || !json->is_object()) return not_a_token(url);
  const auto found = json->find(field);
  if (found == json->end() || !found->is_string()) return not_a_token(url);
  Secret token(found->get<std::string>());
  if (!fits_a_header(token.reveal())) return not_a_token(url);
  return token;
}

seconds lifetime_in(const HttpResponse& reply) {
  const auto json = parse_json(reply.body);
  const auto found = json->find("expires_in");
  // RFC 6749 lets a server leave it out; then an hour is what these servers give.
  if (found == json->end() || !found->is_number_integer()) return seconds(3600);
  return std::clamp(seconds(found->get<std::int64_t>()), seconds(0), kLifetimeMax);
}

Result<Granted> granted_by(const HttpResponse& reply, std::string_view url) {
  if (reply.status != 200) return refused(reply, url);
  ROCKY_ASSIGN(Secret token, token_in(reply, "access_token", url));
  return Granted{std::move(token), lifetime_in(reply)};
}

Result<Granted> ask(const Exchange& exchange, const HttpRequest& request) {
  ROCKY_ASSIGN(const HttpResponse reply, reply_to(exchange, request));
  return granted_by(reply, request.url);
}

std::string to_base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

/// The signed statement of RFC 7523 that we are this account, made at `time`.
Result<std::string> assertion_of(const ServiceAccountKey& key, const std::string& scope,
                                 WallTime time) {
  const auto now = time.millis() / 1000;
  Json header = {{"alg", "RS256"}, {"typ", "JWT"}};
  if (!key.private_key_id.empty()) header["kid"] = key.private_key_id;
  const Json payload = {{"iss", key.client_email},
                        {"scope", scope},
                        {"aud", key.token_uri},
                        {"iat", now},
                        {"exp", now + kAssertionLifetime.count()}};
  std::string text =
      to_base64url(to_compact_json(header)) + "." + to_base64url(to_compact_json(payload));
  ROCKY_ASSIGN(const std::string signature, sign_rs256(key.private_key, text));
  return text + "." + to_base64url(signature);
}

Result<Granted> grant(const Exchange&, const Anonymous&) { return Granted{{}, kLifetimeMax}; }

Result<HttpResponse> present(const Exchange& exchange, const ServiceAccountKey& key,
                             WallTime time) {
  ROCKY_ASSIGN(std::string assertion, assertion_of(key, exchange.scope, time));
  return reply_to(
      exchange,
      form_request(key.token_uri, {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                   {"assertion", std::move(assertion)}}));
}

/// The error does not tell an assertion of another hour from one of a key that is revoked; the
/// reply's date does.
bool may_be_out_of_time(const HttpResponse& reply) {
  return reply.status == 400 && oauth_error(reply.body) == "invalid_grant";
}

Result<Granted> grant(const Exchange& exchange, const ServiceAccountKey& key) {
  const WallTime time = exchange.time.now();
  ROCKY_ASSIGN(HttpResponse reply, present(exchange, key, time));
  if (may_be_out_of_time(reply) && exchange.time.learn(reply, time)) {
    ROCKY_ASSIGN(reply, present(exchange, key, exchange.time.now()));
  }
  return granted_by(reply, key.token_uri);
}

Result<Granted> grant(const Exchange& exchange, const AuthorizedUser& user) {
  return ask(exchange,
             form_request(user.token_uri, {{"grant_type", "refresh_token"},
                                           {"client_id", user.client_id},
                                           {"client_secret", user.client_secret.reveal()},
                                           {"refresh_token", user.refresh_token.reveal()}}));
}

Result<Granted> grant(const Exchange& exchange, const MetadataServer& server) {
  HttpRequest request = request_to(
      "GET", fmt::format("http://{}/computeMetadata/v1/instance/service-accounts/default/token",
                         server.host));
  request.headers.push_back({"Metadata-Flavor", "Google"});
  request.connect_timeout = kMetadataConnectTimeout;
  auto granted = ask(exchange, request);
  if (granted) return granted;
  return std::move(granted).error().with_hint(
      "set GOOGLE_APPLICATION_CREDENTIALS to a credential file, or run where a "
      "metadata server tells the machine's identity");
}

Result<std::string> subject_text(const Exchange& exchange, const SubjectToken& source) {
  if (!source.file.empty()) return read_file(source.file, kSubjectTokenBytesMax);
  HttpRequest request = request_to("GET", source.url);
  request.headers = source.headers;
  ROCKY_ASSIGN(HttpResponse reply, send(exchange, request));
  return std::move(reply.body);
}

Result<std::string> subject_token(const Exchange& exchange, const SubjectToken& source) {
  ROCKY_ASSIGN(const std::string text, subject_text(exchange, source));
  if (source.json_field.empty()) return std::string(trim(text));
  const auto json = parse_json(text);
  if (json && json->is_object()) {
    const auto found = json->find(source.json_field);
    if (found != json->end() && found->is_string()) return found->get<std::string>();
  }
  return fail(ErrorCode::ConfigValue, "there is no subject token where it should be field=`{}`",
              source.json_field)
      .with_hint("compare credential_source.format with what the provider writes");
}

/// Lets the service account, which trusts the federated identity, be that of the token.
Result<Granted> impersonate(const Exchange& exchange, const ExternalAccount& account,
                            const Secret& token) {
  HttpRequest request = request_to("POST", account.impersonation_url);
  request.headers = {{"Content-Type", "application/json"},
                     {"Authorization", "Bearer " + token.reveal()}};
  const auto lifetime = std::clamp(account.impersonation_lifetime, seconds(1), kLifetimeMax);
  request.body = to_compact_json({{"scope", Json::array({exchange.scope})},
                                  {"lifetime", fmt::format("{}s", lifetime.count())}});
  ROCKY_ASSIGN(const HttpResponse reply, send(exchange, request));
  ROCKY_ASSIGN(Secret granted, token_in(reply, "accessToken", request.url));
  // The reply's `expireTime` is by another machine's clock; the lifetime is what we asked for.
  return Granted{std::move(granted), lifetime};
}

Result<Granted> grant(const Exchange& exchange, const ExternalAccount& account) {
  ROCKY_ASSIGN(std::string subject, subject_token(exchange, account.subject_token));
  const bool impersonates = !account.impersonation_url.empty();
  ROCKY_ASSIGN(
      Granted federated,
      ask(exchange,
          form_request(account.token_url,
                       {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                        {"audience", account.audience},
                        {"scope", impersonates ? kCloudScope : exchange.scope},
                        {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                        {"subject_token_type", account.subject_token_type},
                        {"subject_token", std::move(subject)}})));
  return impersonates ? impersonate(exchange, account, federated.token) : std::move(federated);
}

}  // namespace

GoogleTokens::GoogleTokens(Clock& clock, HttpClient& client, GoogleCredential credential,
                           std::string scope)
    : clock_(clock),
      time_(clock),
      client_(client),
      credential_(std::move(credential)),
      scope_(std::move(scope)) {
  kept_.expires_at = kept_.refresh_at = clock_.boot_now();
}

GoogleTokens::Kept GoogleTokens::kept() const {
  std::lock_guard lock(mutex_);
  return kept_;
}

void GoogleTokens::put_off_refresh(BootTime until) {
  std::lock_guard lock(mutex_);
  kept_.refresh_at = std::min(until, kept_.expires_at);
}

Result<Secret> GoogleTokens::token() {
  // Judged from before the exchange: the lifetime began somewhere in between.
  const BootTime now = clock_.boot_now();
  const Kept before = kept();
  if (now < before.refresh_at) return before.token;
  const Exchange exchange{time_, client_, scope_};
  auto granted = std::visit([&](const auto& each) { return grant(exchange, each); }, credential_);
  if (!granted) {
    const bool still_good = now < before.expires_at;
    if (!still_good) return std::move(granted).error();
    put_off_refresh(now + kRefreshAgainAfter);
    return before.token;
  }
  const Millis lifetime = granted->lifetime;
  std::lock_guard lock(mutex_);
  kept_ = {std::move(granted->token), now + (lifetime - std::min(kRefreshBefore, lifetime / 4)),
           now + lifetime};
  return kept_.token;
}

void GoogleTokens::forget(const Secret& refused) {
  std::lock_guard lock(mutex_);
  if (kept_.token == refused) kept_.expires_at = kept_.refresh_at = clock_.boot_now();
}

}  // namespace rocky::net
