#include "state/gcs/gcs_backend.h"

#include <atomic>
#include <utility>

#include "net/curl_http_client.h"
#include "net/google_token.h"
#include "state/gcs/gcs_api.h"
#include "state/gcs/gcs_place.h"
#include "state/object_reply.h"
#include "state/state_limits.h"
#include "state/write_pace.h"

namespace rocky::state {
namespace {

using net::HttpOutcome;
using net::HttpRequest;
using net::HttpResponse;

constexpr const char* kScope = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr int kEmptyPagesMax = 100;  // The service may answer with pages without names.

constexpr StateTraits kOthersTraits = {.scheme = "gcs", .conditional_remove = false};
constexpr StateTraits kOthersProvenTraits = {.scheme = "gcs"};

StoreName name_of(const StateSettings& settings) {
  return {"gs://" + settings.gcs.bucket,
          "grant storage.objects.get, create, delete and list on the bucket, for instance by "
          "roles/storage.objectUser"};
}

class GcsBackend final : public StateBackend {
 public:
  GcsBackend(std::unique_ptr<net::HttpClient> client, const StoreWorld& world,
             const StateSettings& settings, GcsPlace place)
      : client_(std::move(client)),
        random_(world.random),
        google_(place.google),
        heeds_removals_(place.google),
        store_(name_of(settings)),
        exchange_timeout_(settings.exchange_timeout),
        api_(place.base, settings.gcs.bucket, settings.gcs.prefix),
        tokens_(world.clock, *client_, std::move(place.credential), kScope),
        pace_(world.clock, traits().write_spacing) {}

  const StateTraits& traits() const override {
    if (google_) return kGcsTraits;
    return heeds_removals_ ? kOthersProvenTraits : kOthersTraits;
  }

  Result<std::optional<Stored>> read(std::string_view name) override {
    ROCKY_TRY(check_name(name));
    ROCKY_ASSIGN(HttpResponse reply, ask(api_.get(name)));
    if (answer_of(reply.status) == Answer::Missing) {
      ROCKY_TRY(check_bucket());
      return std::nullopt;
    }
    const std::string generation(reply.header("x-goog-generation").value_or(""));
    if (answer_of(reply.status) != Answer::Done || !is_generation(generation)) {
      return not_the_service();
    }
    bucket_seen_ = true;
    return Stored{std::move(reply.body), {generation}, age_of(reply)};
  }

  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints&) override {
    ROCKY_TRY(check_name(name));
    ROCKY_TRY(check_value(name, value));
    return write(name, api_.upload(name, value, {"0"}, random_), After::Create);
  }

  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints&) override {
    ROCKY_TRY(check_name(name));
    ROCKY_TRY(check_value(name, value));
    if (!is_generation(expected.token)) return refused_by_look(name);
    return write(name, api_.upload(name, value, expected, random_), After::Replace);
  }

  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override {
    ROCKY_TRY(check_name(name));
    if (!heeds_removals_ && !is_written_once(name)) {
      return fail(ErrorCode::StoreRefused,
                  "nothing is removed from a state store that may ignore the condition store=`{}`",
                  store_.text);
    }
    if (!is_generation(expected.token)) return refused_by_look(name);
    ROCKY_ASSIGN(WriteOutcome outcome, write(name, api_.remove(name, expected), After::Remove));
    // A store that ignores the condition would have removed it.
    const auto* refused = std::get_if<Refused>(&outcome);
    if (refused && !refused->vanished) heeds_removals_ = true;
    return outcome;
  }

  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override {
    std::string page_token;
    for (int pages = 0; pages < kEmptyPagesMax; ++pages) {
      ROCKY_ASSIGN(auto listing, list_once({prefix, after, limit, page_token}));
      if (!listing.last.empty() || listing.page_token.empty()) {
        const bool more = !listing.page_token.empty();
        return Page{std::move(listing.names), more ? std::move(listing.last) : ""};
      }
      page_token = std::move(listing.page_token);
    }
    return not_the_service();
  }

 private:
  enum class After { Create, Replace, Remove };

  /// One exchange; after a refused token one more, with a new token. That request was not carried
  /// out, so sending it again repeats nothing.
  Result<HttpOutcome> send(HttpRequest request) {
    request.total_timeout = exchange_timeout_;
    ROCKY_ASSIGN(const Secret token, tokens_.token());
    HttpOutcome outcome = client_->send(with_token(request, token));
    const auto* reply = std::get_if<HttpResponse>(&outcome);
    if (token.empty() || !reply || answer_of(reply->status) != Answer::Denied) return outcome;
    tokens_.forget(token);
    ROCKY_ASSIGN(const Secret renewed, tokens_.token());
    return client_->send(with_token(std::move(request), renewed));
  }

