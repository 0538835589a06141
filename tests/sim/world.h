#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dedup/claim.h"
#include "dedup/rules.h"
#include "sim/faults.h"
#include "sim/host.h"
#include "sim/invariants.h"
#include "sim/scheduler.h"
#include "sim/sim_spool.h"
#include "sim/sim_store.h"
#include "sim/sim_target.h"
#include "stamp/unit_lane.h"

namespace rocky::sim {

/// Every rule that can be switched off, wherever it lives.
struct AllRules {
  dedup::Rules protocol;
  StoreRules store;
  TargetRules target;
};

/// What becomes of the store's content.
enum class Losses {
  None,
  Any,    ///< It goes back, a bit flips, or everything is gone.
  Whole,  ///< Everything is gone, more than once.
};

/// What version 1.15 left behind for the key.
enum class V1Entry { None, UnderOurName, Verbatim };

/// What is drawn once for a whole schedule.
struct Setting {
  StoreKind store = StoreKind::Remote;
  StoreNature nature;
  V1Entry v1 = V1Entry::None;
  dedup::ClaimState v1_state = dedup::ClaimState::Succeeded;
  TargetKind target = TargetKind::Shared;
  int hosts = 1;
  int callers = 2;
  int retries = 2;
  int units = 2;
  int lanes = 1;
  stamp::LaneLimits lane;
  dedup::ClaimSettings claim;
  std::uint64_t fault_severity = 3;
  std::optional<std::pair<Fault, int>> only_fault;  ///< At its nth opportunity, nothing else.
  bool has_people = false;  ///< Operators release and sweep while runs go on.
  bool has_lapses = false;  ///< Retention ends, by one clock or another.
  Losses losses = Losses::None;
  bool has_two_requests = false;
  bool has_interrupts = false;
  bool has_outages = false;
  bool has_clock_steps = false;      ///< The store's clock is set, by minutes.
  bool has_suspends = false;         ///< Whole hosts sleep.
  bool has_moves = false;            ///< A host's disk goes on with another machine.
  bool ends_in_short_calls = false;  ///< The last callers do not wait, they come again.
};

/// One simulated process: its clocks, its view of store, target and spool.
struct Process {
  ProcessId id = 0;
  int host = 0;
  Nanos started_at{0};
  std::string run_id;
};

/// How a run that was not killed ended, by what it said itself.
enum class Said { Recorded, Spooled, GaveUpClaim, Other };

/// One simulated world with one key in it.
class World {
 public:
  World(std::uint64_t seed, const Setting& setting, const AllRules& rules);

  const Setting setting;
  const AllRules rules;
  Scheduler scheduler;
  Faults faults;
  Invariants invariants;
  SimStore store;
  SimTarget target;
  std::vector<Host> hosts;
  std::vector<SimSpool> spools;
  std::string key_sha256;
  std::string record_name;
  std::vector<stamp::Unit> units;

  /// A process on `host` that runs `body`; its id.
  ProcessId start_process(int host, std::string name, std::function<void(const Process&)> body);
  /// Every process of the host sleeps until then.
  void suspend(int host, Nanos until);
  /// The host's processes end; what it keeps on disk is found by a machine with another boot clock.
  void move(int host);
  bool is_over(ProcessId process) const { return over_[static_cast<std::size_t>(process)]; }
  /// No process goes on, nothing that was sent is still under way.
  bool is_at_rest() const;
  void note_said(const std::string& run_id, Said said) { said_[run_id] = said; }
  /// Whether a ghost may stand: an in-flight record whose owner ended in order.
  void check_no_ghost();

 private:
  void watch();
  void process_ended(ProcessId process);
  void maybe_crash_or_stop(ProcessId process);
  void check_claim(const RecordWritten& written);
  void check_owner_was_silent(const RecordWritten& written);
  void check_deadline(const stamp::Grant& grant);
  void check_cancelled(ProcessId process, const stamp::Grant& grant, Nanos began_at);
  void leave_v1_entry();

  std::vector<bool> over_;
  std::map<ProcessId, Nanos> stopped_until_;
  std::deque<Process> processes_;
  std::map<std::string, Said> said_;
};

/// What a process acts through, in the simulated world.
class SimMeans {
 public:
  SimMeans(World& world, const Process& process, Actor actor);
  dedup::Means means();
  SimThreads& threads() { return threads_; }
  SimClock& clock() { return clock_; }
  Random& random() { return random_; }
  events::RunObserver& observer() { return observer_; }

 private:
  class Observer final : public events::RunObserver {
   public:
    explicit Observer(World& world) : world_(world) {}
    void reached(events::RunStep step) override;

   private:
    World& world_;
  };

  World& world_;
  SimClock clock_;
  SimThreads threads_;
  SeededRandom random_;
  Observer observer_;
  std::unique_ptr<state::StateBackend> store_;
  std::unique_ptr<dedup::Spool> spool_;
  SimSightings sightings_;
};

}  // namespace rocky::sim
