#include "base/check.h"
#include "fuzz/targets.h"
#include "net/http.h"
#include "net/http_date.h"
#include "state/object_reply.h"

namespace rocky::fuzz {

/// The value of a header, or of a field, that tells a moment.
void dates(std::string_view bytes) {
  const std::string text(bytes);
  if (const auto time = net::parse_http_date(bytes)) {
    const auto again = net::parse_http_date(net::to_http_date(*time));
    ROCKY_CHECK(again == time);
  }
  if (const auto time = net::parse_timestamp(bytes)) to_rfc3339(*time);
  const std::string now = "Sun, 06 Nov 1994 08:49:37 GMT";
  for (const auto& [date, modified] : {std::pair(now, text), std::pair(text, now)}) {
    const auto age = state::age_of({200, {{"date", date}, {"last-modified", modified}}, ""});
    if (age) ROCKY_CHECK(*age >= Millis(0));
  }
  const auto outcome = state::reply_to_writing(
      net::HttpResponse{503, {{"date", now}, {"retry-after", text}}, ""}, {"store", ""});
  ROCKY_CHECK(outcome && std::holds_alternative<state::Unknown>(*outcome));
}

}  // namespace rocky::fuzz
