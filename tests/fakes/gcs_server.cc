#include "fakes/gcs_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "base/percent_encoding.h"
#include "net/http_date.h"
#include "net/url.h"

namespace rocky::fakes {
namespace {

constexpr std::string_view kTokenPath =
    "/computeMetadata/v1/instance/service-accounts/default/token";
constexpr std::int64_t kWriteSpacingMillis = 1'000;
const std::string kAfter = "after:";  // Before the last name of a page, in its token.

ServedReply problem(int status, const std::string& why) {
  const Json body = {{"error", {{"code", status}, {"message", why}}}};
  return {status, {{"Content-Type", "application/json"}}, to_compact_json(body)};
}

ServedReply document(const Json& body) {
  return {200, {{"Content-Type", "application/json"}}, to_compact_json(body)};
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Whether there are no other arguments than these.
bool only(const ServedRequest& request, std::set<std::string_view> known) {
  return std::all_of(request.query.begin(), request.query.end(),
                     [&](const auto& argument) { return known.contains(argument.first); });
}

/// Takes what stands before `end` off the front, with `end`.
std::optional<std::string> take_until(std::string_view& text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == text.npos) return std::nullopt;
  std::string taken(text.substr(0, at));
  text.remove_prefix(at + end.size());
  return taken;
}

}  // namespace

void GcsServer::behave(GcsBehaviour behaviour) {
  std::lock_guard lock(mutex_);
  behaviour_ = std::move(behaviour);
  date_stood_at_ = clock_.wall_now();
}

void GcsServer::put(const std::string& name, std::string value) {
  std::lock_guard lock(mutex_);
  write(name, std::move(value));
}

int GcsServer::writes() const {
  std::lock_guard lock(mutex_);
  return writes_;
}
int GcsServer::misuses() const {
  std::lock_guard lock(mutex_);
  return misuses_;
}
int GcsServer::tokens_given() const {
  std::lock_guard lock(mutex_);
  return tokens_given_;
}

ServedReply GcsServer::answer(const ServedRequest& request) {
  std::lock_guard lock(mutex_);
  ServedReply reply = dispatch(request);
  const WallTime now = behaviour_.date_stands ? date_stood_at_ : clock_.wall_now();
  reply.headers.emplace_back("Date", net::to_http_date(now));
  return reply;
}

ServedReply GcsServer::dispatch(const ServedRequest& request) {
  if (request.path == kTokenPath) return give_token(request);
  const bool shown = request.header("authorization") == "Bearer " + behaviour_.token;
  if (!behaviour_.token.empty() && !shown) return problem(401, "Invalid Credentials");
  const std::string objects = "/storage/v1/b/" + bucket_ + "/o";
  if (request.method == "POST" && request.path == "/upload" + objects) return upload(request);
  if (request.method == "GET" && request.path == objects) return list(request);
  if (!request.path.starts_with(objects + "/")) return problem(404, "bucket does not exist");
  const std::string piece = request.path.substr(objects.size() + 1);
  if (piece.find('/') != piece.npos) return misuse("a name with an unencoded slash");
  const auto name = percent_decode(piece);
  if (!name || name->empty()) return misuse("not a name");
  if (request.method == "GET") return get(request, *name);
  if (request.method == "DELETE") return remove(request, *name);
  return misuse("no such method");
}

ServedReply GcsServer::misuse(std::string why) {
  ++misuses_;
  return problem(400, why);
}

ServedReply GcsServer::give_token(const ServedRequest& request) {
  if (request.header("metadata-flavor") != "Google") return problem(403, "no Metadata-Flavor");
  ++tokens_given_;
  return document({{"access_token", behaviour_.next_token}, {"expires_in", 3599}});
}

ServedReply GcsServer::get(const ServedRequest& request, const std::string& name) {
  if (!only(request, {"alt"}) || request.argument("alt") != "media") return misuse("no alt=media");
  if (request.header("cache-control") != "no-cache") return misuse("a cache may answer");
  const auto found = objects_.find(name);
  if (found == objects_.end()) return {404, {{"Content-Type", "text/html"}}, "No such object"};
  const Object& object = found->second;
  return {200,
          {{"Content-Type", "application/octet-stream"},
           {"Cache-Control", "no-store"},
           {"X-Goog-Generation", std::to_string(object.generation)},
           {"X-Goog-Metageneration", "1"},
           {"Last-Modified", net::to_http_date(object.written)}},
          object.value};
}

std::optional<GcsServer::Upload> GcsServer::parse_upload(const ServedRequest& request) {
  constexpr std::string_view kType = "multipart/related; boundary=";
  const std::string type = request.header("content-type").value_or("");
  if (!type.starts_with(kType)) return std::nullopt;
  const std::string delimiter = "--" + type.substr(kType.size());
  std::string_view rest = request.body;
  if (take_until(rest, delimiter + "\r\nContent-Type: application/json\r\n\r\n") != "") return {};
  const auto metadata = take_until(rest, "\r\n" + delimiter + "\r\n");
  if (!metadata || take_until(rest, "\r\n\r\n") != "Content-Type: application/octet-stream") {
    return std::nullopt;
  }
  auto value = take_until(rest, "\r\n" + delimiter + "--\r\n");
  const auto json = parse_json(*metadata);
  if (!value || !rest.empty() || !json) return std::nullopt;
  if (json->value("cacheControl", "") != "no-store") return std::nullopt;
  return Upload{json->value("name", ""), *std::move(value)};
}

std::optional<ServedReply> GcsServer::objection(const std::string& name, std::uint64_t expected,
                                                bool heeds_conditions) {
  const auto found = objects_.find(name);
  const std::uint64_t live = found == objects_.end() ? 0 : found->second.generation;
  if (heeds_conditions && live != expected) return problem(412, "conditionNotMet");
  const auto last = last_writes_.find(name);
  if (behaviour_.one_write_a_second && last != last_writes_.end() &&
      clock_.wall_now().millis() - last->second.millis() < kWriteSpacingMillis) {
    return problem(429, "rateLimitExceeded");
  }
  return std::nullopt;
}

template <class Change>
ServedReply GcsServer::carry_out(ServedReply reply, Change change) {
  const ServedReply failure = problem(503, "backendError");
  ServedReply lost;
  lost.fault = ReplyFault::Drop;
  if (behaviour_.on_write == GcsWriteFault::FailBefore) return failure;
  if (behaviour_.on_write == GcsWriteFault::DropBefore) return lost;
  change();
  switch (behaviour_.on_write) {
    case GcsWriteFault::RefuseAfterwards: return problem(412, "conditionNotMet");
    case GcsWriteFault::FailAfterwards: return failure;
    case GcsWriteFault::DropAfterwards: return lost;
    default: return reply;
  }
}

void GcsServer::write(const std::string& name, std::string value) {
  ++writes_;
  last_writes_[name] = clock_.wall_now();
  objects_[name] = {std::move(value), ++generation_, clock_.wall_now()};
}

ServedReply GcsServer::upload(const ServedRequest& request) {
  if (!only(request, {"uploadType", "ifGenerationMatch", "fields"}) ||
      request.argument("uploadType") != "multipart" || request.argument("fields") != "generation") {
    return misuse("arguments of an upload");
  }
  const auto expected = number(request.argument("ifGenerationMatch").value_or(""));
  if (!expected) return misuse("an upload without a condition");
  const auto parsed = parse_upload(request);
  if (!parsed || parsed->name.empty()) return misuse("body of an upload");
  if (auto no = objection(parsed->name, *expected, behaviour_.heeds_conditions)) return *no;
  return carry_out(document({{"generation", std::to_string(generation_ + 1)}}),
                   [&] { write(parsed->name, parsed->value); });
}

ServedReply GcsServer::remove(const ServedRequest& request, const std::string& name) {
  const auto expected = number(request.argument("ifGenerationMatch").value_or(""));
  if (!only(request, {"ifGenerationMatch"}) || !expected) return misuse("an unconditional removal");
  if (!objects_.contains(name)) return problem(404, "No such object");
  if (auto no = objection(name, *expected, behaviour_.heeds_conditions_of_remove)) return *no;
  return carry_out({204, {}, ""}, [&] {
    ++writes_;
    last_writes_[name] = clock_.wall_now();
    objects_.erase(name);
  });
}

ServedReply GcsServer::list(const ServedRequest& request) {
  const auto limit = number(request.argument("maxResults").value_or(""));
  if (!only(request, {"prefix", "startOffset", "maxResults", "pageToken", "fields"}) ||
      request.argument("fields") != "items(name,generation,timeCreated),nextPageToken" || !limit ||
      *limit < 1 || *limit > 1000 || request.header("cache-control") != "no-cache") {
    return misuse("arguments of a listing");
  }
  const std::string prefix = request.argument("prefix").value_or("");
  const std::string page = request.argument("pageToken").value_or("");
  if (page.empty() && behaviour_.empty_page_first) return document({{"nextPageToken", kAfter}});
  const std::string offset = request.argument("startOffset").value_or("");
  Json body = Json::object();
  Json items = Json::array();
  for (const auto& [name, object] : objects_) {
    const bool earlier = name < offset || kAfter + name <= page;
    if (!name.starts_with(prefix) || earlier) continue;
    if (items.size() == *limit) {
      body["nextPageToken"] = kAfter + items.back()["name"].get<std::string>();
      break;
    }
    items.push_back({{"name", name},
                     {"generation", std::to_string(object.generation)},
                     {"timeCreated", to_rfc3339(object.written)}});
  }
  if (!items.empty()) body["items"] = std::move(items);
  return document(body);
}

}  // namespace rocky::fakes
