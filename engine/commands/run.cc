#include "commands/run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "commands/claim_request.h"
#include "commands/open_target.h"
#include "commands/pipeline_work.h"
#include "commands/project.h"
#include "commands/run_document.h"
#include "commands/run_history.h"
#include "commands/run_store.h"
#include "dedup/sweep.h"
#include "ledger/run_records.h"
#include "output/error_info.h"
#include "run/guarantee.h"
#include "run/run_once.h"

namespace rocky::commands {
namespace {

// The sweep's share of a run is bounded: these many records each time.
constexpr int kSweptRecordsMax = 100;
constexpr int kRunIdHexDigits = 12;

/// One call of `rocky run`, from its configuration to its document.
class RunCommand {
 public:
  struct Chosen {
    const config::RockyConfig& config;
    const config::Pipeline& pipeline;
    std::optional<dedup::RunKey> key;
  };

  RunCommand(const World& world, const Globals& globals, const RunArguments& arguments,
             Chosen chosen)
      : world_(world),
        globals_(globals),
        arguments_(arguments),
        config_(chosen.config),
        pipeline_(chosen.pipeline),
        key_(std::move(chosen.key)),
        began_(world.clock.boot_now()),
        started_at_(world.clock.wall_now()) {
    document_.version = world.version;
    document_.run_id = ledger::new_run_id(started_at_, random_hex(world.random, kRunIdHexDigits));
    document_.pipeline_type = pipeline_.type();
    document_.filter = arguments.selection.filter;
    show_key();
  }

  Reply reply() {
    Status done = execute();
    if (!done) error_ = std::move(done).error();
    return reply_as_it_stands();
  }

 private:
  Reply reply_as_it_stands() {
    if (error_ && !skipped_) settle_failure();
    document_.duration_ms = elapsed().count();
    if (!error_) return reply_with(document_);
    document_.error = output::describe_error(*error_);
    return reply_with(document_, *error_);
  }

  Status execute() {
    ROCKY_TRY(make_state_folder(globals_, config_));
    ROCKY_ASSIGN(const RunStore store, open_run_store(world_, globals_, config_));
    // A claim is written before any work; without one the store is first written to at the end.
    if (!key_) ROCKY_TRY(store.verify());
    ROCKY_ASSIGN(OpenTarget opened,
                 open_target(world_, globals_, config_, pipeline_, MissingTables::AreMade));
    const dedup::Means means = store.means(world_);
    const run::Work work{
        [&](const run::Attempt& attempt) { return work_on(store, opened, attempt); },
        [&](const run::WorkEnd& end) { return record(store, end); }};
    auto result = run::run_once(means, *opened.target, world_.cancellation, request(store), work);
    if (!result) return failed_before_work(store, std::move(result).error());
    if (const auto* skipped = std::get_if<dedup::Skipped>(&*result)) {
      return skip(store, *skipped, *opened.target);
    }
    run::Ended& ended = std::get<run::Ended>(*result);
    // A store that did not take one write takes no others.
    const bool takes_writes = recorded_ && (!key_ || ended.finish.recorded);
    finish(std::move(ended), store.backend(), *opened.target);
    if (takes_writes) tidy_up(store, opened);
    return {};
  }

  run::RunOnceRequest request(const RunStore& store) const {
    run::RunOnceRequest request;
    request.finish_timeout = config_.state.idempotency.finish_timeout;
    if (!key_) {
      request.identity = run::Unkeyed{document_.run_id};
      return request;
    }
    dedup::ClaimRequest claim =
        claim_request_of(world_, {config_, pipeline_, arguments_, document_.run_id}, *key_);
    if (on_in_flight() == config::OnInFlight::Wait) claim.wait = wait_timeout();
    claim.before_write = [&store] { return store.verify(); };
    request.identity = std::move(claim);
    return request;
  }

  config::OnInFlight on_in_flight() const {
    const auto configured = config_.state.idempotency.on_in_flight;
    if (!arguments_.on_in_flight) return configured;
    return config::enum_from<config::OnInFlight>(*arguments_.on_in_flight).value_or(configured);
  }

  Millis wait_timeout() const {
    if (arguments_.wait_timeout_seconds)
      return std::chrono::seconds(*arguments_.wait_timeout_seconds);
    return config_.state.idempotency.wait_timeout;
  }

  run::WorkEnd work_on(const RunStore& store, const OpenTarget& opened,
                       const run::Attempt& attempt) {
    const auto leave = [&](PipelineWork so_far) {
      leave_without(std::move(so_far), attempt, store, *opened.target);
    };
    return settle(
        work_on_pipeline(world_, {globals_, config_, pipeline_, arguments_.selection, leave},
                         *opened.warehouse, *opened.target, attempt),
        attempt);
  }

