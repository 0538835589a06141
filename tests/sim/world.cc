#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/sha256.h"
#include "dedup/run_key.h"

namespace rocky::sim {
namespace {

std::vector<std::string> unit_names(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(fmt::format("unit{}", i));
  return names;
}

}  // namespace

World::World(std::uint64_t seed, const Setting& chosen, const AllRules& all_rules)
    : setting(chosen),
      rules(all_rules),
      scheduler(seed),
      faults(scheduler, chosen.fault_severity),
      invariants(unit_names(chosen.units)),
      store(scheduler, faults, invariants, chosen.store),
      target(scheduler, faults, invariants, chosen.target),
      key_sha256(sha256_hex("key")),
      record_name(dedup::record_name(key_sha256)),
      over_(1, false),
      processes_(1) {
  if (setting.only_fault) faults.only(setting.only_fault->first, setting.only_fault->second);
  store.rules = rules.store;
  target.rules = rules.target;
  for (int i = 0; i < setting.hosts; ++i) {
    const auto hours = static_cast<std::int64_t>(below(scheduler.random(), 1000));
    const auto skew = static_cast<std::int64_t>(below(scheduler.random(), 7200)) - 3600;
    hosts.push_back({.name = fmt::format("host{}", i),
                     .boot_offset = std::chrono::hours(hours),
                     .wall_offset = std::chrono::seconds(skew)});
    spools.emplace_back(scheduler, faults);
  }
  for (const std::string& name : unit_names(setting.units))
    units.push_back({name, "plan", nullptr});
  watch();
}

void World::watch() {
  scheduler.on_death([this](ProcessId process) { process_ended(process); });
  scheduler.before_each_step([this](ProcessId process) { maybe_crash_or_stop(process); });
  store.on_claim = [this](const RecordWritten& written) { check_claim(written); };
  target.before_commit = [this](const stamp::Grant& grant) { check_deadline(grant); };
}

ProcessId World::start_process(int host, std::string name,
                               std::function<void(const Process&)> body) {
  const auto id = static_cast<ProcessId>(over_.size());
  over_.push_back(false);
  processes_.push_back({id, host, scheduler.now(), fmt::format("run{}", id)});
  scheduler.spawn(id, fmt::format("p{}/{}", id, name), [this, id, body = std::move(body)] {
    body(processes_[static_cast<std::size_t>(id)]);
    process_ended(id);
  });
  return id;
}

bool World::is_at_rest() const {
  const bool all_over = std::all_of(over_.begin() + 1, over_.end(), [](bool over) { return over; });
  return all_over && store.under_way() == 0 && target.open_sessions() == 0;
}

void World::process_ended(ProcessId process) {
  over_[static_cast<std::size_t>(process)] = true;
  store.process_died(process);
  target.process_ended(process);
}

void World::maybe_crash_or_stop(ProcessId process) {
  if (process == kOutside) return;
  if (faults.strikes(Fault::Crash)) scheduler.kill(process);
  if (faults.strikes(Fault::Stop)) {
    const auto duration = std::chrono::seconds(below(scheduler.random(), 400));
    scheduler.stop(process, scheduler.now() + duration);
  }
}

/// A claim as it lands, while the process that sent it waits for the reply.
void World::check_claim(const RecordWritten& written) {
  const dedup::ClaimRecord* before = written.before;
  const Process& claimer = processes_[static_cast<std::size_t>(written.process)];
  if (spools[static_cast<std::size_t>(claimer.host)].holds_finish_for(
          written.version_before, before->nonce, claimer.started_at)) {
    invariants.violate("I6 a claim first records the finish that waits on its host",
                       fmt::format("{} claimed over it", claimer.run_id));
  }
  const auto holder = target.holder();
  if (before->state == dedup::ClaimState::InFlight && holder && *holder != written.process &&
      processes_[static_cast<std::size_t>(*holder)].run_id == before->owner.run_id) {
    invariants.violate("I5 an owner that holds the target is not adopted",
                       fmt::format("{} adopted {}", claimer.run_id, before->owner.run_id));
  }
}

/// By the most generous reading: since its newest write that was applied was first sent.
void World::check_deadline(const stamp::Grant& grant) {
  if (store.kind() == StoreKind::Local) return;
  const auto sent = store.last_sent(grant.run_id);
  if (sent && scheduler.now() - *sent > setting.claim.effective_lease()) {
    invariants.violate("I5 an owner stops at its deadline",
                       fmt::format("{} sends COMMIT {}s after its last heartbeat", grant.run_id,
                                   (scheduler.now() - *sent).count() / 1'000'000'000));
  }
}

void World::check_no_ghost() {
  const dedup::ClaimRecord* record = store.record(record_name);
  if (record == nullptr || record->state != dedup::ClaimState::InFlight ||
      invariants.store_was_lost())
    return;
  const std::string& run_id = record->owner.run_id;
  const auto said = said_.find(run_id);
  if (said == said_.end()) return;
  const bool tried = store.sent(run_id, dedup::ClaimState::Released);
  const bool is_ghost = said->second == Said::Recorded || said->second == Said::Spooled ||
                        (said->second == Said::GaveUpClaim && !tried);
  if (!is_ghost) return;
  invariants.violate("I5 no ghost",
                     fmt::format("{} ended in order, its record is still in flight", run_id));
}

SimMeans::SimMeans(World& world, const Process& process, Actor actor)
    : world_(world),
      clock_(world.scheduler, world.hosts[static_cast<std::size_t>(process.host)]),
      threads_(world.scheduler),
      random_(world.scheduler.random().next()),
      observer_(world),
      store_(
          world.store.open(process.id, world.hosts[static_cast<std::size_t>(process.host)], actor)),
      spool_(world.spools[static_cast<std::size_t>(process.host)].open()),
      sightings_(world.scheduler, world.hosts[static_cast<std::size_t>(process.host)]) {}

dedup::Means SimMeans::means() {
  return {*store_,   clock_,  random_,    threads_,
          observer_, *spool_, sightings_, world_.rules.protocol};
}

void SimMeans::Observer::reached(events::RunStep step) {
  world_.scheduler.trace("step", [&] { return fmt::format("({})", name_of(step)); });
  if (world_.faults.strikes(Fault::CrashAtStep)) world_.scheduler.die();
}

}  // namespace rocky::sim
