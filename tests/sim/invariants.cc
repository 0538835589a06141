#include "sim/invariants.h"

#include <fmt/format.h>

#include <algorithm>

namespace rocky::sim {

using dedup::ClaimRecord;
using dedup::ClaimState;

namespace {

std::string short_form(const ClaimRecord& record) {
  return fmt::format("{} e{} g{} of {}", name_of(record.state), record.epoch, record.generation,
                     record.owner.run_id);
}

bool is_finished(ClaimState state) {
  return state == ClaimState::Succeeded || state == ClaimState::Failed;
}

}  // namespace

void Invariants::violate(std::string promise, std::string what) {
  if (!violation_) violation_ = Violation{std::move(promise), std::move(what)};
}

// --------------------------------------------------------------------------------------- the store

void Invariants::record_changed(const RecordChange& change) {
  check_owner_only(change);
  check_success_sticky(change);
  note_fresh_claim(change);
  if (change.after == nullptr) return;
  written_.emplace(change.after->owner.run_id, change.after->state);
  if (change.after->state == ClaimState::Succeeded) check_success_true(*change.after);
}

void Invariants::check_owner_only(const RecordChange& change) {
  if (change.actor != Actor::Run || change.before == nullptr || change.after == nullptr) return;
  const bool is_higher = change.after->epoch > change.before->epoch;
  const bool is_own = change.after->epoch == change.before->epoch &&
                      change.after->owner.nonce == change.before->owner.nonce;
  if (!is_higher && !is_own) {
    violate("I2 owner-only change",
            fmt::format("{} became {}", short_form(*change.before), short_form(*change.after)));
  }
}

void Invariants::check_success_sticky(const RecordChange& change) {
  if (change.actor == Actor::Operator || change.before == nullptr || change.before_lapsed) return;
  if (change.before->state != ClaimState::Succeeded) return;
  violate("I3 success is sticky",
          fmt::format("{} became {}", short_form(*change.before),
                      change.after == nullptr ? "absent" : short_form(*change.after)));
}

void Invariants::check_success_true(const ClaimRecord& after) {
  const auto era = era_of_owner_.find(after.owner.nonce);
  for (const std::string& unit : units_) {
    if (committed_since(era == era_of_owner_.end() ? era_ : era->second, after.generation, unit))
      continue;
    violate("I6 a recorded success is true",
            fmt::format("{} recorded, {} never committed", short_form(after), unit));
  }
  if (after.generation < fence_generation_ && !store_revived_ && !rerun_was_lost_) {
    violate("I6 a recorded success is current",
            fmt::format("{} recorded, the fence is at g{}", short_form(after), fence_generation_));
  }
}

void Invariants::note_fresh_claim(const RecordChange& change) {
  const ClaimRecord* before = change.before;
  if (change.actor == Actor::Operator && change.after != nullptr && change.after->afresh) {
    must_exceed_ = MustExceed{change.after->epoch, newest_generation_committed_};
    return;
  }
  if (before == nullptr || !is_finished(before->state)) return;
  if (change.actor == Actor::Sweep) {
    if (granted_) must_exceed_ = MustExceed{0, fence_generation_};
  } else if (change.actor == Actor::Run && change.after != nullptr &&
             change.after->epoch > before->epoch && change.after->generation > before->generation) {
    must_exceed_ = MustExceed{change.after->epoch - 1, before->generation};
  }
}

void Invariants::store_went_back(bool revives) {
  store_revived_ = store_revived_ || revives;
  rerun_was_lost_ = rerun_was_lost_ || asked_to_rerun_;
  is_calm_ = false;
  store_went_back_ = true;
  must_exceed_.reset();
  // A claim that was lost with its generation is made once more.
  ++reasons_to_run_again_;
}

// -------------------------------------------------------------------------------------- the target

void Invariants::fence_raised(const stamp::Grant& grant, std::uint64_t generation) {
  if (granted_ && (grant.epoch < granted_->epoch ||
                   (grant.epoch == granted_->epoch && grant.owner != granted_->owner))) {
    violate("I1 exclusive grant", fmt::format("e{} granted to {} after e{} to {}", grant.epoch,
                                              grant.run_id, granted_->epoch, granted_->run_id));
  }
  if (weak_owners_.contains(grant.owner)) {
    violate("I1 a claim that few copies hold is not granted",
            fmt::format("e{} granted to {}", grant.epoch, grant.run_id));
  }
  if (must_exceed_ && grant.epoch > must_exceed_->epoch) {
    if (generation <= must_exceed_->generation) {
      violate("I4 an execution that is to be afresh counts no old stamp",
              fmt::format("{} was granted g{}, g{} is over", grant.run_id, generation,
                          must_exceed_->generation));
    }
    must_exceed_.reset();
  }
  if (granted_ && granted_->request_sha256 != grant.request_sha256 &&
      generation == fence_generation_) {
    violate("I4 one generation is one request",
            fmt::format("{} was granted g{} of another request", grant.run_id, generation));
  }
  granted_ = grant;
  fence_generation_ = generation;
  era_of_owner_[grant.owner] = era_;
}

void Invariants::committed(const stamp::Grant& grant, const std::string& unit) {
  if (++effects_[{era_, grant.generation, unit}] > 1) {
    violate("I4 effect once", fmt::format("{} g{} committed twice, last by {} e{}", unit,
                                          grant.generation, grant.run_id, grant.epoch));
  }
  if (granted_ && granted_->epoch > grant.epoch) {
    violate("I1 a superseded owner has no effect",
            fmt::format("{} committed by {} e{}, e{} was granted", unit, grant.run_id, grant.epoch,
                        granted_->epoch));
  }
  if (grant.generation < newest_generation_committed_) {
    violate("I4 an older generation has no effect",
            fmt::format("{} g{} committed after g{}", unit, grant.generation,
                        newest_generation_committed_));
  }
  newest_generation_committed_ = std::max(newest_generation_committed_, grant.generation);
  if (executions_of(unit) > 1 + reasons_to_run_again_) {
    violate("I4 nothing runs again without a reason",
            fmt::format("{} committed in {} generations", unit, executions_of(unit)));
  }
}

void Invariants::fence_swept() {
  ++era_;
  ++reasons_to_run_again_;
  is_calm_ = false;
  granted_.reset();
  fence_generation_ = 0;
  newest_generation_committed_ = 0;
  must_exceed_.reset();
}

void Invariants::operator_asked(bool rerun) {
  is_calm_ = false;
  if (!rerun) return;
  ++reasons_to_run_again_;
  asked_to_rerun_ = true;
}

// ------------------------------------------------------------------------------------- runs and
// end

void Invariants::finished(const ClaimRecord& record, bool recorded) {
  if (!recorded) return;
  if (!was_ever_written(record.owner.run_id, record.state)) {
    violate("I6 nothing silent",
            fmt::format("{} says it is recorded, and never was", short_form(record)));
  }
  if (record.state == ClaimState::Succeeded) success_recorded_ = true;
}

void Invariants::at_rest(const ClaimRecord* record) {
  if (success_recorded_ && is_calm_ &&
      (record == nullptr || record->state != ClaimState::Succeeded)) {
    violate("I3 a reported success stays recorded",
            fmt::format("the record is {}", record == nullptr ? "absent" : short_form(*record)));
  }
}

bool Invariants::was_ever_written(const std::string& run_id, ClaimState state) const {
  return written_.contains({run_id, state});
}

bool Invariants::committed_since(int era, std::uint64_t generation, const std::string& unit) const {
  for (int k = era; k <= era_; ++k) {
    if (effects_.contains({k, generation, unit})) return true;
  }
  return false;
}

bool Invariants::is_whole(std::uint64_t generation) const {
  return std::all_of(units_.begin(), units_.end(),
                     [&](const std::string& unit) { return committed_since(0, generation, unit); });
}

int Invariants::executions_of(const std::string& unit) const {
  int count = 0;
  for (const auto& [effect, times] : effects_) count += effect.unit == unit ? times : 0;
  return count;
}

}  // namespace rocky::sim
