#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/describe.h"
#include "config/policy_config.h"

namespace rocky::config {

enum class StateBackend { Local, S3, Gcs, Valkey, Tiered };
template <>
inline constexpr auto kNames<StateBackend> =
    std::to_array<EnumName<StateBackend>>({{StateBackend::Local, "local"},
                                           {StateBackend::S3, "s3"},
                                           {StateBackend::Gcs, "gcs"},
                                           {StateBackend::Valkey, "valkey"},
                                           {StateBackend::Tiered, "tiered"}});

enum class OnUploadFailure { Skip, Fail };
template <>
inline constexpr auto kNames<OnUploadFailure> = std::to_array<EnumName<OnUploadFailure>>(
    {{OnUploadFailure::Skip, "skip"}, {OnUploadFailure::Fail, "fail"}});

enum class DedupOn { Success, Any };
template <>
inline constexpr auto kNames<DedupOn> =
    std::to_array<EnumName<DedupOn>>({{DedupOn::Success, "success"}, {DedupOn::Any, "any"}});

enum class OnInFlight { Skip, Wait, Fail };
template <>
inline constexpr auto kNames<OnInFlight> = std::to_array<EnumName<OnInFlight>>(
    {{OnInFlight::Skip, "skip"}, {OnInFlight::Wait, "wait"}, {OnInFlight::Fail, "fail"}});

enum class OnPlanChange { Report, Fail };
template <>
inline constexpr auto kNames<OnPlanChange> = std::to_array<EnumName<OnPlanChange>>(
    {{OnPlanChange::Report, "report"}, {OnPlanChange::Fail, "fail"}});

enum class OnUnproven { Repeat, Refuse };
template <>
inline constexpr auto kNames<OnUnproven> = std::to_array<EnumName<OnUnproven>>(
    {{OnUnproven::Repeat, "repeat"}, {OnUnproven::Refuse, "refuse", Support::Refused}});

enum class KeyScope { Global, Pipeline };
template <>
inline constexpr auto kNames<KeyScope> = std::to_array<EnumName<KeyScope>>(
    {{KeyScope::Global, "global"}, {KeyScope::Pipeline, "pipeline"}});

/// What a key means. Read values keep: retention > lease >= 3 × heartbeat (a heartbeat of 0 is
/// none, and `in_flight_ttl` is the lease then).
struct Idempotency {
  std::chrono::days retention{30};
  DedupOn dedup_on = DedupOn::Success;
  std::chrono::hours in_flight_ttl{24};
  std::chrono::seconds lease{120};
  std::chrono::seconds heartbeat{20};
  OnInFlight on_in_flight = OnInFlight::Skip;
  std::chrono::seconds wait_timeout{3600};
  OnPlanChange on_plan_change = OnPlanChange::Report;
  OnUnproven on_unproven = OnUnproven::Repeat;
  KeyScope scope = KeyScope::Global;
  bool store_key = true;
  std::int64_t max_key_bytes = 8192;
  std::chrono::seconds finish_timeout{60};
  bool stamp_unkeyed_runs = true;

