#include "state/s3/s3_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/percent_encoding.h"
#include "net/aws_credentials.h"
#include "net/curl_http_client.h"
#include "net/service_clock.h"
#include "net/url.h"
#include "state/object_reply.h"
#include "state/s3/s3_listing.h"
#include "state/s3/s3_place.h"
#include "state/s3/s3_reply.h"
#include "state/s3/salted_value.h"
#include "state/state_limits.h"

namespace rocky::state {
namespace {

using net::HttpOutcome;
using net::HttpRequest;
using net::HttpResponse;
using net::NotSent;
using net::ReplyLost;

constexpr StateTraits kHeedsRemovals = {.scheme = "s3"};
constexpr int kListedMax = 1000;       // Of one reply; S3 gives no more.
constexpr int kForeignPagesMax = 100;  // Without a name of ours, in a row.

net::HttpHeader matches(const Version& version) {
  return {"If-Match", "\"" + version.token + "\""};
}

/// Of an exchange that went wrong.
bool says(S3Says what, const HttpOutcome& outcome) {
  const auto* reply = std::get_if<HttpResponse>(&outcome);
  return reply && reply->status >= 400 && verdict_of(*reply).says == what;
}

class S3Backend final : public StateBackend {
 public:
  S3Backend(std::unique_ptr<net::HttpClient> http, const StoreWorld& world,
            const StateSettings& settings, S3Place place)
      : http_(std::move(http)),
        time_(world.clock),
        random_(world.random),
        place_(std::move(place)),
        prefix_(settings.s3.prefix),
        exchange_timeout_(settings.exchange_timeout),
        credentials_(
            net::aws_credential_chain(world.clock, world.environment, *http_, place_.region)),
        heeds_removals_(place_.amazon) {}

  const StateTraits& traits() const override {
    return heeds_removals_ ? kHeedsRemovals : kS3Traits;
  }
  Result<std::optional<Stored>> read(std::string_view name) override;
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints&) override {
    return put(S3Write::Create, name, value, {"If-None-Match", "*"});
  }
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints&) override {
    return put(S3Write::Replace, name, value, matches(expected));
  }
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override;
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override;

 private:
  HttpRequest request_for(std::string method, std::string url) const {
    return {.method = std::move(method), .url = std::move(url), .total_timeout = exchange_timeout_};
  }
  std::string key_of(std::string_view name) const { return prefix_ + std::string(name); }

  Result<WriteOutcome> put(S3Write write, std::string_view name, std::string_view value,
                           net::HttpHeader condition);
  Result<WriteOutcome> write(S3Write write, const HttpRequest& request);
  Result<HttpResponse> ask(const HttpRequest& request);
  Result<HttpOutcome> send(const HttpRequest& request);
  HttpOutcome send_signed(const HttpRequest& request, const net::AwsKeys& keys);
  HttpOutcome send_signed_for(WallTime time, HttpRequest request, const net::AwsKeys& keys);
  std::string listing_url(std::string_view prefix, const std::string& after_key, int limit) const;
  Page page_of(const S3Listing& listing, const HttpResponse& reply) const;

  const std::unique_ptr<net::HttpClient> http_;
  net::ServiceClock time_;
  Random& random_;
  const S3Place place_;
  const std::string prefix_;
  const Millis exchange_timeout_;
  const std::unique_ptr<net::AwsCredentials> credentials_;
  std::atomic<bool> heeds_removals_;
};

Result<std::optional<Stored>> S3Backend::read(std::string_view name) {
  ROCKY_TRY(check_name(name));
  ROCKY_ASSIGN(const HttpResponse reply, ask(request_for("GET", place_.url_of(key_of(name)))));
  if (reply.status != 200) {
    const S3Verdict verdict = verdict_of(reply);
    if (verdict.says == S3Says::NoObject) return std::nullopt;
    return s3_error(verdict, reply, place_);
  }
  std::string tag = entity_tag_of(reply.header("etag").value_or(""));
  if (tag.empty()) {
    return fail(ErrorCode::StoreRefused, "state store gives its objects no entity tag store=`{}`",
                place_.text());
  }
  return Stored{std::string(without_salt(reply.body)), {std::move(tag)}, age_of(reply)};
}

Result<WriteOutcome> S3Backend::put(S3Write write_kind, std::string_view name,
                                    std::string_view value, net::HttpHeader condition) {
  ROCKY_TRY(check_name(name));
  ROCKY_TRY(check_value(name, value));
  HttpRequest request = request_for("PUT", place_.url_of(key_of(name)));
  request.headers = {std::move(condition),
                     {"Cache-Control", "no-store"},
                     {"Content-Type", "application/octet-stream"}};
  request.body = with_salt(value, random_);
  return write(write_kind, request);
}

Result<WriteOutcome> S3Backend::remove(std::string_view name, const Version& expected) {
  ROCKY_TRY(check_name(name));
  if (!heeds_removals_ && !is_written_once(name)) {
    return fail(ErrorCode::StoreRefused,
                "nothing is removed from a state store that may ignore the condition store=`{}`",
                place_.text());
  }
  HttpRequest request = request_for("DELETE", place_.url_of(key_of(name)));
  request.headers = {matches(expected)};
  ROCKY_ASSIGN(WriteOutcome outcome, write(S3Write::Remove, request));
  // A store that ignores the condition would have removed it.
  const auto* refused = std::get_if<Refused>(&outcome);
  if (refused && !refused->vanished) heeds_removals_ = true;
  return outcome;
}

