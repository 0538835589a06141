#include "state/object_reply.h"

#include <algorithm>
#include <chrono>

#include "base/number_text.h"
#include "net/http_date.h"

namespace rocky::state {
namespace {

using net::HttpOutcome;
using net::HttpResponse;
using net::NotSent;
using net::ReplyLost;

constexpr Millis kClocksDiffer = std::chrono::seconds(5);

Error unavailable(std::string_view what, const StoreName& store) {
  return fail(ErrorCode::StoreUnavailable, "state store did not answer store=`{}`: {}", store.text,
              what);
}

Error not_carried_out(Answer answer, int status, const StoreName& store) {
  if (answer == Answer::Denied) {
    return fail(ErrorCode::PermissionDenied, "state store denies access store=`{}` status=`{}`",
                store.text, status)
        .with_hint(store.rights);
  }
  return fail(ErrorCode::StoreRefused, "state store does not take a request store=`{}` status=`{}`",
              store.text, status);
}

std::string status_text(int status) { return fmt::format("status=`{}`", status); }

bool from_a_cache(const HttpResponse& reply) {
  const auto age = reply.header("age");
  return age && age->find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

Error unreachable(const NotSent& failure, const StoreName& store) {
  const auto error = [&](ErrorCode code) {
    return fail(code, "cannot reach the state store store=`{}`: {}", store.text, failure.text);
  };
  switch (failure.why) {
    case NotSent::Why::Memory: return error(ErrorCode::OutOfMemory);
    case NotSent::Why::Url: return error(ErrorCode::ConfigValue);
    case NotSent::Why::Tls:
      return error(ErrorCode::StoreUnavailable)
          .with_hint(
              "check the clock; a private certificate authority belongs into ca_file of "
              "[state]");
    case NotSent::Why::Resolve:
    case NotSent::Why::Connect: break;
  }
  return error(ErrorCode::StoreUnavailable);
}

Millis retry_after(const HttpResponse& reply) {
  const auto asked = reply.header("retry-after").value_or("");
  if (const auto seconds = to_number<int>(asked))
    return std::max(Millis{0}, Millis{std::chrono::seconds(*seconds)});
  const auto until = net::parse_http_date(asked);
  const auto now = net::parse_http_date(reply.header("date").value_or(""));
  if (!until || !now) return Millis{0};
  return std::max(Millis{0}, Millis{until->millis() - now->millis()});
}

Answer answer_of(int status) {
  if (status >= 200 && status < 300) return Answer::Done;
  switch (status) {
    case 404: return Answer::Missing;
    case 412: return Answer::Refused;
    case 401:
    case 403: return Answer::Denied;
    case 408:
    case 409:
    case 425:
    case 429: return Answer::Undecided;
    default: break;
  }
  return status >= 400 && status < 500 ? Answer::Invalid : Answer::Undecided;
}

std::optional<Millis> age_of(const HttpResponse& reply, WallTime written) {
  if (from_a_cache(reply)) return std::nullopt;
  const auto date = net::parse_http_date(reply.header("date").value_or(""));
  if (!date) return std::nullopt;
  const Millis age{date->millis() - written.millis()};
  // Dates are cut to seconds, and two servers of one store may differ by a little.
  if (age < -kClocksDiffer) return std::nullopt;
  return std::max(Millis{0}, age);
}

std::optional<Millis> age_of(const HttpResponse& reply) {
  const auto written = net::parse_http_date(reply.header("last-modified").value_or(""));
  if (!written) return std::nullopt;
  return age_of(reply, *written);
}

Result<HttpResponse> reply_to_reading(HttpOutcome outcome, const StoreName& store) {
  if (const auto* failure = std::get_if<NotSent>(&outcome)) return unreachable(*failure, store);
  if (const auto* lost = std::get_if<ReplyLost>(&outcome)) return unavailable(lost->text, store);
  auto& reply = std::get<HttpResponse>(outcome);
  const Answer answer = answer_of(reply.status);
  if (answer == Answer::Undecided) return unavailable(status_text(reply.status), store);
  if (answer == Answer::Denied || answer == Answer::Invalid) {
    return not_carried_out(answer, reply.status, store);
  }
  return std::move(reply);
}

Result<std::variant<HttpResponse, Unknown>> reply_to_writing(HttpOutcome outcome,
                                                             const StoreName& store) {
  using Reply = std::variant<HttpResponse, Unknown>;
  if (const auto* failure = std::get_if<NotSent>(&outcome)) return unreachable(*failure, store);
  if (auto* lost = std::get_if<ReplyLost>(&outcome)) return Reply(Unknown{std::move(lost->text)});
  auto& reply = std::get<HttpResponse>(outcome);
  const Answer answer = answer_of(reply.status);
  if (answer == Answer::Undecided) {
    return Reply(Unknown{status_text(reply.status), retry_after(reply)});
  }
  if (answer == Answer::Denied || answer == Answer::Invalid) {
    return not_carried_out(answer, reply.status, store);
  }
  return Reply(std::move(reply));
}

}  // namespace rocky::state
