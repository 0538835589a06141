#include "fakes/s3_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "base/percent_encoding.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "net/aws_signature.h"
#include "net/http_date.h"
#include "net/url.h"

namespace rocky::fakes {
namespace {

constexpr Millis kSignatureLasts = std::chrono::minutes(1);
constexpr int kListedMax = 1000;

ServedReply error(int status, std::string_view code, std::string_view more = "") {
  return {
      .status = status,
      .headers = {{"Content-Type", "application/xml"}},
      .body = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code>"
                          "<Message>In other words.</Message>{}<RequestId>1</RequestId></Error>",
                          code, more)};
}

std::string escaped(std::string text) {
  for (const auto& [from, to] :
       {std::pair{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}}) {
    text = replace_all(std::move(text), from, to);
  }
  return text;
}

/// What stands between `name=` and the next comma.
std::string part_of(std::string_view authorization, std::string_view name) {
  const std::size_t at = authorization.find(name);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = authorization.substr(at + name.size());
  return std::string(trim(rest.substr(0, rest.find(','))));
}

/// `20150830T123600Z`
std::optional<WallTime> parse_stamp(const std::string& text) {
  if (text.size() != 16) return std::nullopt;
  return net::parse_timestamp(fmt::format("{}-{}-{}T{}:{}:{}", text.substr(0, 4), text.substr(4, 2),
                                          text.substr(6, 2), text.substr(9, 2), text.substr(11, 2),
                                          text.substr(13)));
}

bool must_be_signed(std::string_view header) {
  return header == "host" || header.starts_with("x-amz-") || header.starts_with("if-");
}

/// The signature that the request as it arrived would have.
std::string expected_authorization(const ServedRequest& request, const S3Behaviour& behaviour,
                                   WallTime time) {
  const std::set<std::string> made = {"host", "x-amz-date", "x-amz-content-sha256",
                                      "x-amz-security-token"};
  net::HttpRequest again{.method = request.method,
                         .url = "http://" + *request.header("host") + request.target,
                         .body = request.body};
  for (const std::string& name :
       split(part_of(*request.header("authorization"), "SignedHeaders="), ';')) {
    if (!made.contains(name)) again.headers.push_back({name, request.header(name).value_or("")});
  }
  net::sign_request(again,
                    {behaviour.key_id, Secret(behaviour.secret), Secret(behaviour.session_token)},
                    {behaviour.region, "s3"}, time);
  return again.headers.back().value;
}

}  // namespace

ServedReply S3Server::answer(const ServedRequest& request) {
  std::lock_guard lock(mutex_);
  const WallTime now = behaviour_.date_stands ? date_stood_at_ : clock_.wall_now();
  const std::string inside = "/" + bucket_ + "/";
  ServedReply reply;
  if (auto objection = objection_to(request)) {
    reply = *std::move(objection);
  } else if (!request.path.starts_with(inside)) {
    reply = error(404, "NoSuchBucket");
  } else {
    const auto key = percent_decode(request.path.substr(inside.size()));
    reply = key ? dispatch(request, *key) : misuse("the path is not encoded as it must");
  }
  reply.headers.emplace_back("Date", net::to_http_date(now));
  if (!behaviour_.age.empty()) reply.headers.emplace_back("Age", behaviour_.age);
  return reply;
}

void S3Server::behave(S3Behaviour behaviour) {
  std::lock_guard lock(mutex_);
  if (!behaviour_.date_stands) date_stood_at_ = clock_.wall_now();
  behaviour_ = std::move(behaviour);
}

void S3Server::put(const std::string& key, std::string value) {
  std::lock_guard lock(mutex_);
  objects_[key] = object_of(std::move(value));
}

std::string S3Server::value(const std::string& key) const {
  std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  return found == objects_.end() ? "" : found->second.value;
}

int S3Server::writes() const {
  std::lock_guard lock(mutex_);
  return writes_;
}
int S3Server::removals() const {
  std::lock_guard lock(mutex_);
  return removals_;
}
int S3Server::misuses() const {
  std::lock_guard lock(mutex_);
  return misuses_;
}

ServedReply S3Server::dispatch(const ServedRequest& request, const std::string& key) {
  if (key.empty()) return request.method == "GET" ? list(request) : misuse("no such verb");
  if (!request.query.empty()) return misuse("an object takes no arguments");
  if (request.method == "GET") return get(request, key);
  if (request.method == "PUT") return put(request, key);
  if (request.method == "DELETE") return remove(request, key);
  return misuse("no such verb");
}

ServedReply S3Server::misuse(std::string why) {
  ++misuses_;
  return error(400, "Misuse", "<Why>" + escaped(std::move(why)) + "</Why>");
}

std::optional<ServedReply> S3Server::objection_to(const ServedRequest& request) {
  if (auto objection = objection_to_signature(request)) return objection;
  if (request.header("x-amz-content-sha256") != sha256_hex(request.body))
    return misuse("the digest is not that of the body");
  if (request.method == "GET" && request.header("cache-control") != "no-cache")
    return misuse("a cache may answer");
  return std::nullopt;
}

