#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "events/run_observer.h"
#include "stamp/retry.h"
#include "stamp/target.h"

namespace rocky::stamp {

/// What became of a unit.
enum class UnitFate {
  Committed,    ///< By us, now.
  AlreadyDone,  ///< Its stamp was there; our change has no effect.
  Failed,       ///< No effect, and running it again would not help; unless `error` is an unknown
                ///< outcome.
  Stopped,      ///< Not committed because we must stop: lease lost, interrupted.
};

struct UnitOutcome {
  UnitFate fate = UnitFate::Committed;
  std::optional<Stamp> stamp{};  ///< AlreadyDone: by whom.
  std::optional<Error> error{};  ///< Failed and Stopped: why.
  int executions = 0;            ///< How often its change ran.
};

/// Hears what becomes of units. Called on the lane's thread, never while the lane is in a
/// statement.
class UnitListener {
 public:
  virtual ~UnitListener() = default;
  /// Once per unit given to `run`, in the order in which they ran, unless `still_wanted` said no.
  virtual void settled(const Unit& unit, const UnitOutcome& outcome) = 0;
  /// Asked before a unit of a rolled-back group runs again alone: what it builds on may have
  /// failed.
  virtual bool still_wanted(const Unit&) { return true; }
};

/// When a group is committed, and how often a unit is tried.
struct LaneLimits {
  Millis group_age_max{50};
  int group_units_max = 64;
  int attempts_max = kAttemptsMax;  ///< Of one unit, counting those that lost a race.
};

/// What a lane needs from outside. All of it must outlive the lane.
struct LaneSetup {
  std::function<Result<std::unique_ptr<UnitSession>>()> open_session;
  std::string run_id;                   ///< Tells our own stamps from those of others.
  std::function<Status()> still_owner;  ///< Asked before each unit and just before each COMMIT.
  Clock* clock = nullptr;
  Random* random = nullptr;
  events::RunObserver* observer = nullptr;
  LaneLimits limits;
};

/// Commits units on one session: small ones in groups that share a transaction, a fence read and
/// one insert of their stamps. Not thread-safe, except `interrupt`.
///
/// A unit's data is committed with its stamp or not at all, whatever fails. A failure inside a
/// group rolls the group back, and its units run again one by one. Units given to `run` must live
/// until they are settled.
class UnitLane {
 public:
  UnitLane(LaneSetup setup, UnitListener& listener);
  /// Rolls back what is still open, without telling anybody.
  ~UnitLane();

  /// Opens the session, unless there is one already. Not needed: `run` does it, and more patiently.
  Status ready() { return ensure_session(); }
  /// Runs the unit's change in the open group, or in a new one; it is settled now or later. May
  /// commit the group.
  void run(const Unit& unit);
  /// Commits what is open, and settles it.
  void close();
  /// Rolls back what is open; its units are settled as stopped.
  void abandon(const Error& why);
  /// Runs a change that carries no stamp and commits by itself, after closing the group. What
  /// passes is tried again, also after a lost reply: it must be harmless to repeat.
  Result<std::int64_t> run_unstamped(const Unit& unit);

  /// Units executed and not settled yet.
  bool has_open_group() const { return !group_.empty(); }
  /// Why the lane runs nothing more: the fence or the lease is lost, or `still_owner` said so.
  const std::optional<Error>& stopped() const { return stopped_; }
  /// Makes a running statement fail soon. Safe from any thread.
  void interrupt();

 private:
  struct Trial {
    const Unit* unit;
    std::int64_t rows = -1;
    int executions = 0;
  };

  bool group_is_due() const;
  Status insert_group_stamps();
  void group_failed(const Error& cause);

  void run_alone(Trial trial, std::optional<Error> failed);
  Status attempt_alone(Trial& trial);
  Status change_with_stamp(Trial& trial);
  Result<std::optional<UnitOutcome>> judge(const Trial& trial, const Error& cause);
  Result<std::optional<Stamp>> read_stamp(const Unit& unit);
  UnitOutcome stamped(Stamp stamp) const;

  Status ensure_session();
  void give_up_transaction(const Error& cause);
  Status ask_owner();
  bool must_stop(const Error& cause);
  Status begin();
  Status execute(Trial& trial);
  Status commit();
  void settle(const Trial& trial, UnitOutcome outcome);
  void settle_stopped(const Trial& trial);

  LaneSetup setup_;
  UnitListener& listener_;
  std::mutex session_mutex_;  ///< Guards replacing `session_` against `interrupt`.
  std::unique_ptr<UnitSession> session_;
  std::vector<Trial> group_;
  BootTime group_began_;
  std::optional<Error> stopped_;
};

}  // namespace rocky::stamp
