#include "sim/story.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <utility>

#include "dedup/operator_actions.h"
#include "dedup/sweep.h"
#include "sim/caller.h"

namespace rocky::sim {
namespace {

// The time in which things happen by themselves; callers may take longer.
constexpr std::int64_t kStorySeconds = 1200;
constexpr Nanos kRetentionAndMore = std::chrono::days(40);

class Story {
 public:
  explicit Story(World& world) : world_(world), setting_(world.setting) {}

  void begin() {
    for (int i = 0; i < setting_.callers; ++i) {
      world_.scheduler.spawn(kOutside, fmt::format("cron{}", i), [this] { keep_calling(); });
    }
    if (setting_.losses != Losses::None) happen("loss", [this] { lose(); });
    if (setting_.has_lapses) happen("calendar", [this] { lapse(); });
    if (setting_.has_people) happen("people", [this] { let_people_act(); });
    if (setting_.has_outages) happen("outage", [this] { go_down(); });
    if (setting_.has_clock_steps) happen("ntp", [this] { step_store_clock(); });
    if (setting_.has_suspends) happen("lid", [this] { suspend(); });
    if (setting_.has_moves) happen("move", [this] { world_.move(some_host()); });
    happen("clocks", [this] { jump_wall_clock(); });
    world_.scheduler.spawn(kOutside, "end", [this] { end(); });
  }

 private:
  std::uint64_t draw(std::uint64_t bound) { return below(world_.scheduler.random(), bound); }
  Nanos some_seconds(std::uint64_t most) { return std::chrono::milliseconds(draw(most * 1000)); }
  int some_host() { return static_cast<int>(draw(static_cast<std::uint64_t>(setting_.hosts))); }

  /// Calls `event` one to three times at some moment of the story.
  void happen(std::string name, std::function<void()> event) {
    world_.scheduler.spawn(kOutside, std::move(name), [this, event = std::move(event)] {
      for (std::uint64_t times = 1 + draw(3); times > 0; --times) {
        // Mostly while the first runs are at work.
        world_.scheduler.sleep_for(some_seconds(draw(3) == 0 ? kStorySeconds : 90));
        if (world_.faults.are_over()) return;
        event();
      }
    });
  }

  // ---- callers

  /// What a scheduler does: starts a run, and again some time after it died or asked for it.
  void keep_calling() {
    ++callers_;
    const int host = some_host();
    const Call call = draw_call();
    world_.scheduler.sleep_for(some_seconds(draw(2) == 0 ? 2 : 120));
    for (int attempt = 0; attempt <= setting_.retries; ++attempt) {
      const auto result = run_and_wait(host, call);
      const bool is_settled =
          result && *result != CallResult::TryAgain && *result != CallResult::InFlight;
      if (is_settled && !world_.scheduler.chance(3)) break;
      world_.scheduler.sleep_for(some_seconds(draw(2) == 0 ? 5 : 250));
    }
    --callers_;
  }

