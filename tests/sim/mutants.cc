#include "sim/mutants.h"

#include <array>

namespace rocky::sim {
namespace {

void anywhere(Setting&) {}
void on_remote(Setting& setting) { setting.store = StoreKind::Remote; }
void on_local(Setting& setting) {
  setting.store = StoreKind::Local;
  setting.hosts = 1;
}
void on_exclusive(Setting& setting) {
  setting.target = TargetKind::Exclusive;
  setting.store = StoreKind::Remote;
}
void on_shared(Setting& setting) { setting.target = TargetKind::Shared; }
void with_lapses(Setting& setting) { setting.has_lapses = true; }
void with_people(Setting& setting) { setting.has_people = true; }
void with_two_requests(Setting& setting) { setting.has_two_requests = true; }
void with_faults(Setting& setting) {
  setting.store = StoreKind::Remote;
  setting.fault_severity = 2;
}
void with_surprises(Setting& setting) {
  setting.losses = Losses::Any;
  setting.has_lapses = true;
  setting.callers = 4;
}
void with_great_losses(Setting& setting) {
  with_surprises(setting);
  setting.losses = Losses::Whole;
  setting.store = StoreKind::Remote;
  setting.target = TargetKind::Shared;
  setting.hosts = 3;
  setting.units = 2;
  setting.claim.lease = Millis(120'000);
  setting.claim.heartbeat = Millis(40'000);
  setting.fault_severity = 0;
}
void on_hidden_clock(Setting& setting) {
  on_remote(setting);
  setting.nature.clock = StoreClock::Hidden;
  setting.ends_in_short_calls = true;
}
void on_stuck_clock(Setting& setting) {
  on_hidden_clock(setting);
  setting.nature.clock = StoreClock::Stuck;
}
void with_moves(Setting& setting) {
  on_hidden_clock(setting);
  setting.has_moves = true;
  setting.hosts = 2;
}
void with_spacing(Setting& setting) {
  on_remote(setting);
  setting.nature.write_spacing = Millis(1'100);
}
void without_safe_removes(Setting& setting) {
  on_remote(setting);
  setting.nature = {.removes_conditionally = false};
  setting.has_people = true;
  setting.has_lapses = true;
  setting.callers = 4;
}
void after_v1(Setting& setting) {
  on_remote(setting);
  setting.v1 = V1Entry::UnderOurName;
}
void after_v1_elsewhere(Setting& setting) {
  on_remote(setting);
  setting.v1 = V1Entry::Verbatim;
}
void with_great_losses_and_faults(Setting& setting) {
  with_great_losses(setting);
  setting.fault_severity = 1;
  setting.has_lapses = setting.has_moves = setting.has_outages = setting.has_people = false;
  setting.has_two_requests = setting.has_suspends = false;
  setting.retries = 1;
  setting.v1 = V1Entry::None;
  setting.callers = 8;
  setting.claim.lease = Millis(30'000);
  setting.claim.heartbeat = Millis(10'000);
}
void with_lapses_and_faults(Setting& setting) {
  setting.has_lapses = true;
  setting.fault_severity = 2;
}

#define ROCKY_OFF(rule) [](AllRules& rules) { rules.rule = false; }

constexpr std::array kMutants = {
    // dedup/ and run/
    Mutant{"adopt and retry keep the generation", "4", ROCKY_OFF(protocol.inherit_generation),
           with_lapses_and_faults},
    Mutant{"unknown outcomes are read back", "7.3, 7.4", ROCKY_OFF(protocol.read_back),
           with_faults},
    Mutant{"a claim that is given up leaves a tombstone", "7.5",
           ROCKY_OFF(protocol.tombstone_unknown_claim), with_faults},
    Mutant{"the heartbeat has ended before the finish", "4", ROCKY_OFF(protocol.join_heartbeat),
           anywhere},
    Mutant{"finish and drain accept own unconfirmed writes", "4, 7.6",
           ROCKY_OFF(protocol.accept_own_nonces), with_faults},
    Mutant{"a claim first drains its host's spool", "7.6", ROCKY_OFF(protocol.drain_before_claim),
           on_remote},
    Mutant{"an exclusive target is opened before the adoption", "6",
           ROCKY_OFF(protocol.open_before_adopt), on_exclusive},
    Mutant{"the owner stops at its deadline", "5", ROCKY_OFF(protocol.check_deadline), on_remote},
    Mutant{"the deadline counts from before the renewal was sent", "5",
           ROCKY_OFF(protocol.deadline_from_sending), with_faults},
    Mutant{"running statements are cancelled at the deadline", "5",
           ROCKY_OFF(protocol.watch_deadline), with_faults},
    Mutant{"a version that does not move shows that its owner is gone", "5",
           ROCKY_OFF(protocol.observe), on_hidden_clock},
    Mutant{"also where the store's clock stands still", "5", ROCKY_OFF(protocol.observe),
           on_stuck_clock},
    Mutant{"a sighting is of one version", "5", ROCKY_OFF(protocol.sighting_names_version),
           on_hidden_clock},
    Mutant{"a sighting is of one boot", "5", ROCKY_OFF(protocol.sighting_names_boot), with_moves},
    Mutant{"entries of version 1.15 count", "3", ROCKY_OFF(protocol.honour_v1_entries), after_v1},
    Mutant{"also under the names that it gave them", "3", ROCKY_OFF(protocol.honour_v1_entries),
           after_v1_elsewhere},
    Mutant{"a run does not wait for itself", "7.4", ROCKY_OFF(protocol.know_own_run),
           with_great_losses_and_faults},
    Mutant{"own writes keep the store's spacing", "8", ROCKY_OFF(protocol.space_writes),
           with_spacing},
    Mutant{"a claim that few copies hold is given back", "8",
           ROCKY_OFF(protocol.release_weak_claims), with_faults},
    Mutant{"where a remove ignores its condition nothing is removed", "8",
           ROCKY_OFF(protocol.overwrite_swept), without_safe_removes},
    Mutant{"the fence is raised before the first unit", "6", ROCKY_OFF(protocol.take_over),
           anywhere},
    Mutant{"stamped units are not begun again", "6", ROCKY_OFF(protocol.reconcile), anywhere},
    Mutant{"the generation is recorded before the first unit", "6",
           ROCKY_OFF(protocol.write_generation), anywhere},
    Mutant{"a local record is read again under its lock", "8",
           ROCKY_OFF(protocol.lock_then_read_again), on_local},
    // what a store must be
    Mutant{"a claim names the version that it replaces", "4", ROCKY_OFF(store.compares_on_claim),
           anywhere},
    Mutant{"a finish names the version that it replaces", "4", ROCKY_OFF(store.compares_on_finish),
           anywhere},
    Mutant{"a vanished record is not made again", "7.3",
           ROCKY_OFF(store.replaces_only_what_is_there), with_great_losses},
    // what a target must be
    Mutant{"a unit commits only under the fence", "6", ROCKY_OFF(target.checks_fence),
           with_surprises},
    Mutant{"the fence knows its owner", "6", ROCKY_OFF(target.fence_has_owner), anywhere},
    Mutant{"a take-over never lowers the fence", "6", ROCKY_OFF(target.refuses_older), anywhere},
    Mutant{"the fence keeps the generation", "6", ROCKY_OFF(target.keeps_generation), with_lapses},
    Mutant{"a fence past its retention begins a generation", "6", ROCKY_OFF(target.ages),
           with_lapses},
    Mutant{"a release --rerun begins a generation", "3, 6", ROCKY_OFF(target.honours_afresh),
           with_people},
    Mutant{"a unit commits with its stamp", "6", ROCKY_OFF(target.inserts_stamps), anywhere},
    Mutant{"a take-over waits for open units", "6", ROCKY_OFF(target.shares_fence), on_shared},
    Mutant{"the fence remembers the request", "2, 6", ROCKY_OFF(target.compares_request),
           with_two_requests},
};

#undef ROCKY_OFF

}  // namespace

std::span<const Mutant> all_mutants() { return kMutants; }

}  // namespace rocky::sim
