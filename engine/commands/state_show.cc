#include "base/file_io.h"
#include "commands/claim_lookup.h"
#include "commands/run_index.h"
#include "commands/verbs.h"
#include "ledger/layout.h"
#include "ledger/local_index.h"

namespace rocky::commands {
namespace {

constexpr int kPageSize = 1000;

Status count_claims(const World& world, const RunStore& store, output::StateOutput& output) {
  std::string after;
  do {
    ROCKY_ASSIGN(const ClaimPage page, claims_after(world, store, after, kPageSize));
    for (const auto& claim : page.claims) {
      ++output.claims;
      const bool in_flight = claim.record && claim.record->state == dedup::ClaimState::InFlight;
      output.claims_in_flight += in_flight ? 1 : 0;
    }
    after = page.next;
  } while (!after.empty());
  return {};
}

Status add_runs(const World& world, const ClaimsOffice& office, output::StateOutput& output) {
  ROCKY_ASSIGN(const RunIndex runs, open_run_index(world, office.store, office.config.state));
  if (!runs.as_of) ROCKY_TRY(runs.index->take_in_all({world.threads, office.store.backend()}));
  ROCKY_ASSIGN(output.runs, runs.index->count());
  ROCKY_ASSIGN(const auto marks, runs.index->watermarks());
  for (const auto& mark : marks)
    output.watermarks.push_back({mark.table, mark.value, mark.updated_at});
  return {};
}

/// A store that is shared is there once it is used; a file may not be yet.
Result<bool> is_there(const StoreAddress& address) {
  if (!address.is_local()) return true;
  return path_exists(address.settings.path);
}

/// The version of what is stored: of the file where it is ours alone, else of the shared layout.
Status add_versions(const RunStore& store, output::StateOutput& output) {
  if (store.address().is_local()) {
    output.schema_version_supported = ledger::kIndexVersion;
    ROCKY_ASSIGN(const bool exists, is_there(store.address()));
    if (exists)
      output.schema_version_on_disk = ledger::kIndexVersion;  // Opened, so migrated to it.
    return {};
  }
  output.schema_version_supported = ledger::kLayoutVersion;
  ROCKY_ASSIGN(const auto layout, ledger::read_layout(store.backend()));
  if (layout) output.schema_version_on_disk = layout->v;
  return {};
}

}  // namespace

Result<Reply> state_show(const World& world, const Globals& globals, const StateShowArguments&) {
  ROCKY_ASSIGN(const ClaimsOffice office, open_claims(world, globals));
  const StoreAddress& address = office.store.address();
  output::StateOutput output;
  output.version = world.version;
  output.backend = address.settings.scheme;
  output.location = address.location;
  ROCKY_ASSIGN(const bool exists, is_there(address));
  if (exists) {
    ROCKY_TRY(count_claims(world, office.store, output));
    ROCKY_TRY(add_runs(world, office, output));
  }
  ROCKY_TRY(add_versions(office.store, output));
  return reply_with(output);
}

}  // namespace rocky::commands
