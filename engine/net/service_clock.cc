#include "net/service_clock.h"

#include "net/http_date.h"

namespace rocky::net {
namespace {

// Services tolerate minutes.
constexpr std::int64_t kToleratedMs = 30'000;

bool is_from_a_cache(const HttpResponse& reply) {
  return reply.header("age").value_or("0").find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

WallTime ServiceClock::now() const { return {clock_.wall_now().since_epoch + Millis(ahead_ms_)}; }

bool ServiceClock::learn(const HttpResponse& refusal, WallTime signed_at) {
  const auto date = parse_http_date(refusal.header("date").value_or(""));
  if (!date || is_from_a_cache(refusal)) return false;
  const std::int64_t off = date->millis() - signed_at.millis();
  if (off >= -kToleratedMs && off <= kToleratedMs) return false;
  ahead_ms_ = date->millis() - clock_.wall_now().millis();
  return true;
}

}  // namespace rocky::net
