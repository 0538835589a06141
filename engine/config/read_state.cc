#include "config/read_value.h"

namespace rocky::config {
namespace {

using std::chrono::seconds;

Where place_of(const Node& node, std::string_view key) {
  return node.reading.places.find(node.path + "." + std::string(key));
}

void contradiction(const Node& node, std::string_view key, std::string why, std::string hint) {
  node.reading.report(fail(ErrorCode::ConfigValue, "{} key=`{}.{}`", why, node.path, key)
                          .with_hint(std::move(hint))
                          .at(place_of(node, key)));
}

void need(const Node& node, const State& state, std::string_view key, bool present) {
  if (present) return;
  node.reading.report(
      fail(ErrorCode::ConfigMissing, "a key that this backend needs is missing key=`{}`", key)
          .with_hint(fmt::format("add `{} = …` to [state]: backend = \"{}\" needs it", key,
                                 name_of(state.backend)))
          .at(place_of(node, "backend")));
}

bool is_valkey_url(const std::string& url) {
  return url.starts_with("valkey://") || url.starts_with("valkeys://") ||
         url.starts_with("redis://") || url.starts_with("rediss://");
}

}  // namespace

bool is_namespace(std::string_view text) {
  const auto ordinary = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
  };
  return !text.starts_with('.') && std::all_of(text.begin(), text.end(), ordinary);
}

void read_value(const Node& node, const FieldRules&, RetryPolicy& out) {
  TableReader table(node);
  read_fields(table, out);
  if (out.max_backoff < out.initial_backoff)
    contradiction(
        node, "max_backoff_ms", "the longest pause is shorter than the first",
        fmt::format("at least initial_backoff_ms, which is {}", out.initial_backoff.count()));
}

void read_value(const Node& node, const FieldRules&, Idempotency& out) {
  TableReader table(node);
  read_fields(table, out);
  if (out.heartbeat.count() > 0 && out.lease < 3 * out.heartbeat)
    contradiction(node, "lease_seconds", "the lease is shorter than three heartbeats",
                  fmt::format("at least {}, as heartbeat_seconds is {}", 3 * out.heartbeat.count(),
                              out.heartbeat.count()));
  const seconds lease = out.heartbeat.count() > 0 ? out.lease : seconds(out.in_flight_ttl);
  if (lease >= out.retention)
    contradiction(node, out.heartbeat.count() > 0 ? "lease_seconds" : "in_flight_ttl_hours",
                  "the lease is not shorter than the retention",
                  fmt::format("less than retention_days, which is {}", out.retention.count()));
}

void read_value(const Node& node, const FieldRules&, State& out) {
  TableReader table(node);
  read_fields(table, out);
  using enum StateBackend;
  if (out.backend == S3 || out.backend == Tiered)
    need(node, out, "s3_bucket", !out.s3_bucket.empty());
  if (out.backend == Gcs) need(node, out, "gcs_bucket", !out.gcs_bucket.empty());
  const bool has_valkey = !out.valkey_url.empty() || !out.valkey_sentinel.empty();
  if (out.backend == Valkey || out.backend == Tiered) need(node, out, "valkey_url", has_valkey);
  if (!out.valkey_sentinel.empty())
    need(node, out, "valkey_sentinel_master", !out.valkey_sentinel_master.empty());
  if (!out.valkey_url.empty() && !is_valkey_url(out.valkey_url.reveal()))
    contradiction(node, "valkey_url", "not an address of a Valkey server",
                  "valkey://HOST:PORT, with TLS valkeys://HOST:PORT");
  if (!is_namespace(out.name_space))
    contradiction(node, "namespace", "not a namespace", std::string(kNamespaceRule));
}

}  // namespace rocky::config
