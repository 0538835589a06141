#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "sim/scheduler.h"

namespace rocky::sim {

/// What can go wrong at one call.
enum class Fault {
  RequestDropped,        ///< Never arrives; the sender may or may not know.
  ReplyLost,             ///< Applied, and the sender cannot know.
  LandsLate,             ///< The sender gave up; it is applied later, or never.
  Undecided,             ///< 409: another write is in progress.
  RefusedThoughApplied,  ///< 412 to a request that a proxy sent twice.
  ReadFails,
  AgeHidden,  ///< A cache answered: its clock says nothing.
  WeakAck,    ///< Fewer copies acknowledged than were asked for.
  SpoolFails,
  StatementFails,   ///< SQL that is rejected: the work has failed.
  SessionBreaks,    ///< The connection goes in mid-transaction.
  CommitReplyLost,  ///< Committed, rolled back, or still open in a session nobody reads from.
  TakeOverReplyLost,
  RecordFails,  ///< The run record cannot be written.
  Crash,        ///< At a move.
  CrashAtStep,  ///< At a named step.
  Stop,
  kCount,
};

/// Which faults this world has, and whether one strikes now. Each is on or off for a whole
/// schedule, so that schedules differ in kind; where it is on, it strikes once in a drawn number of
/// calls.
class Faults {
 public:
  /// `severity`: one fault in how many is on; 0 none.
  Faults(Scheduler& scheduler, std::uint64_t severity);
  bool strikes(Fault fault);
  /// Nothing but this fault, at its `nth` opportunity.
  void only(Fault fault, int nth) { only_ = {fault, nth}; }
  /// How many opportunities a fault had.
  int opportunities(Fault fault) const { return opportunities_[static_cast<std::size_t>(fault)]; }
  /// From now on nothing goes wrong.
  void end() { over_ = true; }
  bool are_over() const { return over_; }

  /// How long a call takes: mostly milliseconds, sometimes seconds, rarely longer than a lease.
  Nanos call_takes();

 private:
  Scheduler& scheduler_;
  std::array<std::uint64_t, static_cast<std::size_t>(Fault::kCount)> one_in_{};
  std::array<int, static_cast<std::size_t>(Fault::kCount)> opportunities_{};
  std::optional<std::pair<Fault, int>> only_;
  bool slow_ = false;
  bool over_ = false;
};

}  // namespace rocky::sim
