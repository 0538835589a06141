#include "run/run_once.h"

#include <utility>

#include "dedup/sweep.h"
#include "stamp/fence_age.h"

namespace rocky::run {
namespace {

// So that a record is not found without the fence that belongs to it.
static_assert(dedup::kKeptAfterRetention == std::chrono::days(stamp::kSweepDelayDays));

// Each round means that the state store went back once more while we looked.
constexpr int kTakeOversMax = 8;

dedup::ClaimEnd released(std::string reason) {
  return {dedup::ClaimState::Released, std::nullopt, std::move(reason)};
}

stamp::Grant grant_of(const dedup::ClaimRecord& record) {
  return {.key_sha256 = stamp::stamp_name_of_record(record.key_sha256),
          .epoch = record.epoch,
          .owner = record.owner.nonce,
          .generation = record.generation,
          .afresh = record.afresh,
          .request_sha256 = record.request.sha256,
          .retention_days = record.settings.retention_days,
          .run_id = record.owner.run_id,
          .lease = record.settings.effective_lease()};
}

Error other_request() {
  return fail(ErrorCode::KeyConflict, "the target holds work of another request under this key")
      .with_hint(
          "nothing was run: use one key for one piece of work, or free this one with `rocky state "
          "claims release KEY --rerun --reason TEXT`");
}

/// One claimed key, from its claim to its finish.
class KeyedRun {
 public:
  KeyedRun(const dedup::Means& means, stamp::Target& target, dedup::Claimed claimed,
           Millis finish_timeout)
      : means_(means),
        target_(target),
        claimed_(std::move(claimed)),
        finish_timeout_(finish_timeout) {}

  Result<Attempt> prepare(Cancellation& cancellation) {
    claimed_.claim->start_heartbeat(
        [&cancellation](Error why) { cancellation.request(std::move(why)); });
    claimed_.claim->progress(dedup::Phase::Reconciling);
    ROCKY_TRY(target_.open());
    ROCKY_ASSIGN(Attempt attempt, take_over());
    if (means_.rules.reconcile) {
      ROCKY_ASSIGN(attempt.done,
                   target_.reconcile(attempt.grant.key_sha256, attempt.grant.generation));
    }
    ROCKY_TRY(cancellation.check());
    return attempt;
  }

  Ended end(WorkEnd end) {
    // First, as it bounds the heartbeat under way that whoever reads the record would wait for.
    dedup::FinishReport finish = claimed_.claim->finish(end.claim, finish_timeout_);
    const dedup::ClaimRecord record = claimed_.claim->record();
    return {std::move(end),
            record.owner.run_id,
            record.epoch,
            record.generation,
            claimed_.kind,
            std::move(claimed_.prior),
            std::move(claimed_.expired_run_id),
            std::move(finish),
            claimed_.claim->heartbeat_failures()};
  }

 private:
  /// Raises the fence for this claim, above whatever a lost store let another claim have.
  Result<Attempt> take_over() {
    for (int round = 0; round < kTakeOversMax; ++round) {
      const dedup::ClaimRecord record = claimed_.claim->record();
      stamp::Grant grant = grant_of(record);
      if (!means_.rules.take_over) return attempt_with(std::move(grant));
      ROCKY_TRY(claimed_.claim->still_owner());
      ROCKY_ASSIGN(const auto taken, target_.take_over(grant));
      if (std::holds_alternative<stamp::OtherRequest>(taken)) return other_request();
      if (const auto* ahead = std::get_if<stamp::FenceAhead>(&taken)) {
        ROCKY_TRY(claimed_.claim->reclaim_above(ahead->epoch));
        continue;
      }
      means_.observer.reached(events::RunStep::FenceRaised);
      grant.generation = std::get<stamp::TakenOver>(taken).generation;
      grant.afresh = false;
      if (grant.generation != record.generation || record.afresh) {
        ROCKY_TRY(claimed_.claim->write_generation(grant.generation));
      }
      return attempt_with(std::move(grant));
    }
    return fail(ErrorCode::StoreBusy, "the target's fence kept rising rounds=`{}`", kTakeOversMax)
        .with_hint("several state stores may be configured for this target");
  }

