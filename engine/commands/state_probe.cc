#include "commands/project.h"
#include "commands/run_store.h"
#include "commands/verbs.h"
#include "ledger/layout.h"
#include "output/error_info.h"

namespace rocky::commands {
namespace {

constexpr std::string_view kLayoutName = "format";

/// Whether the store tells how old a value is; asked of one that is there in every shared store.
Result<bool> tells_age(const RunStore& store) {
  if (store.address().is_local()) return true;
  ROCKY_ASSIGN(const auto layout, store.backend().read(kLayoutName));
  return layout && layout->age;
}

output::StoreFacts facts_of(state::StateBackend& store) {
  const state::StateTraits& traits = store.traits();
  output::StoreFacts facts;
  facts.shared_across_hosts = traits.shared_across_hosts;
  facts.may_lose_acknowledged_writes = traits.may_lose_acknowledged_writes;
  facts.conditional_remove = traits.conditional_remove;
  facts.liveness_lock = store.liveness() != nullptr;
  facts.write_spacing_ms = traits.write_spacing.count();
  return facts;
}

}  // namespace

Result<Reply> state_probe(const World& world, const Globals& globals, const ProbeArguments&) {
  const BootTime began = world.clock.boot_now();
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  ROCKY_TRY(make_state_folder(globals, config));
  ROCKY_ASSIGN(const RunStore store, open_run_store(world, globals, config));
  // A newer layout may not bear what we would try.
  ROCKY_TRY(ledger::read_layout(store.backend()));
  ROCKY_ASSIGN(const state::ProbeReport report, store.probe(world));
  output::ProbeOutput output;
  output.version = world.version;
  output.backend = store.address().settings.scheme;
  output.location = store.address().location;
  for (const auto& finding : report.findings)
    output.checks.push_back({std::string(name_of(finding.check)), finding.passed, finding.seen});
  output.facts = facts_of(store.backend());
  const Status verdict = report.verdict();
  output.sound = verdict.has_value();
  if (output.sound) {
    ROCKY_TRY(store.verify());
    ROCKY_ASSIGN(output.facts.store_clock, tells_age(store));
  }
  output.duration_ms = std::chrono::duration_cast<Millis>(world.clock.boot_now() - began).count();
  if (output.sound) return reply_with(output);
  output.error = output::describe_error(verdict.error());
  return reply_with(output, verdict.error());
}

}  // namespace rocky::commands