std::optional<ServedReply> S3Server::objection_to_signature(const ServedRequest& request) {
  const std::string authorization = request.header("authorization").value_or("");
  const auto time = parse_stamp(request.header("x-amz-date").value_or(""));
  if (authorization.empty() || !time) return error(403, "AccessDenied");
  const Millis off{clock_.wall_now().millis() - time->millis()};
  if (off > kSignatureLasts || off < -kSignatureLasts) return error(403, "RequestTimeTooSkewed");
  const auto names = split(part_of(authorization, "SignedHeaders="), ';');
  for (const auto& [name, value] : request.headers) {
    if (must_be_signed(name) && std::find(names.begin(), names.end(), name) == names.end())
      return misuse(name + " is not signed");
  }
  const auto scope = split(part_of(authorization, "Credential="), '/');
  if (scope.size() != 5) return misuse("no scope");
  if (scope[0] != behaviour_.key_id) return error(403, "InvalidAccessKeyId");
  if (scope[2] != behaviour_.region) {
    return error(400, "AuthorizationHeaderMalformed", "<Region>" + behaviour_.region + "</Region>");
  }
  if (request.header("x-amz-security-token").value_or("") != behaviour_.session_token)
    return error(400, "ExpiredToken");
  if (authorization != expected_authorization(request, behaviour_, *time))
    return error(403, "SignatureDoesNotMatch");
  return std::nullopt;
}

ServedReply S3Server::get(const ServedRequest&, const std::string& key) {
  const auto found = objects_.find(key);
  ServedReply reply;
  if (found == objects_.end()) {
    reply = error(404, "NoSuchKey");
  } else {
    reply = {.headers = {{"ETag", found->second.entity_tag},
                         {"Last-Modified", net::to_http_date(found->second.written)}},
             .body = found->second.value};
  }
  if (behaviour_.dropped_reads > 0) {
    --behaviour_.dropped_reads;
    reply.fault = ReplyFault::Drop;
  }
  return reply;
}

ServedReply S3Server::put(const ServedRequest& request, const std::string& key) {
  const bool creates = request.header("if-none-match") == "*";
  if (creates == request.header("if-match").has_value()) return misuse("no condition, or two");
  if (request.header("cache-control") != "no-store") return misuse("caches may keep it");
  if (auto against = unmet(request, key, behaviour_.heeds_conditions)) return *std::move(against);
  const Object object = object_of(request.body);
  return carry_out({.headers = {{"ETag", object.entity_tag}}}, [&] { objects_[key] = object; });
}

ServedReply S3Server::remove(const ServedRequest& request, const std::string& key) {
  ++removals_;
  if (!request.header("if-match")) return misuse("no condition");
  if (auto against = unmet(request, key, behaviour_.heeds_conditions_of_remove))
    return *std::move(against);
  return carry_out({.status = 204}, [&] { objects_.erase(key); });
}

std::optional<ServedReply> S3Server::unmet(const ServedRequest& request, const std::string& key,
                                           bool heeds) const {
  if (!heeds) return std::nullopt;
  const auto found = objects_.find(key);
  if (request.header("if-none-match")) {
    if (found == objects_.end()) return std::nullopt;
    return error(412, "PreconditionFailed");
  }
  if (found == objects_.end()) return error(404, "NoSuchKey");
  if (request.header("if-match") == found->second.entity_tag) return std::nullopt;
  return error(412, "PreconditionFailed");
}

template <class Change>
ServedReply S3Server::carry_out(ServedReply reply, Change change) {
  if (behaviour_.conflicts > 0) {
    --behaviour_.conflicts;
    return error(409, "ConditionalRequestConflict");
  }
  if (behaviour_.on_write == S3WriteFault::FailBefore) {
    ServedReply slow = error(503, "SlowDown");
    slow.headers.emplace_back("Retry-After", "7");
    return slow;
  }
  if (behaviour_.on_write == S3WriteFault::DropBefore) return {.fault = ReplyFault::Drop};
  change();
  ++writes_;
  switch (behaviour_.on_write) {
    case S3WriteFault::RefuseAfterwards: return error(412, "PreconditionFailed");
    case S3WriteFault::FailAfterwards: return error(500, "InternalError");
    case S3WriteFault::ErrorAfterwards: return error(200, "InternalError");
    case S3WriteFault::DropAfterwards: return {.fault = ReplyFault::Drop};
    default: return reply;
  }
}

S3Server::Object S3Server::object_of(std::string value) const {
  // Of the bytes alone, as the real one's.
  std::string tag = "\"" + sha256_hex(value).substr(0, 32) + "\"";
  return {std::move(value), std::move(tag), clock_.wall_now()};
}

ServedReply S3Server::list(const ServedRequest& request) {
  std::set<std::string> known = {"list-type", "max-keys", "prefix", "start-after"};
  for (const auto& [name, value] : request.query) {
    if (!known.contains(name)) return misuse("no such argument");
  }
  if (request.argument("list-type") != "2") return misuse("not version 2");
  const std::string prefix = request.argument("prefix").value_or("");
  const std::string after = request.argument("start-after").value_or("");
  const int limit = std::atoi(request.argument("max-keys").value_or("1000").c_str());
  if (limit < 1 || limit > kListedMax) return misuse("max-keys");
  std::string contents;
  int listed = 0;
  bool truncated = false;
  for (auto at = objects_.upper_bound(after); at != objects_.end(); ++at) {
    if (!at->first.starts_with(prefix)) continue;
    truncated = listed == limit;
    if (truncated) break;
    ++listed;
    const std::string written =
        to_rfc3339({std::chrono::floor<std::chrono::seconds>(at->second.written.since_epoch)});
    contents += fmt::format(
        "<Contents><Key>{}</Key><LastModified>{}.000Z</LastModified><ETag>{}</ETag>"
        "<Size>{}</Size></Contents>",
        escaped(at->first), written.substr(0, 19), escaped(at->second.entity_tag),
        at->second.value.size());
  }
  return {.headers = {{"Content-Type", "application/xml"}},
          .body = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
                              "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                              "<IsTruncated>{}</IsTruncated>{}</ListBucketResult>",
                              truncated, contents),
          .chunked = true};
}

}  // namespace rocky::fakes
