#include "commands/claim_lookup.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/strings.h"
#include "commands/project.h"
#include "commands/run_history.h"
#include "dedup/run_key.h"

namespace rocky::commands {
namespace {

constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kDigestDigits = 64;
// Fewer are more likely a variable that is empty than a choice among the keys.
constexpr std::size_t kDigestDigitsMin = 4;
constexpr std::size_t kDigestsShown = 3;
constexpr int kPageSize = 500;
constexpr int kLanes = 16;

std::string digest_in(const std::string& name) { return name.substr(dedup::kRecordPrefix.size()); }

Error no_record(const std::string& argument) {
  return fail(ErrorCode::NotFound, "no record of this key key=`{}`", argument)
      .with_hint("`rocky state claims list` shows all keys");
}

Error ambiguous(const std::string& argument, std::vector<std::string> digests) {
  const std::size_t matches = digests.size();
  digests.resize(std::min(matches, kDigestsShown));
  const std::string more =
      matches > kDigestsShown ? fmt::format(", and {} more", matches - kDigestsShown) : "";
  return fail(ErrorCode::Usage, "several records match key=`{}`", argument)
      .with_hint("name one of them: sha256:" + join(digests, ", sha256:") + more);
}

Error no_digest(const std::string& argument) {
  return fail(ErrorCode::Usage, "this is no beginning of a digest key=`{}`", argument)
      .with_hint(fmt::format("behind sha256: come {} to {} hex digits; `rocky state claims list` "
                             "shows them",
                             kDigestDigitsMin, kDigestDigits));
}

bool is_digest_start(const std::string& digits) {
  return digits.size() >= kDigestDigitsMin && digits.size() <= kDigestDigits &&
         digits.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<std::string> only_one(const std::string& argument, const std::vector<std::string>& digests) {
  if (digests.empty()) return no_record(argument);
  if (digests.size() > 1) return ambiguous(argument, digests);
  return digests.front();
}

Result<std::string> find_digest(const dedup::Means& means, const std::string& argument) {
  std::string prefix = to_lower(argument.substr(kDigestPrefix.size()));
  if (!is_digest_start(prefix)) return no_digest(argument);
  if (prefix.size() == kDigestDigits) return prefix;
  std::vector<std::string> matches;
  std::string after;
  do {
    ROCKY_ASSIGN(const state::Page page,
                 means.store.list(std::string(dedup::kRecordPrefix) + prefix, after, kPageSize));
    for (const auto& one : page.names)
      if (dedup::is_record_name(one.name)) matches.push_back(digest_in(one.name));
    after = page.next;
  } while (!after.empty());
  return only_one(argument, matches);
}

/// Every digest that the key has: one, or one for each pipeline.
std::vector<std::string> digests_of(const config::RockyConfig& config, const dedup::RunKey& key) {
  if (config.state.idempotency.scope == config::KeyScope::Global)
    return {dedup::scoped_sha256(key, "")};
  std::vector<std::string> digests;
  for (const auto& pipeline : config.pipelines)
    digests.push_back(dedup::scoped_sha256(key, pipeline.name));
  return digests;
}

/// Where nothing of ours is under the key: what a cache goes on answering, and what version 1.15
/// may have left under its own bytes.
Result<bool> is_used(const dedup::Means& means, const std::string& digest,
                     const std::string& v1_key) {
  ROCKY_ASSIGN(const auto stored, means.store.read(dedup::record_name(digest)));
  if (stored || means.store.read_cached(dedup::record_name(digest))) return true;
  if (v1_key.empty()) return false;
  ROCKY_ASSIGN(const auto entry, means.store.read_v1_entry(v1_key));
  return entry.has_value();
}

/// The first `limit` digests after one, and whether there are more. Names that version 1.15 left
/// among ours are passed over.
Result<std::pair<std::vector<std::string>, bool>> digests_after(const dedup::Means& means,
                                                                const std::string& after,
                                                                int limit) {
  std::vector<std::string> digests;
  std::string from = after.empty() ? "" : dedup::record_name(after);
  do {
    ROCKY_ASSIGN(const state::Page page, means.store.list(dedup::kRecordPrefix, from, limit));
    for (const auto& one : page.names)
      if (dedup::is_record_name(one.name)) digests.push_back(digest_in(one.name));
    from = page.next;
  } while (!from.empty() && digests.size() < static_cast<std::size_t>(limit));
  const bool cut = digests.size() > static_cast<std::size_t>(limit);
  if (cut) digests.resize(static_cast<std::size_t>(limit));
  return std::pair(std::move(digests), cut || !from.empty());
}

std::string time_of(std::int64_t millis) {
  return millis == 0 ? "" : to_rfc3339({std::chrono::milliseconds(millis)});
}

std::optional<std::int64_t> count_of(const std::optional<Millis>& duration) {
  return duration ? std::optional<std::int64_t>(duration->count()) : std::nullopt;
}

void add_record(const dedup::ClaimRecord& record, output::ClaimSummary& summary) {
  if (record.key)
    (is_utf8(*record.key) ? summary.key : summary.key_b64) =
        is_utf8(*record.key) ? *record.key : to_base64(*record.key);
  summary.state = name_of(record.state);
  summary.epoch = record.epoch;
  summary.generation = record.generation;
  summary.run_id = record.owner.run_id;
  summary.host = record.owner.host;
  summary.pid = record.owner.pid;
  summary.claimed_at = time_of(record.claimed_at_ms);
  summary.finished_at = time_of(record.finished_at_ms);
}

}  // namespace

Result<ClaimsOffice> open_claims(const World& world, const Globals& globals) {
  ROCKY_ASSIGN(config::RockyConfig config, read_project(world, globals));
  ROCKY_ASSIGN(RunStore store, open_run_store(world, globals, config));
  drain_in_passing(world, store);
  return ClaimsOffice{std::move(config), std::move(store)};
}

Result<NamedKey> find_key(const World& world, const ClaimsOffice& office,
                          const std::string& argument) {
  const dedup::Means means = office.store.means(world);
  if (argument.starts_with(kDigestPrefix)) {
    ROCKY_ASSIGN(std::string digest, find_digest(means, argument));
    return NamedKey{std::move(digest), ""};
  }
  const auto max_bytes = static_cast<std::size_t>(office.config.state.idempotency.max_key_bytes);
  ROCKY_ASSIGN(const auto key, dedup::RunKey::parse(argument, max_bytes));
  // Keys of version 1.15 were one for everything.
  const bool is_global = office.config.state.idempotency.scope == config::KeyScope::Global;
  const std::string v1_key = is_global ? key.bytes() : "";
  std::vector<std::string> used;
  for (const std::string& digest : digests_of(office.config, key)) {
    ROCKY_ASSIGN(const bool found, is_used(means, digest, v1_key));
    if (found) used.push_back(digest);
  }
  ROCKY_ASSIGN(std::string digest, only_one(key.display(), used));
  return NamedKey{std::move(digest), v1_key};
}

Result<ClaimPage> claims_after(const World& world, const RunStore& store, const std::string& after,
                               int limit) {
  const dedup::Means means = store.means(world);
  ROCKY_ASSIGN(const auto found, digests_after(means, after, limit));
  const auto& [digests, more] = found;
  std::vector<Result<dedup::ListedClaim>> shown(digests.size(), dedup::ListedClaim{});
  const auto show = [&, &all = digests](std::size_t i) {
    shown[i] = dedup::show_claim(means, all[i]);
  };
  for_each_in_parallel(world.threads, shown.size(), store.address().is_local() ? 1 : kLanes, show);
  ClaimPage claims;
  for (auto& claim : shown) {
    if (claim) claims.claims.push_back(std::move(*claim));
    // Not found: swept since.
    if (!claim && claim.error().code != ErrorCode::NotFound) return std::move(claim).error();
  }
  if (more && !digests.empty()) claims.next = digests.back();
  return claims;
}

output::ClaimSummary summary_of(const dedup::ListedClaim& claim) {
  output::ClaimSummary summary;
  summary.key_sha256 = claim.key_sha256;
  summary.problem = claim.problem;
  summary.state = "unreadable";
  if (claim.record) add_record(*claim.record, summary);
  if (claim.owner) summary.owner_alive = claim.owner == dedup::OwnerLife::Alive;
  const bool in_flight = claim.record && claim.record->state == dedup::ClaimState::InFlight;
  if (in_flight) summary.heartbeat_age_ms = count_of(claim.age);
  summary.adoptable_in_ms = count_of(claim.adoptable_in);
  return summary;
}

}  // namespace rocky::commands