  static HttpRequest with_token(HttpRequest request, const Secret& token) {
    if (!token.empty()) request.headers.push_back({"Authorization", "Bearer " + token.reveal()});
    return request;
  }

  Result<HttpResponse> ask(HttpRequest request) {
    ROCKY_ASSIGN(HttpOutcome outcome, send(std::move(request)));
    return reply_to_reading(std::move(outcome), store_);
  }

  Result<WriteOutcome> write(std::string_view name, HttpRequest request, After after) {
    pace_.wait_turn(name);
    ROCKY_ASSIGN(HttpOutcome outcome, send(std::move(request)));
    ROCKY_ASSIGN(auto answered, reply_to_writing(std::move(outcome), store_));
    if (auto* unknown = std::get_if<Unknown>(&answered)) return WriteOutcome(std::move(*unknown));
    const auto& reply = std::get<HttpResponse>(answered);
    switch (answer_of(reply.status)) {
      case Answer::Done: return applied(reply, after);
      case Answer::Missing: return missing(after);
      default: break;
    }
    if (after == After::Create) return WriteOutcome(Refused{});
    return refused_by_look(name);
  }

  Result<WriteOutcome> applied(const HttpResponse& reply, After after) {
    bucket_seen_ = true;
    if (after == After::Remove) return WriteOutcome(Applied{});
    auto version = uploaded_version(reply);
    if (!version) return WriteOutcome(Unknown{"the reply does not tell the new generation"});
    return WriteOutcome(Applied{*std::move(version)});
  }

  Result<WriteOutcome> missing(After after) {
    if (after == After::Create) return no_bucket();
    ROCKY_TRY(check_bucket());
    return WriteOutcome(Refused{.vanished = true});
  }

  /// The service refuses an absent object as it refuses a changed one. If it cannot be asked which,
  /// the refusal stands.
  Result<WriteOutcome> refused_by_look(std::string_view name) {
    const auto found = read(name);
    return WriteOutcome(Refused{.vanished = found && !found->has_value()});
  }

  Result<GcsApi::Listing> list_once(const GcsApi::ListFrom& from) {
    ROCKY_ASSIGN(const HttpResponse reply, ask(api_.list(from)));
    if (answer_of(reply.status) == Answer::Missing) return no_bucket();
    auto listing = api_.read_listing(reply);
    if (answer_of(reply.status) != Answer::Done || !listing) return not_the_service();
    bucket_seen_ = true;
    return *std::move(listing);
  }

  /// A missing object and a missing bucket have the same status. Asked once in a process.
  Status check_bucket() {
    if (bucket_seen_) return {};
    ROCKY_TRY(list_once({}));
    return {};
  }

  Error no_bucket() const {
    return fail(ErrorCode::NotFound, "bucket of the state store does not exist store=`{}`",
                store_.text)
        .with_hint("make the bucket, or correct gcs_bucket in [state]");
  }
  Error not_the_service() const {
    return fail(ErrorCode::StoreUnavailable,
                "a reply is not that of Google Cloud Storage store=`{}`", store_.text);
  }

  const std::unique_ptr<net::HttpClient> client_;
  Random& random_;
  const bool google_;
  std::atomic<bool> heeds_removals_;
  const StoreName store_;
  const Millis exchange_timeout_;
  const GcsApi api_;
  net::GoogleTokens tokens_;
  WritePace pace_;
  std::atomic<bool> bucket_seen_ = false;
};

}  // namespace

Result<std::unique_ptr<StateBackend>> open_gcs_over(std::unique_ptr<net::HttpClient> client,
                                                    const StoreWorld& world,
                                                    const StateSettings& settings) {
  if (settings.gcs.bucket.empty()) {
    return fail(ErrorCode::ConfigMissing, "state backend `gcs` needs a bucket")
        .with_hint("set gcs_bucket in [state]");
  }
  ROCKY_ASSIGN(GcsPlace place, find_gcs_place(world.environment, settings));
  return std::make_unique<GcsBackend>(std::move(client), world, settings, std::move(place));
}

Result<std::unique_ptr<StateBackend>> open_gcs(const StoreWorld& world,
                                               const StateSettings& settings) {
  return open_gcs_over(net::curl_http_client(world.environment, {.ca_file = settings.ca_file,
                                                                 .wait_limit = world.wait_limit}),
                       world, settings);
}

}  // namespace rocky::state
