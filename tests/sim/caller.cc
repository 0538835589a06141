#include "sim/caller.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/cancellation.h"
#include "run/run_once.h"

namespace rocky::sim {
namespace {

using dedup::ClaimState;

/// Gathers what becomes of the units of all lanes.
class Outcomes final : public stamp::UnitListener {
 public:
  void settled(const stamp::Unit&, const stamp::UnitOutcome& outcome) override {
    if (outcome.fate == stamp::UnitFate::Stopped && !stopped) stopped = outcome.error;
    if (outcome.fate != stamp::UnitFate::Failed || !outcome.error) return;
    // SQL that is rejected is the work's own failure; everything else is trouble with the target.
    (outcome.error->code == ErrorCode::SqlRejected ? failed : stopped) = outcome.error;
  }
  std::optional<Error> stopped;
  std::optional<Error> failed;
};

class SimulatedRun {
 public:
  SimulatedRun(World& world, const Process& process, const Call& call)
      : world_(world),
        process_(process),
        call_(call),
        sim_means_(world, process, Actor::Run),
        target_(world.target.open(process.id)) {}

  Result<run::RunOnceResult> run() {
    const std::unique_ptr<Signal> over = sim_means_.threads().new_signal();
    const std::unique_ptr<Thread> interrupter = start_interrupter(*over);
    run::Work work{[this](const run::Attempt& attempt) { return execute(attempt); },
                   [this](const run::WorkEnd&) { return record(); }};
    auto result = run::run_once(sim_means_.means(), *target_, cancellation_, request(), work);
    over->set();
    return result;
  }

 private:
  std::unique_ptr<Thread> start_interrupter(Signal& over) {
    return sim_means_.threads().start("signal", [this, &over] {
      const Millis after = call_.interrupted_after.value_or(Millis(0));
      if (!call_.interrupted_after || over.wait_for(after)) return;
      world_.scheduler.trace("interrupt", [] { return "SIGTERM"; });
      cancellation_.request(fail(ErrorCode::Interrupted, "simulated: SIGTERM"));
    });
  }

  run::RunOnceRequest request() const {
    dedup::ClaimRequest claim;
    claim.key_sha256 = world_.key_sha256;
    claim.key = "key";
    claim.v1_key = "key";
    claim.request = dedup::make_request({{"selection", call_.request}});
    claim.owner.run_id = process_.run_id;
    claim.owner.host = world_.hosts[static_cast<std::size_t>(process_.host)].name;
    claim.owner.pid = process_.id;
    claim.settings = world_.setting.claim;
    claim.wait = call_.wait;
    return {std::move(claim)};
  }

  run::WorkEnd execute(const run::Attempt& attempt) {
    Outcomes outcomes;
    const std::unique_ptr<Signal> over = sim_means_.threads().new_signal();
    const std::unique_ptr<Signal> asked = sim_means_.threads().new_signal();
    const auto registration = cancellation_.on_request([&asked] { asked->set(); });
    const auto stopper = sim_means_.threads().start("stopper", [&] { stop_lanes(*asked, *over); });
    std::vector<std::unique_ptr<Thread>> lanes;
    for (int lane = 0; lane < world_.setting.lanes; ++lane) {
      lanes.push_back(sim_means_.threads().start(fmt::format("lane{}", lane),
                                                 [&, lane] { run_lane(attempt, lane, outcomes); }));
    }
    lanes.clear();
    over->set();
    asked->set();
    if (outcomes.failed)
      return {{ClaimState::Failed, dedup::WorkResult{.status = "Failure"}, ""}, outcomes.failed};
    if (outcomes.stopped) {
      return {{ClaimState::Released, std::nullopt, outcomes.stopped->message}, outcomes.stopped};
    }
    return {{ClaimState::Succeeded, dedup::WorkResult{.status = "Success"}, ""}, std::nullopt};
  }