Result<Page> S3Backend::list(std::string_view prefix, std::string_view after, int limit) {
  // Some stores answer with nothing where `after` does not start with the prefix.
  const bool starts_inside = after.starts_with(prefix);
  if (!starts_inside && after > prefix) return Page{};
  std::string after_key = starts_inside && !after.empty() ? key_of(after) : "";
  for (int pages = 0; pages < kForeignPagesMax; ++pages) {
    ROCKY_ASSIGN(const HttpResponse reply,
                 ask(request_for("GET", listing_url(prefix, after_key, limit))));
    const S3Verdict verdict = verdict_of(reply);
    if (verdict.says != S3Says::Done) return s3_error(verdict, reply, place_);
    const auto listing = read_listing(reply.body);
    if (!listing) break;
    Page page = page_of(*listing, reply);
    if (!page.names.empty() || !listing->truncated) return page;
    after_key = listing->objects.back().key;
  }
  return fail(ErrorCode::StoreUnavailable, "a reply is no listing in order store=`{}`",
              place_.text());
}

std::string S3Backend::listing_url(std::string_view prefix, const std::string& after_key,
                                   int limit) const {
  std::string url =
      fmt::format("{}/?list-type=2&max-keys={}&prefix={}", place_.base,
                  std::clamp(limit, 1, kListedMax), percent_encode(key_of(prefix), Slash::Encoded));
  if (!after_key.empty()) url += "&start-after=" + percent_encode(after_key, Slash::Encoded);
  return url;
}

Page S3Backend::page_of(const S3Listing& listing, const HttpResponse& reply) const {
  Page page;
  for (const ListedObject& object : listing.objects) {
    std::string name = object.key.substr(std::min(prefix_.size(), object.key.size()));
    // Tools that show buckets as folders make objects for these.
    const bool folder = name.empty() || name.ends_with('/');
    if (listing.truncated) page.next = name;
    if (folder || !check_name(name)) continue;
    const auto age = object.written ? age_of(reply, *object.written) : std::nullopt;
    page.names.push_back({std::move(name), {object.entity_tag}, age});
  }
  return page;
}

Result<WriteOutcome> S3Backend::write(S3Write write_kind, const HttpRequest& request) {
  ROCKY_ASSIGN(HttpOutcome outcome, send(request));
  if (const auto* failure = std::get_if<NotSent>(&outcome))
    return unreachable(*failure, {place_.text(), ""});
  if (auto* lost = std::get_if<ReplyLost>(&outcome))
    return WriteOutcome(Unknown{std::move(lost->text)});
  return outcome_of(write_kind, std::get<HttpResponse>(outcome), place_);
}

/// The reply to a request that changes nothing. Lost before its time was over, it is asked for once
/// more: a kept connection may have been closed meanwhile.
Result<HttpResponse> S3Backend::ask(const HttpRequest& request) {
  ROCKY_ASSIGN(HttpOutcome outcome, send(request));
  if (const auto* lost = std::get_if<ReplyLost>(&outcome); lost && !lost->timed_out) {
    ROCKY_ASSIGN(outcome, send(request));
  }
  if (const auto* failure = std::get_if<NotSent>(&outcome))
    return unreachable(*failure, {place_.text(), ""});
  if (const auto* lost = std::get_if<ReplyLost>(&outcome)) {
    return fail(ErrorCode::StoreUnavailable, "state store did not answer store=`{}`: {}",
                place_.text(), lost->text);
  }
  return std::get<HttpResponse>(std::move(outcome));
}

/// One exchange, and one more where the keys were refused and there are others. A request that was
/// denied was not carried out, so sending it again repeats nothing.
Result<HttpOutcome> S3Backend::send(const HttpRequest& request) {
  ROCKY_ASSIGN(const net::AwsKeys keys, credentials_->keys());
  HttpOutcome outcome = send_signed(request, keys);
  if (!says(S3Says::Denied, outcome)) return outcome;
  credentials_->forget();
  ROCKY_ASSIGN(const net::AwsKeys renewed, credentials_->keys());
  if (renewed == keys) return outcome;
  return send_signed(request, renewed);
}

/// One exchange, and one more where its refusal has shown that this machine's clock is not the
/// store's: nor was that one carried out.
HttpOutcome S3Backend::send_signed(const HttpRequest& request, const net::AwsKeys& keys) {
  const WallTime time = time_.now();
  HttpOutcome outcome = send_signed_for(time, request, keys);
  if (!says(S3Says::OutOfTime, outcome) || !time_.learn(std::get<HttpResponse>(outcome), time))
    return outcome;
  return send_signed_for(time_.now(), request, keys);
}

HttpOutcome S3Backend::send_signed_for(WallTime time, HttpRequest request,
                                       const net::AwsKeys& keys) {
  net::sign_request(request, keys, {place_.region, "s3"}, time);
  // Behind the signature: a proxy may change it.
  if (request.method == "GET") request.headers.push_back({"Cache-Control", "no-cache"});
  return http_->send(request);
}

}  // namespace

Result<std::unique_ptr<StateBackend>> open_s3_over(std::unique_ptr<net::HttpClient> http,
                                                   const StoreWorld& world,
                                                   const StateSettings& settings) {
  ROCKY_ASSIGN(S3Place place, find_s3_place(world.environment, settings.s3));
  return std::make_unique<S3Backend>(std::move(http), world, settings, std::move(place));
}

Result<std::unique_ptr<StateBackend>> open_s3(const StoreWorld& world,
                                              const StateSettings& settings) {
  std::string ca_file = settings.ca_file;
  if (ca_file.empty()) ca_file = world.environment.get("AWS_CA_BUNDLE").value_or("");
  return open_s3_over(net::curl_http_client(world.environment, {.ca_file = std::move(ca_file),
                                                                .wait_limit = world.wait_limit}),
                      world, settings);
}

}  // namespace rocky::state