  Call draw_call() {
    Call call;
    if (setting_.has_two_requests && draw(3) == 0) call.request = "another";
    if (draw(3) == 0) call.wait = std::chrono::minutes(10);
    if (setting_.has_interrupts && draw(2) == 0) call.interrupted_after = Millis(draw(120'000));
    return call;
  }

  /// Empty: it was killed.
  std::optional<CallResult> run_and_wait(int host, const Call& call) {
    auto result = std::make_shared<std::optional<CallResult>>();
    const ProcessId process = world_.start_process(
        host, "main",
        [this, call, result](const Process& self) { *result = call_run_once(world_, self, call); });
    world_.scheduler.wait(Nanos::max(), [&] { return world_.is_over(process); });
    return *result;
  }

  // ---- what happens

  void lose() {
    if (setting_.losses == Losses::Whole) return world_.store.lose_everything();
    switch (draw(4)) {
      case 0: return world_.store.lose_everything();
      case 1: return world_.store.evict(world_.record_name);
      case 2: return world_.store.fail_over(1 + static_cast<int>(draw(4)));
      default: return world_.store.flip_a_bit(world_.record_name);
    }
  }

  void lapse() {
    world_.invariants.time_lapsed();
    const std::uint64_t which = draw(4);
    world_.scheduler.trace("lapse", [&] { return fmt::format("RETENTION LAPSES ({})", which); });
    if (which != 1) {
      world_.store.clock_jumps(kRetentionAndMore);
      if (world_.store.kind() == StoreKind::Local) world_.hosts[0].wall_offset += kRetentionAndMore;
    }
    if (which != 0) world_.target.clock_jumps(kRetentionAndMore);
    if (which == 3) world_.target.sweep();
  }

  void let_people_act() {
    if (draw(3) == 0) return sweep();
    const bool rerun = draw(2) == 0;
    const bool steal = draw(2) == 0;
    world_.invariants.operator_asked(rerun);
    world_.start_process(some_host(), "operator", [this, rerun, steal](const Process& self) {
      SimMeans means(world_, self, Actor::Operator);
      dedup::ReleaseRequest request{
          world_.key_sha256, {"someone", "desk", "because"}, rerun, steal};
      (void)dedup::release_claim(means.means(), request);
    });
  }

  void sweep() {
    world_.start_process(some_host(), "sweep", [this](const Process& self) {
      SimMeans means(world_, self, Actor::Sweep);
      (void)dedup::sweep(means.means());
    });
  }

  void go_down() {
    const Nanos until = world_.scheduler.now() + some_seconds(400);
    world_.scheduler.trace("outage", [] { return "THE STORE IS DOWN"; });
    world_.store.down_until(until);
  }

  void jump_wall_clock() {
    const auto jump = static_cast<std::int64_t>(draw(7200)) - 3600;
    world_.hosts[static_cast<std::size_t>(some_host())].wall_offset += std::chrono::seconds(jump);
  }

  void step_store_clock() {
    const auto step = static_cast<std::int64_t>(draw(1200)) - 600;
    world_.scheduler.trace("step", [&] { return fmt::format("STORE CLOCK set by {}s", step); });
    world_.store.clock_jumps(std::chrono::seconds(step));
  }

  void suspend() {
    const Nanos until = world_.scheduler.now() + some_seconds(3600);
    world_.scheduler.trace("suspend", [] { return "A HOST SLEEPS"; });
    world_.suspend(some_host(), until);
  }

  // ---- the end

  void end() {
    world_.scheduler.wait(Nanos::max(),
                          [this] { return callers_ == 0 && world_.scheduler.now().count() > 0; });
    calm_down();
    for (int host = 0; host < setting_.hosts; ++host) drain(host);
    world_.invariants.at_rest(world_.store.record(world_.record_name));
    world_.check_no_ghost();
    repair();
    somebody_runs_it();
  }

  void calm_down() {
    world_.faults.end();
    world_.store.down_until(Nanos(0));
    world_.scheduler.trace("calm", [] { return "CALM"; });
    world_.scheduler.wait(Nanos::max(), [this] { return world_.is_at_rest(); });
  }

  void drain(int host) {
    const ProcessId process = world_.start_process(host, "drain", [this](const Process& self) {
      SimMeans means(world_, self, Actor::Run);
      (void)dedup::drain(means.means(), "");
    });
    world_.scheduler.wait(Nanos::max(), [&] { return world_.is_over(process); });
  }

  void repair() {
    if (!world_.store.is_damaged(world_.record_name)) return;
    const ProcessId process = world_.start_process(0, "repair", [this](const Process& self) {
      SimMeans means(world_, self, Actor::Operator);
      dedup::RepairRequest request{world_.key_sha256, {"someone", "desk", "because"}};
      request.settings = setting_.claim;
      if (const auto& fence = world_.target.fence()) {
        request.fence_epoch = fence->epoch;
        request.fence_generation = fence->generation;
      }
      (void)dedup::repair_claim(means.means(), request);
    });
    world_.scheduler.wait(Nanos::max(), [&] { return world_.is_over(process); });
  }

  /// The last callers, with nothing in their way: one of them gets the work done, or finds it done.
  void somebody_runs_it() {
    Call call;
    const int host = some_host();
    for (const char* request : {"the same", "another", "the same"}) {
      call.request = request;
      const auto result = call_until_free(host, call);
      if (result && is_good_end(*result)) return;
      if (!result || *result != CallResult::Conflict) break;
    }
    world_.invariants.violate("I5 no wedge",
                              "nothing goes wrong any more, and the work is not done");
  }

  /// Waits for a key in flight, or comes again, for no longer than an owner may be silent.
  std::optional<CallResult> call_until_free(int host, Call call) {
    const dedup::ClaimRecord* record = world_.store.record(world_.record_name);
    Millis lease = record ? record->settings.effective_lease() : setting_.claim.effective_lease();
    if (record == nullptr && setting_.v1 == V1Entry::Verbatim) lease = std::chrono::hours(1);
    if (!setting_.ends_in_short_calls) {
      call.wait = lease * 2;
      return run_and_wait(host, call);
    }
    constexpr int kCallsMax = 7;
    std::optional<CallResult> result;
    for (int i = 0; i < kCallsMax; ++i) {
      result = run_and_wait(host, call);
      if (!result || *result != CallResult::InFlight) break;
      world_.scheduler.sleep_for(lease / 4);
    }
    return result;
  }

  bool is_good_end(CallResult result) const {
    if (result == CallResult::FailedBefore) return setting_.claim.dedup_on == dedup::DedupOn::Any;
    return result == CallResult::Done || result == CallResult::DoneBefore;
  }

  World& world_;
  const Setting& setting_;
  int callers_ = 0;
};

using Draw = std::function<std::uint64_t(std::uint64_t bound)>;

std::string_view name_of(StoreClock clock) {
  return clock == StoreClock::Good ? "good" : clock == StoreClock::Hidden ? "hidden" : "stuck";
}

std::string describe(const Setting& setting) {
  return fmt::format(
      "{} store, {} target, {} hosts, {} callers, {} units in {} lanes, groups of {}, lease {}s, "
      "clock {}, spacing {}ms{}{}",
      setting.store == StoreKind::Local ? "local" : "remote",
      setting.target == TargetKind::Exclusive ? "exclusive" : "shared", setting.hosts,
      setting.callers, setting.units, setting.lanes, setting.lane.group_units_max,
      setting.claim.lease.count() / 1000, name_of(setting.nature.clock),
      setting.nature.write_spacing.count(),
      setting.nature.removes_conditionally ? "" : ", removes anything",
      setting.v1 == V1Entry::None ? "" : fmt::format(", v1 {}", name_of(setting.v1_state)));
}

/// Like one of the stores that there are.
StoreNature draw_nature(const Draw& draw) {
  StoreNature nature;
  switch (draw(4)) {
    case 0: break;
    case 1: nature.removes_conditionally = false; break;
    case 2: nature.write_spacing = Millis(1'100); break;
    default:
      nature.reads_are_durable = draw(2) == 0;
      nature.tells_of_changes = true;
      break;
  }
  const std::uint64_t clock = draw(6);
  if (clock == 0) nature.clock = StoreClock::Hidden;
  if (clock == 1) nature.clock = StoreClock::Stuck;
  return nature;
}

void draw_v1(const Draw& draw, Setting& setting) {
  setting.v1 = draw(2) == 0 ? V1Entry::UnderOurName : V1Entry::Verbatim;
  constexpr std::array kStates = {dedup::ClaimState::InFlight, dedup::ClaimState::Succeeded,
                                  dedup::ClaimState::Failed};
  setting.v1_state = kStates[draw(kStates.size())];
}

}  // namespace

Setting draw_setting(std::uint64_t seed) {
  // Not the schedule's own stream, so that a mutant's world is the same world.
  SeededRandom random(seed ^ 0x5e771465e771465eULL);
  const Draw draw = [&](std::uint64_t bound) { return below(random, bound); };
  Setting setting;
  setting.store = draw(3) == 0 ? StoreKind::Local : StoreKind::Remote;
  setting.target = draw(2) == 0 ? TargetKind::Exclusive : TargetKind::Shared;
  setting.hosts = setting.store == StoreKind::Local ? 1 : 1 + static_cast<int>(draw(3));
  setting.callers = 2 + static_cast<int>(draw(3));
  setting.retries = static_cast<int>(draw(4));
  setting.units = 1 + static_cast<int>(draw(4));
  setting.lanes = 1 + static_cast<int>(draw(2));
  setting.lane.group_units_max = draw(2) == 0 ? 1 : 3;
  setting.lane.group_age_max = Millis(draw(2) == 0 ? 50 : 60'000);
  setting.claim.lease = Millis(draw(2) == 0 ? 120'000 : 30'000);
  setting.claim.heartbeat = setting.claim.lease / (draw(2) == 0 ? 6 : 3);
  setting.claim.dedup_on = draw(4) == 0 ? dedup::DedupOn::Any : dedup::DedupOn::Success;
  setting.fault_severity = draw(10) == 0 ? 0 : 2 + draw(5);
  setting.has_people = draw(3) == 0;
  setting.has_lapses = draw(3) == 0;
  setting.losses = draw(3) == 0 ? Losses::Any : Losses::None;
  setting.has_two_requests = draw(8) == 0;
  setting.has_interrupts = draw(4) == 0;
  setting.has_outages = draw(4) == 0;
  setting.has_clock_steps = draw(6) == 0;
  setting.has_suspends = draw(6) == 0;
  setting.has_moves = draw(8) == 0;
  setting.ends_in_short_calls = draw(2) == 0;
  setting.nature = draw_nature(draw);
  if (draw(8) == 0) draw_v1(draw, setting);
  return setting;
}

Verdict play(std::uint64_t seed, const Setting& setting, const AllRules& rules, bool keep_trace) {
  World world(seed, setting, rules);
  world.scheduler.keep_trace(keep_trace);
  world.scheduler.trace("setting", [&] { return describe(setting); });
  Story story(world);
  story.begin();
  world.scheduler.run();
  if (world.scheduler.ran_away())
    world.invariants.violate("I5 no wedge", "the schedule does not end");
  const auto& only = setting.only_fault;
  const bool struck = only && world.faults.opportunities(only->first) >= only->second;
  return {world.invariants.violation(), world.scheduler.hash(), world.scheduler.lines(), struck};
}

Verdict play(std::uint64_t seed, const AllRules& rules, bool keep_trace) {
  return play(seed, draw_setting(seed), rules, keep_trace);
}

}  // namespace rocky::sim