  /// Ends the run and the process while a statement still runs that nothing can interrupt. What it
  /// has not committed is rolled back by that.
  void leave_without(PipelineWork so_far, const run::Attempt& attempt, const RunStore& store,
                     const stamp::Target& target) {
    run::WorkEnd end = settle(std::move(so_far), attempt);
    if (const Status kept = record(store, end); !kept)
      world_.log.warning("{}", kept.error().message);
    finish(attempt.end_early(std::move(end)), store.backend(), target);
    world_.leave(reply_as_it_stands());
  }

  run::WorkEnd settle(PipelineWork work, const run::Attempt& attempt) {
    decision_ = attempt.kind ? std::string(name_of(*attempt.kind)) : "";
    work_ = std::move(work);
    Verdict verdict = judge(work_, elapsed(), key_.has_value());
    describe_work(work_, document_);
    document_.status = verdict.status;
    if (document_.status == output::RunStatus::SkippedIdempotent) recovered();
    const auto is_unit = [](const plan::Step& step) { return step.is_unit(); };
    if (!work_.refused && std::ranges::none_of(work_.plan.steps, is_unit)) {
      world_.log.warning("nothing was selected: the key, if any, is not used up pipeline=`{}`",
                         pipeline_.name);
    }
    return {std::move(verdict.claim), std::move(verdict.error)};
  }

  /// All of it was committed before.
  void recovered() {
    document_.skipped_by_run_id = last_committed_by(work_);
    decision_ = "recovered";
  }

  Status record(const RunStore& store, const run::WorkEnd& end) {
    document_.duration_ms = elapsed().count();
    ledger::RunRecord record = new_record();
    if (end.error) record.error = std::string(spec_of(end.error->code).name);
    const auto kept = keep_run(world_, store, config_.state.on_upload_failure, record);
    recorded_ = kept == Kept::InStore;
    return kept ? Status() : kept.error();
  }

  Error failed_before_work(const RunStore& store, Error why) {
    if (!is_worth_a_record(why)) return why;
    document_.status = output::RunStatus::Failure;
    document_.duration_ms = elapsed().count();
    ledger::RunRecord record = new_record();
    record.error = std::string(spec_of(why.code).name);
    keep_failed_run(world_, store, record);
    return why;
  }

  ledger::RunRecord new_record() const {
    ledger::RunRecord record = record_of(document_, work_);
    record.started_at = to_rfc3339(started_at_);
    record.finished_at = to_rfc3339(world_.clock.wall_now());
    record.pipeline = pipeline_.name;
    record.config_hash = config_.text_sha256.substr(0, 16);
    record.host = world_.host.hostname;
    const auto trigger = world_.environment.get("ROCKY_RUN_TRIGGER");
    record.trigger = trigger && !trigger->empty() ? *trigger : "Manual";
    if (key_) record.key_sha256 = dedup::scoped_sha256(*key_, key_scope(config_, pipeline_));
    if (!decision_.empty()) record.decision = decision_;
    return record;
  }

  void finish(run::Ended ended, const state::StateBackend& store, const stamp::Target& target) {
    if (ended.end.error) error_ = std::move(ended.end.error);
    if (const auto downgraded = target.downgrade()) world_.log.warning("{}", downgraded->message);
    if (!key_) return;
    const auto guarantee = run::guarantee_of(store.traits(), target.stamped());
    document_.dedup = describe_dedup(
        ended, work_, dedup::scoped_sha256(*key_, key_scope(config_, pipeline_)), guarantee);
    document_.dedup->decision = decision_;
    if (ended.finish.recorded) return;
    world_.log.warning("the end of the run is not recorded under its key: {}", ended.finish.note);
    if (!arguments_.strict_record || error_) return;
    error_ =
        fail(ErrorCode::NotRecorded, "the work is done but not recorded under its key: {}",
             ended.finish.note)
            .with_hint("run again with the same key: nothing is repeated, and it is recorded then");
  }

  Status skip(const RunStore& store, const dedup::Skipped& skipped, const stamp::Target& target) {
    const auto guarantee = run::guarantee_of(store.backend().traits(), target.stamped());
    describe_skip(skipped, dedup::scoped_sha256(*key_, key_scope(config_, pipeline_)), guarantee,
                  document_);
    skipped_ = true;
    document_.duration_ms = elapsed().count();
    decision_ = document_.dedup->decision;
    if (!skipped.note.empty()) world_.log.warning("{}", skipped.note);
    keep_skip(world_, store, new_record());
    drain_in_passing(world_, store);
    return strict_about(skipped);
  }

