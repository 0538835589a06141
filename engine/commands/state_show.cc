#include "base/file_io.h"
#include "commands/claim_lookup.h"
#include "commands/project.h"
#include "commands/verbs.h"
#include "ledger/local_index.h"

namespace rocky::commands {
namespace {

constexpr int kPageSize = 1000;

Status count_claims(const dedup::Means& means, output::StateOutput& output) {
  std::string after;
  do {
    ROCKY_ASSIGN(const dedup::ClaimPage page, dedup::list_claims(means, after, kPageSize));
    for (const auto& claim : page.claims) {
      ++output.claims;
      const bool in_flight = claim.record && claim.record->state == dedup::ClaimState::InFlight;
      output.claims_in_flight += in_flight ? 1 : 0;
    }
    after = page.next;
  } while (!after.empty());
  return {};
}

Status add_runs(const World& world, const std::string& path, state::StateBackend& store,
                output::StateOutput& output) {
  ROCKY_ASSIGN(const auto index,
               ledger::LocalIndex::open(world.clock, world.random, path, world.version));
  ROCKY_TRY(index->refresh(store));
  ROCKY_ASSIGN(output.runs, index->count());
  ROCKY_ASSIGN(const auto marks, index->watermarks());
  for (const auto& mark : marks)
    output.watermarks.push_back({mark.table, mark.value, mark.updated_at});
  return {};
}

}  // namespace

Result<Reply> state_show(const World& world, const Globals& globals, const StateShowArguments&) {
  ROCKY_ASSIGN(const ClaimsOffice office, open_claims(world, globals));
  const std::string path = state_path_of(globals, office.config);
  output::StateOutput output;
  output.version = world.version;
  output.backend = office.store.backend().traits().scheme;
  output.location = path;
  output.schema_version_supported = ledger::kIndexVersion;
  if (!path_exists(path)) return reply_with(output);
  ROCKY_TRY(count_claims(office.store.means(world), output));
  ROCKY_TRY(add_runs(world, path, office.store.backend(), output));
  output.schema_version_on_disk = ledger::kIndexVersion;  // Opened, so migrated to it.
  return reply_with(output);
}

}  // namespace rocky::commands