  Attempt attempt_with(stamp::Grant grant) {
    dedup::OwnedClaim* claim = claimed_.claim.get();
    return {std::move(grant),
            {},
            claimed_.kind,
            claim->record().request.resolved,
            [claim] { return claim->still_owner(); },
            [claim](dedup::Phase phase) { claim->progress(phase); },
            [claim](dedup::UnitCounts units) { claim->progress(units); },
            [this](WorkEnd early) { return end(std::move(early)); }};
  }

  const dedup::Means& means_;
  stamp::Target& target_;
  dedup::Claimed claimed_;
  const Millis finish_timeout_;
};

/// Executes and records. What cannot be recorded is not finished either: the retry recovers it.
WorkEnd execute_and_record(const dedup::Means& means, const Work& work, const Attempt& attempt) {
  attempt.enter(dedup::Phase::Executing);
  WorkEnd end = work.execute(attempt);
  means.observer.reached(events::RunStep::ChecksDone);
  attempt.enter(dedup::Phase::Recording);
  if (Status recorded = work.record(end); !recorded) {
    return {released("the run record could not be written"), std::move(recorded).error()};
  }
  means.observer.reached(events::RunStep::Recorded);
  return end;
}

/// A claim that was given up because of a request to stop ends as the request says.
Result<dedup::ClaimOutcome> unless_interrupted(const Cancellation& cancellation,
                                               Result<dedup::ClaimOutcome> outcome) {
  auto reason = cancellation.reason();
  if (outcome || !reason) return outcome;
  return std::move(*reason).with_note(outcome.error().message);
}

Result<RunOnceResult> run_keyed(const dedup::Means& means, stamp::Target& target,
                                Cancellation& cancellation, const RunOnceRequest& request,
                                const Work& work) {
  dedup::ClaimRequest claim_request = std::get<dedup::ClaimRequest>(request.identity);
  if (target.exclusive()) claim_request.open_exclusive = [&target] { return target.open(); };
  claim_request.go_on = [&cancellation] { return cancellation.check(); };
  ROCKY_ASSIGN(dedup::ClaimOutcome outcome,
               unless_interrupted(cancellation, dedup::claim(means, claim_request)));
  if (auto* skipped = std::get_if<dedup::Skipped>(&outcome))
    return RunOnceResult(std::move(*skipped));

  KeyedRun run(means, target, std::get<dedup::Claimed>(std::move(outcome)), request.finish_timeout);
  Result<Attempt> attempt = run.prepare(cancellation);
  if (!attempt) {
    Error why = std::move(attempt).error();
    const Ended given_back = run.end({released(why.message), why});
    if (!given_back.finish.recorded)
      why.notes.push_back("the key could not be released: " + given_back.finish.note);
    return why;
  }
  WorkEnd end = execute_and_record(means, work, *attempt);
  return RunOnceResult(run.end(std::move(end)));
}

Result<RunOnceResult> run_unkeyed(const dedup::Means& means, stamp::Target& target,
                                  const Unkeyed& run, const Work& work) {
  Attempt attempt{stamp::grant_of_run(run.run_id, nonce128(means.random)),
                  {},
                  std::nullopt,
                  {},
                  [] { return Status(); },
                  [](auto) {},
                  [](auto) {},
                  [&run](WorkEnd early) { return Ended{std::move(early), run.run_id}; }};
  ROCKY_TRY(target.open());
  ROCKY_ASSIGN(const auto taken, target.take_over(attempt.grant));
  if (!std::holds_alternative<stamp::TakenOver>(taken)) {
    return fail(ErrorCode::Internal, "the target knows this run already run_id=`{}`", run.run_id);
  }
  Ended ended{execute_and_record(means, work, attempt), run.run_id};
  return RunOnceResult(std::move(ended));
}

}  // namespace

Result<RunOnceResult> run_once(const dedup::Means& means, stamp::Target& target,
                               Cancellation& cancellation, const RunOnceRequest& request,
                               const Work& work) {
  if (const auto* unkeyed = std::get_if<Unkeyed>(&request.identity)) {
    return run_unkeyed(means, target, *unkeyed, work);
  }
  return run_keyed(means, target, cancellation, request, work);
}

}  // namespace rocky::run
