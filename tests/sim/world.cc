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
  if (setting.store == StoreKind::Remote) store.nature = setting.nature;
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
  leave_v1_entry();
  watch();
}

void World::leave_v1_entry() {
  if (setting.v1 == V1Entry::None || setting.store == StoreKind::Local) return;
  const bool in_flight = setting.v1_state == dedup::ClaimState::InFlight;
  const std::string_view state = in_flight                                       ? "InFlight"
                                 : setting.v1_state == dedup::ClaimState::Failed ? "Failed"
                                                                                 : "Succeeded";
  const std::string entry =
      fmt::format(R"({{"key":"key","run_id":"v1","state":"{}","stamped_at":"2026-01-01T00:00:00Z",)"
                  R"("expires_at":"{}","dedup_on":"{}"}})",
                  state, in_flight ? "2026-01-01T01:00:00Z" : "2026-01-31T00:00:00Z",
                  name_of(setting.claim.dedup_on));
  invariants.was_there("v1", setting.v1_state);
  if (setting.v1 == V1Entry::Verbatim) return store.put_v1_verbatim(entry);
  store.put_v1(record_name, entry);
}

void World::watch() {
  scheduler.on_death([this](ProcessId process) { process_ended(process); });
  scheduler.before_each_step([this](ProcessId process) { maybe_crash_or_stop(process); });
  store.on_claim = [this](const RecordWritten& written) { check_claim(written); };
  // Never with a store whose clock is days ahead of the target's: that much the protocol assumes.
  store.may_sweep = [this] { return !target.fence() || target.has_aged(0); };
  target.before_commit = [this](const stamp::Grant& grant) { check_deadline(grant); };
  target.after_statement = [this](ProcessId process, const stamp::Grant& grant, Nanos began_at) {
    check_cancelled(process, grant, began_at);
  };
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
    stopped_until_[process] = scheduler.now() + duration;
    scheduler.stop(process, scheduler.now() + duration);
  }
}

void World::suspend(int host, Nanos until) {
  for (const Process& process : processes_) {
    if (process.id == kOutside || process.host != host || is_over(process.id)) continue;
    stopped_until_[process.id] = until;
    scheduler.stop(process.id, until);
  }
}

void World::move(int host) {
  for (const Process& process : processes_) {
    if (process.id != kOutside && process.host == host && !is_over(process.id))
      scheduler.kill(process.id);
  }
  Host& machine = hosts[static_cast<std::size_t>(host)];
  ++machine.boots;
  machine.boot_offset += std::chrono::hours(below(scheduler.random(), 1000));
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
  check_owner_was_silent(written);
  const auto holder = target.holder();
  if (before->state == dedup::ClaimState::InFlight && holder && *holder != written.process &&
      processes_[static_cast<std::size_t>(*holder)].run_id == before->owner.run_id) {
    invariants.violate("I5 an owner that holds the target is not adopted",
                       fmt::format("{} adopted {}", claimer.run_id, before->owner.run_id));
  }
}

/// A lease is what its owner wrote into the record; whoever takes less for silence takes the key
/// from an owner that keeps its promise.
void World::check_owner_was_silent(const RecordWritten& written) {
  const dedup::ClaimRecord& before = *written.before;
  if (store.kind() == StoreKind::Local || before.state != dedup::ClaimState::InFlight) return;
  if (!written.silent_for || invariants.store_was_lost()) return;
  if (before.owner.run_id == processes_[static_cast<std::size_t>(written.process)].run_id) return;
  if (*written.silent_for > before.settings.effective_lease()) return;
  invariants.violate("I5 an owner within its lease is not adopted",
                     fmt::format("{} was adopted {}s after its last heartbeat", before.owner.run_id,
                                 written.silent_for->count() / 1'000'000'000));
}

/// A statement that ran when the deadline came has not run on to the end of the lease.
void World::check_cancelled(ProcessId process, const stamp::Grant& grant, Nanos began_at) {
  if (store.kind() == StoreKind::Local) return;
  const auto sent = store.last_sent(grant.run_id);
  if (!sent) return;
  const auto stopped = stopped_until_.find(process);
  if (stopped != stopped_until_.end() && stopped->second >= *sent) return;
  const Nanos lease_ends = *sent + setting.claim.effective_lease();
  if (began_at < lease_ends - setting.claim.owner_margin() && scheduler.now() > lease_ends) {
    invariants.violate("I5 running statements are cancelled at the deadline",
                       fmt::format("a statement of {} ran on", grant.run_id));
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