  static constexpr void describe(auto field) {
    using I = Idempotency;
    field("retention_days", &I::retention, "For how long a finished key is remembered.",
          FieldRules{.min = 1, .max = 36500});
    field("dedup_on", &I::dedup_on,
          "Which finished runs make a key count as done: successful ones, or any.");
    field(
        "in_flight_ttl_hours", &I::in_flight_ttl,
        "Silence after which an in-flight key may be swept; the lease when there is no heartbeat.",
        FieldRules{.min = 1, .max = 876000});
    field("lease_seconds", &I::lease, "Silence after which another host may adopt a key.",
          FieldRules{.min = 1, .max = 31536000});
    field("heartbeat_seconds", &I::heartbeat,
          "How often the owner renews its lease, at most a third of it; 0: never.",
          FieldRules{.max = 31536000});
    field("on_in_flight", &I::on_in_flight, "What a second caller does while a key is in flight.");
    field("wait_timeout_seconds", &I::wait_timeout, "How long `on_in_flight = \"wait\"` waits.");
    field("on_plan_change", &I::on_plan_change,
          "Whether a retry whose SQL differs from what was committed goes on or fails.");
    field("on_unproven", &I::on_unproven,
          "Whether work that a target cannot prove undone is repeated or refused.");
    field("scope", &I::scope, "Whether a key is one for everything, or one for each pipeline.");
    field("store_key", &I::store_key,
          "Whether the key is stored as given; otherwise only its digest.");
    field("max_key_bytes", &I::max_key_bytes, "Longest key.", FieldRules{.min = 1, .max = 16384});
    field("finish_timeout_seconds", &I::finish_timeout,
          "How long recording the end is tried before it is left to a later command.");
    field("stamp_unkeyed_runs", &I::stamp_unkeyed_runs,
          "Whether runs without a key are stamped in the target, so that `--resume` is exact.",
          FieldRules{.support = Support::Ignored});
  }
};

/// Where runs and keys are remembered. The keys that the backend needs are present once read.
struct State {
  StateBackend backend = StateBackend::Local;
  std::string name_space;
  std::string s3_bucket;
  std::string s3_prefix = "rocky/state/";
  std::string s3_region;
  std::string s3_endpoint;
  bool s3_path_style = false;
  std::string gcs_bucket;
  std::string gcs_prefix = "rocky/state/";
  std::string gcs_endpoint;
  Secret valkey_url;
  std::string valkey_prefix = "rocky:state:";
  std::vector<std::string> valkey_sentinel;
  std::string valkey_sentinel_master;
  bool allow_lossy = false;
  std::string ca_file;
  bool allow_network_filesystem = false;
  std::chrono::seconds transfer_timeout{300};
  OnUploadFailure on_upload_failure = OnUploadFailure::Skip;
  std::int64_t history_retention_days = 365;
  RetryPolicy retry;
  Idempotency idempotency;

  static constexpr void describe(auto field) {
    using S = State;
    constexpr FieldRules name{.shown = true};
    field("backend", &S::backend, "The store: a file beside rocky.toml, or one that hosts share.");
    field("namespace", &S::name_space,
          "A store of its own within the store (= `--state-namespace`).", name);
    field("s3_bucket", &S::s3_bucket, "Needed by `s3` and `tiered`.", name);
    field("s3_prefix", &S::s3_prefix, "Path inside the bucket.", name);
    field("s3_region", &S::s3_region, "Empty: as the environment says.", name);
    field("s3_endpoint", &S::s3_endpoint, "Empty: that of AWS.");
    field("s3_path_style", &S::s3_path_style, "Bucket in the path instead of the host name.");
    field("gcs_bucket", &S::gcs_bucket, "Needed by `gcs`.", name);
    field("gcs_prefix", &S::gcs_prefix, "Path inside the bucket.", name);
    field("gcs_endpoint", &S::gcs_endpoint, "Empty: that of Google Cloud.");
    field("valkey_url", &S::valkey_url,
          "`valkey://` or `redis://`, with TLS `valkeys://` or `rediss://`; needed by `valkey` and "
          "`tiered`.",
          FieldRules{.secret = true});
    field("valkey_prefix", &S::valkey_prefix, "Start of every key.", name);
    field("valkey_sentinel", &S::valkey_sentinel, "`host:port` of the sentinels.");
    field("valkey_sentinel_master", &S::valkey_sentinel_master, "Name of the master they watch.");
    field("allow_lossy", &S::allow_lossy, "Accepts a Valkey that may evict or forget keys.");
    field("ca_file", &S::ca_file, "Certificates to trust instead of the system's.");
    field("allow_network_filesystem", &S::allow_network_filesystem,
          "Accepts a local state file on a network file system, whose locks may not hold.");
    field("transfer_timeout_seconds", &S::transfer_timeout,
          "Longest duration of one exchange; more than 30 counts as 30.", FieldRules{.min = 1});
    field("on_upload_failure", &S::on_upload_failure,
          "Whether a run whose record cannot be stored says so, or fails.");
    field("history_retention_days", &S::history_retention_days,
          "How long runs are kept; 0 keeps all.");
    field("retry", &S::retry, "How exchanges with the store are repeated.",
          FieldRules{.support = Support::Ignored});
    field("idempotency", &S::idempotency, "What a key means.");
  }
};

/// A namespace is a part of file names and of paths in the store. Empty: none.
bool is_namespace(std::string_view text);
constexpr std::string_view kNamespaceRule =
    "letters, digits, `_`, `-` and `.`, not beginning with `.`";

static_assert(fully_described<Idempotency>() && fully_described<State>());

}  // namespace rocky::config
