#include <algorithm>

#include "base/file_io.h"
#include "commands/claim_lookup.h"
#include "commands/claim_request.h"
#include "commands/open_target.h"
#include "commands/project.h"
#include "commands/verbs.h"

namespace rocky::commands {
namespace {

dedup::Release audit_of(const World& world, const std::string& reason) {
  return {world.environment.get("USER").value_or(""), world.host.hostname, reason};
}

dedup::ListedClaim listed(const dedup::ClaimRecord& record) {
  dedup::ListedClaim claim;
  claim.key_sha256 = record.key_sha256;
  claim.record = record;
  return claim;
}

/// The highest fence of the key in any pipeline's target.
Result<stamp::Fence> highest_fence(const World& world, const Globals& globals,
                                   const config::RockyConfig& config,
                                   const std::string& key_sha256) {
  stamp::Fence highest;
  for (const config::Pipeline* pipeline : pipelines_by_target(config)) {
    ROCKY_ASSIGN(const bool absent, is_target_absent(config, *pipeline));
    if (absent) continue;
    ROCKY_ASSIGN(OpenTarget opened,
                 open_target(world, globals, config, *pipeline, MissingTables::StayMissing));
    ROCKY_TRY(opened.target->open());
    if (!opened.target->stamped()) continue;
    ROCKY_ASSIGN(const auto fence,
                 opened.target->read_fence(stamp::stamp_name_of_record(key_sha256)));
    if (!fence) continue;
    highest.epoch = std::max(highest.epoch, fence->epoch);
    highest.generation = std::max(highest.generation, fence->generation);
  }
  return highest;
}

/// Keeps the bytes that nobody could read on this host, and says where: under a name of this
/// moment, so that no later copy takes its place.
Result<std::string> keep_aside(const World& world, const RunStore& store, const std::string& digest,
                               const std::string& bytes) {
  Error why = fail(ErrorCode::Io, "no place for the damaged record");
  const std::string name =
      fmt::format("{}-{}", digest.substr(0, 16), world.clock.wall_now().millis());
  for (const std::string& start : state_places(world, store.address()).bad_records) {
    std::string path = start + name;
    Status kept = make_directories(parent_directory(path));
    if (kept) kept = write_file_atomically(path, bytes);
    if (kept) return path;
    why = std::move(kept).error();
  }
  return why;
}

/// Until when the cache in front of the store may go on saying "succeeded" if it could not be told.
std::string cache_note(const World& world, const dedup::Means& means,
                       const dedup::ListedClaim& before) {
  const bool is_cached = means.store.traits().scheme == "tiered" && before.record &&
                         before.record->state == dedup::ClaimState::Succeeded;
  if (!is_cached) return "";
  const Millis left = before.record->settings.retention() - before.age.value_or(Millis(0));
  const WallTime until{world.clock.wall_now().since_epoch + std::max(Millis(0), left)};
  return "; a cache that could not be told may answer that it succeeded until " + to_rfc3339(until);
}

}  // namespace

Result<Reply> claims_release(const World& world, const Globals& globals,
                             const ClaimsReleaseArguments& arguments) {
  ROCKY_ASSIGN(const ClaimsOffice office, open_claims(world, globals));
  ROCKY_ASSIGN(const NamedKey key, find_key(world, office, arguments.key));
  const dedup::Means means = office.store.means(world);
  ROCKY_ASSIGN(const dedup::ListedClaim before, dedup::show_claim(means, key.digest, key.v1_key));
  const dedup::ReleaseRequest request{.key_sha256 = key.digest,
                                      .audit = audit_of(world, arguments.reason),
                                      .rerun = arguments.rerun,
                                      .steal = arguments.steal,
                                      .force_cache = arguments.force_cache,
                                      .v1_key = key.v1_key};
  ROCKY_ASSIGN(const dedup::ClaimRecord after, dedup::release_claim(means, request));
  output::ClaimChangeOutput output;
  output.version = world.version;
  output.before = summary_of(before);
  output.after = summary_of(listed(after));
  output.next = after.afresh ? "the next run with this key does everything again"
                             : "the next run with this key does what is not committed yet";
  if (arguments.force_cache) output.next += cache_note(world, means, before);
  return reply_with(output);
}

Result<Reply> claims_repair(const World& world, const Globals& globals,
                            const ClaimsRepairArguments& arguments) {
  ROCKY_ASSIGN(const ClaimsOffice office, open_claims(world, globals));
  ROCKY_ASSIGN(const NamedKey key, find_key(world, office, arguments.key));
  const std::string& digest = key.digest;
  const dedup::Means means = office.store.means(world);
  ROCKY_ASSIGN(const dedup::ListedClaim before, dedup::show_claim(means, digest));
  ROCKY_ASSIGN(const stamp::Fence fence, highest_fence(world, globals, office.config, digest));
  std::string kept;
  const auto keep = [&](const std::string& bad_bytes) -> Status {
    ROCKY_ASSIGN(kept, keep_aside(world, office.store, digest, bad_bytes));
    return {};
  };
  auto repaired = dedup::repair_claim(
      means, {digest, audit_of(world, arguments.reason), fence.epoch, fence.generation,
              claim_settings_of(office.config.state.idempotency), arguments.force_cache, keep});
  if (!repaired && !kept.empty())
    return std::move(repaired).error().with_note("the damaged record is kept in " + kept);
  if (!repaired) return std::move(repaired).error();
  output::ClaimChangeOutput output;
  output.version = world.version;
  output.command = "state claims repair";
  output.before = summary_of(before);
  output.after = summary_of(listed(*repaired));
  output.next =
      "the next run with this key does what is not committed yet; the damaged record is kept in " +
      kept;
  return reply_with(output);
}

}  // namespace rocky::commands