  /// An interrupt has no effect between two statements, so it is repeated.
  void stop_lanes(Signal& asked, Signal& over) {
    (void)asked.wait_for(std::chrono::hours(10'000));
    do {
      for (stamp::UnitLane* lane : running_) lane->interrupt();
    } while (!over.wait_for(Millis(200)));
  }

  void run_lane(const run::Attempt& attempt, int number, Outcomes& outcomes) {
    stamp::LaneSetup setup;
    setup.open_session = [&] { return target_->session(attempt.grant); };
    setup.run_id = process_.run_id;
    setup.still_owner = [&]() -> Status {
      ROCKY_TRY(cancellation_.check());
      return attempt.still_owner();
    };
    setup.clock = &sim_means_.clock();
    setup.random = &sim_means_.random();
    setup.observer = &sim_means_.observer();
    setup.limits = world_.setting.lane;
    stamp::UnitLane lane(std::move(setup), outcomes);
    running_.insert(&lane);
    for (std::size_t i = static_cast<std::size_t>(number); i < world_.units.size();
         i += static_cast<std::size_t>(world_.setting.lanes)) {
      if (!is_done(attempt, world_.units[i].name)) lane.run(world_.units[i]);
    }
    lane.close();
    running_.erase(&lane);
  }

  static bool is_done(const run::Attempt& attempt, const std::string& unit) {
    return std::any_of(attempt.done.begin(), attempt.done.end(),
                       [&](const stamp::Stamp& stamp) { return stamp.unit == unit; });
  }

  Status record() {
    world_.scheduler.pause();
    if (world_.faults.strikes(Fault::RecordFails))
      return fail(ErrorCode::DiskFull, "simulated: no space");
    return {};
  }

  World& world_;
  const Process& process_;
  const Call& call_;
  SimMeans sim_means_;
  std::unique_ptr<stamp::Target> target_;
  Cancellation cancellation_;
  std::set<stamp::UnitLane*> running_;
};

CallResult judge_end(World& world, const Process& process, const run::Ended& ended) {
  const dedup::FinishReport& finish = ended.finish;
  world.scheduler.trace("ended", [&] {
    return fmt::format("ENDED {}{}{} {}", name_of(ended.end.claim.state),
                       finish.recorded ? "" : ", not recorded", finish.spooled ? ", spooled" : "",
                       finish.note);
  });
  dedup::ClaimRecord said;
  said.owner.run_id = process.run_id;
  said.state = ended.end.claim.state;
  said.epoch = ended.epoch;
  said.generation = ended.generation;
  world.invariants.finished(said, finish.recorded);
  if (finish.recorded && !finish.weak && !finish.superseded &&
      world.store.called_finish_weak(process.run_id)) {
    world.invariants.violate("I6 a finish that few copies hold is called weak", process.run_id);
  }
  world.note_said(process.run_id, finish.recorded  ? Said::Recorded
                                  : finish.spooled ? Said::Spooled
                                                   : Said::Other);
  if (said.state != ClaimState::Succeeded) return CallResult::TryAgain;
  if (!world.invariants.is_whole(ended.generation)) {
    world.invariants.violate("I6 a reported success is true",
                             process.run_id + " left units undone");
  }
  return CallResult::Done;
}

CallResult judge_skip(World& world, const Process& process, const dedup::Skipped& skipped) {
  world.scheduler.trace("skipped", [&] {
    return fmt::format("SKIPPED, {} of {}", name_of(skipped.record.state),
                       skipped.record.owner.run_id);
  });
  const std::string& prior = skipped.record.owner.run_id;
  if (prior == process.run_id) {
    world.invariants.violate("I5 never skipped in favour of itself", process.run_id);
  }
  if (skipped.kind == dedup::SkipKind::InFlight) return CallResult::InFlight;
  if (skipped.kind == dedup::SkipKind::Failed) return CallResult::FailedBefore;
  if (!world.invariants.was_ever_written(prior, ClaimState::Succeeded)) {
    world.invariants.violate("I6 a skip names a success", process.run_id + " skipped for " + prior);
  }
  return CallResult::DoneBefore;
}

CallResult judge_error(World& world, const Process& process, const Error& error) {
  world.scheduler.trace("error", [&] { return fmt::format("ERROR {}", error.message); });
  const bool gave_up = error.code == ErrorCode::ClaimUnknown;
  world.note_said(process.run_id, gave_up ? Said::GaveUpClaim : Said::Other);
  if (error.code == ErrorCode::KeyConflict) return CallResult::Conflict;
  return error.kind() == ErrorKind::Corrupt ? CallResult::Unreadable : CallResult::TryAgain;
}

}  // namespace

CallResult call_run_once(World& world, const Process& process, const Call& call) {
  auto result = SimulatedRun(world, process, call).run();
  if (!result) return judge_error(world, process, result.error());
  if (const auto* ended = std::get_if<run::Ended>(&*result))
    return judge_end(world, process, *ended);
  return judge_skip(world, process, std::get<dedup::Skipped>(*result));
}

}  // namespace rocky::sim