  /// A skip is a success unless the caller asked to hear of it.
  Status strict_about(const dedup::Skipped& skipped) const {
    const dedup::Owner& owner = skipped.record.owner;
    const bool in_flight = skipped.kind == dedup::SkipKind::InFlight;
    if (in_flight && (arguments_.strict_exit || on_in_flight() != config::OnInFlight::Skip)) {
      return fail(ErrorCode::InFlight, "the key is in flight run_id=`{}` host=`{}` pid=`{}`",
                  owner.run_id, owner.host, owner.pid)
          .with_hint("run again later with the same key, or with --on-in-flight wait");
    }
    if (skipped.kind == dedup::SkipKind::Failed && arguments_.strict_exit) {
      return fail(ErrorCode::KeyFailedBefore, "the run under this key failed run_id=`{}`",
                  owner.run_id)
          .with_hint("`rocky state claims release KEY --reason TEXT` makes it run again");
    }
    return {};
  }

  /// A run that failed before its work had a verdict.
  void settle_failure() {
    // Of work that is done, the status is how it ended; only its record is missing.
    const bool done = error_->code == ErrorCode::NotRecorded;
    const bool well = document_.status == output::RunStatus::Success || is_skip(document_.status);
    if (well && !done) document_.status = output::RunStatus::Failure;
    if (error_->code == ErrorCode::Interrupted) document_.interrupted = true;
  }

  /// What is past its time goes with the runs that come after it; none of this can fail the run.
  void tidy_up(const RunStore& store, const OpenTarget& opened) {
    if (world_.cancellation.requested()) return;
    drain_in_passing(world_, store);
    const auto note = [&](const char* what, const Error& error) {
      world_.log.warning("{} was left for a later run: {}", what, error.message);
    };
    const bool is_swept = !store.backend().traits().expires_values;
    if (is_swept) {
      const auto swept = dedup::sweep(store.means(world_), kSweptRecordsMax);
      if (!swept) note("sweeping keys", swept.error());
    }
    if (const auto swept = opened.target->sweep(kSweptRecordsMax); !swept) {
      note("sweeping stamps", swept.error());
    }
    if (const auto kept = history_kept(config_.state); kept && is_swept) {
      const auto swept =
          ledger::sweep_run_records(store.backend(), {started_at_, *kept}, kSweptRecordsMax);
      if (!swept) note("sweeping the history", swept.error());
    }
    if (const Status written = opened.warehouse->checkpoint(); !written) {
      note("the target's checkpoint", written.error());
    }
  }

  void show_key() {
    if (!key_ || !config_.state.idempotency.store_key) return;
    if (key_->is_utf8()) {
      document_.idempotency_key = key_->bytes();
    } else {
      document_.idempotency_key_b64 = to_base64(key_->bytes());
    }
  }

  Millis elapsed() const {
    return std::chrono::duration_cast<Millis>(world_.clock.boot_now() - began_);
  }

  const World& world_;
  const Globals& globals_;
  const RunArguments& arguments_;
  const config::RockyConfig& config_;
  const config::Pipeline& pipeline_;
  const std::optional<dedup::RunKey> key_;
  const BootTime began_;
  const WallTime started_at_;
  output::RunOutput document_;
  PipelineWork work_;
  std::string decision_;  // What the key led to; empty without one.
  std::optional<Error> error_;
  bool skipped_ = false;   // The key said that there is nothing to do.
  bool recorded_ = false;  // The run record is in the store.
};

Result<std::optional<dedup::RunKey>> key_of(const World& world, const config::RockyConfig& config,
                                            const RunArguments& arguments) {
  if (!arguments.idempotency_key) return std::optional<dedup::RunKey>();
  const config::Idempotency& idempotency = config.state.idempotency;
  if (!idempotency.store_key) world.secrets.add(*arguments.idempotency_key);
  const auto max_bytes = static_cast<std::size_t>(idempotency.max_key_bytes);
  ROCKY_ASSIGN(dedup::RunKey key, dedup::RunKey::parse(*arguments.idempotency_key, max_bytes));
  if (idempotency.store_key && looks_like_secret(key.bytes())) {
    world.log.warning(
        "the idempotency key looks like a secret, and is kept and shown as it is: name the work by "
        "something else, or set store_key = false in [state.idempotency]");
  }
  return std::optional(std::move(key));
}

}  // namespace

Result<Reply> run(const World& world, const Globals& globals, const RunArguments& arguments) {
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  ROCKY_ASSIGN(const config::Pipeline* pipeline,
               choose_pipeline(config, arguments.selection.pipeline));
  ROCKY_TRY(check_selection(*pipeline, arguments.selection));
  ROCKY_ASSIGN(auto key, key_of(world, config, arguments));
  return RunCommand(world, globals, arguments, {config, *pipeline, std::move(key)}).reply();
}

}  // namespace rocky::commands
