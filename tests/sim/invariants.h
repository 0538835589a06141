#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/claim_record.h"
#include "sim/scheduler.h"
#include "stamp/target.h"

namespace rocky::sim {

/// A promise of docs/protocol/run_once.md that was broken.
struct Violation {
  std::string promise;  ///< Its name: `I4 effect once`.
  std::string what;
};

/// Who sent a write. Only what is allowed to each differs.
enum class Actor { Run, Operator, Sweep };

/// One change of a key's record in the store, as it happened.
struct RecordChange {
  Actor actor = Actor::Run;
  const dedup::ClaimRecord* before = nullptr;  ///< Null: absent, or unreadable.
  bool before_lapsed = false;                  ///< Retention over, by the clock that decides.
  const dedup::ClaimRecord* after = nullptr;   ///< Null: removed.
};

/// Watches one key in the simulated world and says which promise was broken, if one was. It sees
/// what no process can: every write as it lands, every commit, what was really done.
class Invariants {
 public:
  explicit Invariants(std::vector<std::string> units) : units_(std::move(units)) {}

  const std::optional<Violation>& violation() const { return violation_; }
  void violate(std::string promise, std::string what);

  // ---- the store
  void record_changed(const RecordChange& change);
  /// The store said that few copies hold this owner's claim.
  void weakly_claimed(const std::string& owner) { weak_owners_.insert(owner); }
  /// What was written before the world began.
  void was_there(const std::string& run_id, dedup::ClaimState state) {
    written_.emplace(run_id, state);
  }
  /// The store went back or lost everything: promises that only records carry are void since then.
  /// `revives`: versions that were replaced are there again.
  void store_went_back(bool revives);

  // ---- the target
  void fence_raised(const stamp::Grant& grant, std::uint64_t generation);
  void committed(const stamp::Grant& grant, const std::string& unit);
  void fence_swept();

  // ---- what the world did, so that more than one execution is explained
  void time_lapsed() {
    ++reasons_to_run_again_;
    is_calm_ = false;
  }
  void operator_asked(bool rerun);

  // ---- what a run says of itself
  void finished(const dedup::ClaimRecord& record, bool recorded);

  // ---- the end: every process is over, nothing is under way
  void at_rest(const dedup::ClaimRecord* record);

  bool store_was_lost() const { return store_went_back_; }
  bool was_ever_written(const std::string& run_id, dedup::ClaimState state) const;
  bool is_whole(std::uint64_t generation) const;
  int executions_of(const std::string& unit) const;

 private:
  struct Effect {
    int era;
    std::uint64_t generation;
    std::string unit;
    auto operator<=>(const Effect&) const = default;
  };
  struct MustExceed {
    std::uint64_t epoch;
    std::uint64_t generation;
  };

  void check_owner_only(const RecordChange& change);
  void check_success_sticky(const RecordChange& change);
  void check_success_true(const dedup::ClaimRecord& after);
  void note_fresh_claim(const RecordChange& change);
  bool committed_since(int era, std::uint64_t generation, const std::string& unit) const;

  const std::vector<std::string> units_;
  std::optional<Violation> violation_;
  std::map<Effect, int> effects_;
  int era_ = 0;  // Rises when the fence is swept.
  std::optional<stamp::Grant> granted_;
  std::uint64_t fence_generation_ = 0;
  std::uint64_t newest_generation_committed_ = 0;  // Of this era.
  std::map<std::string, int> era_of_owner_;
  std::optional<MustExceed> must_exceed_;
  int reasons_to_run_again_ = 0;
  bool is_calm_ = true;  // No loss, release, lapse so far.
  bool store_went_back_ = false;
  bool store_revived_ = false;
  bool asked_to_rerun_ = false;
  bool rerun_was_lost_ = false;  // With the store that kept the wish; the fence may know of it.
  bool success_recorded_ = false;
  std::set<std::pair<std::string, dedup::ClaimState>> written_;
  std::set<std::string> weak_owners_;
};

}  // namespace rocky::sim
