#include "fuzz/targets.h"

#include <array>

namespace rocky::fuzz {
namespace {

constexpr auto kTargets = std::to_array<NamedTarget>({
    {"addresses", addresses},
    {"aws_keys", aws_keys},
    {"cache_entry", cache_entry},
    {"claim_record", claim_record},
    {"dates", dates},
    {"filter", filter},
    {"gcs_reply", gcs_reply},
    {"google_token", google_token},
    {"host_files", host_files},
    {"json", json},
    {"model_file", model_file},
    {"postgres_error", postgres_error},
    {"resp_reply", resp_reply},
    {"rocky_toml", rocky_toml},
    {"run_key", run_key},
    {"run_record", run_record},
    {"s3_reply", s3_reply},
    {"schema_pattern", schema_pattern},
    {"statement_text", statement_text},
    {"v1_entry", v1_entry},
    {"valkey_value", valkey_value},
});

}  // namespace

std::span<const NamedTarget> targets() { return kTargets; }

}  // namespace rocky::fuzz
