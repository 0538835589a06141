#include "sim/sim_store.h"

#include <fmt/format.h>

#include <utility>

#include "dedup/decide.h"
#include "dedup/v1_entry.h"

namespace rocky::sim {

using dedup::ClaimRecord;
using dedup::ClaimState;
using state::Applied;
using state::Refused;
using state::Unknown;
using state::Version;
using state::WriteOutcome;

namespace {

constexpr Nanos kTimeout = std::chrono::seconds(5);
constexpr std::size_t kJournalLength = 8;

std::shared_ptr<const ClaimRecord> decoded(std::string_view bytes) {
  auto record = dedup::decode(bytes);
  if (record) return std::make_shared<const ClaimRecord>(std::move(*record));
  auto entry = dedup::decode_v1_entry(bytes);
  return entry ? std::make_shared<const ClaimRecord>(std::move(*entry)) : nullptr;
}

std::string shown(const std::shared_ptr<const ClaimRecord>& record) {
  if (!record) return "nothing readable";
  return fmt::format("{} e{} g{}{} rev{} {} {}", name_of(record->state), record->epoch,
                     record->generation, record->afresh ? "+" : "", record->rev,
                     record->owner.run_id, record->nonce.substr(0, 6));
}

}  // namespace

// -------------------------------------------------------------------------------------- one
// process

/// A lock as the kernel keeps it: gone with its holder, however that ended.
class SimHold final : public state::LivenessHold {
 public:
  SimHold(std::map<std::string, SimStore::Lock>& locks, std::string name)
      : locks_(locks), name_(std::move(name)) {}
  ~SimHold() override { locks_.erase(name_); }
  bool still_valid() override { return true; }

 private:
  std::map<std::string, SimStore::Lock>& locks_;
  const std::string name_;
};

class StoreClient final : public state::StateBackend, public state::Liveness {
 public:
  StoreClient(SimStore& store, ProcessId process, const Host& host, Actor actor)
      : store_(store), process_(process), host_(host), actor_(actor) {
    traits_.scheme = "sim";
    traits_.shared_across_hosts = store.kind_ == StoreKind::Remote;
    traits_.conditional_remove = store.nature.removes_conditionally;
    traits_.reads_are_durable = store.nature.reads_are_durable;
    traits_.write_spacing = store.nature.write_spacing;
  }

  const state::StateTraits& traits() const override { return traits_; }

  Result<std::optional<state::Stored>> read(std::string_view name) override {
    store_.scheduler_.sleep_for(store_.faults_.call_takes());
    if (store_.is_down() || store_.faults_.strikes(Fault::ReadFails)) {
      store_.scheduler_.sleep_for(kTimeout);
      return fail(ErrorCode::StoreUnavailable, "simulated: the read failed");
    }
    const auto cell = store_.cells_.find(std::string(name));
    std::optional<state::Stored> stored;
    if (cell != store_.cells_.end()) stored = seen(cell->second);
    store_.scheduler_.trace("read", [&] {
      return fmt::format("reads {}", stored ? shown(decoded(stored->value)) : "absent");
    });
    store_.scheduler_.sleep_for(store_.faults_.call_takes());
    return stored;
  }

  Result<std::optional<state::Stored>> read_v1_entry(std::string_view) override {
    store_.scheduler_.sleep_for(store_.faults_.call_takes());
    if (store_.is_down() || store_.faults_.strikes(Fault::ReadFails))
      return fail(ErrorCode::StoreUnavailable, "simulated: the read failed");
    return store_.v1_entry();
  }

  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const state::WriteHints& hints) override {
    return write({std::string(name), std::nullopt, std::string(value), decoded(value), actor_,
                  &host_, process_, hints.durable});
  }
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const state::WriteHints& hints) override {
    return write({std::string(name), expected, std::string(value), decoded(value), actor_, &host_,
                  process_, hints.durable});
  }
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override {
    return write(
        {std::string(name), expected, std::nullopt, nullptr, actor_, &host_, process_, false});
  }

  Result<state::Page> list(std::string_view prefix, std::string_view after, int limit) override {
    store_.scheduler_.sleep_for(store_.faults_.call_takes());
    if (store_.is_down()) return fail(ErrorCode::StoreUnavailable, "simulated: the store is down");
    state::Page page;
    for (auto cell = store_.cells_.upper_bound(std::string(after)); cell != store_.cells_.end();
         ++cell) {
      if (!cell->first.starts_with(prefix) || static_cast<int>(page.names.size()) >= limit)
        continue;
      page.names.push_back({cell->first, seen(cell->second).version, seen(cell->second).age});
    }
    return page;
  }

  Result<bool> wait_for_change(std::string_view name, const Version& version,
                               Millis timeout) override {
    if (!store_.nature.tells_of_changes || store_.is_down()) return false;
    return store_.scheduler_.wait(timeout, [this, name = std::string(name), version] {
      const auto cell = store_.cells_.find(name);
      return cell == store_.cells_.end() || std::to_string(cell->second.version) != version.token;
    });
  }

  state::Liveness* liveness() override { return store_.kind_ == StoreKind::Local ? this : nullptr; }

  Result<std::variant<std::unique_ptr<state::LivenessHold>, state::LockHolder>> try_hold(
      std::string_view name) override {
    store_.scheduler_.pause();
    const auto [lock, is_ours] = store_.locks_.try_emplace(
        std::string(name), SimStore::Lock{process_, store_.last_version_});
    using Answer = std::variant<std::unique_ptr<state::LivenessHold>, state::LockHolder>;
    if (!is_ours) return Answer(state::LockHolder{lock->second.holder});
    return Answer(std::make_unique<SimHold>(store_.locks_, std::string(name)));
  }

  Result<std::optional<state::LockHolder>> holder(std::string_view name) override {
    store_.scheduler_.pause();
    const auto lock = store_.locks_.find(std::string(name));
    if (lock == store_.locks_.end()) return std::optional<state::LockHolder>();
    return std::optional(state::LockHolder{lock->second.holder});
  }

 private:
  state::Stored seen(const SimStore::Cell& cell) {
    state::Stored stored{cell.value, {std::to_string(cell.version)}, std::nullopt};
    const bool remote = store_.kind_ == StoreKind::Remote;
    const StoreClock clock = remote ? store_.nature.clock : StoreClock::Good;
    const bool hidden =
        clock == StoreClock::Hidden || (remote && store_.faults_.strikes(Fault::AgeHidden));
    if (hidden) return stored;
    stored.age = clock == StoreClock::Stuck
                     ? Millis(2'000)
                     : std::chrono::duration_cast<Millis>(store_.clock() - cell.written_at);
    return stored;
  }

  Result<WriteOutcome> write(SimStore::Write write) {
    const bool is_first = note_sent(write);
    store_.scheduler_.sleep_for(store_.faults_.call_takes());
    Result<WriteOutcome> outcome = delivered(write);
    // Surely not sent: its lease begins when it is.
    if (!outcome && is_first) store_.first_sent_by_nonce_.erase(write.record->nonce);
    store_.scheduler_.sleep_for(store_.faults_.call_takes());
    return outcome;
  }

  Result<WriteOutcome> delivered(const SimStore::Write& write) {
    Faults& faults = store_.faults_;
    if (write.actor == Actor::Sweep && !store_.may_sweep()) return dropped();
    if (store_.is_down() || faults.strikes(Fault::RequestDropped)) return dropped();
    if (store_.kind_ == StoreKind::Remote) {
      if (faults.strikes(Fault::Undecided)) return gave_up("409", Nanos(0));
      if (faults.strikes(Fault::LandsLate)) {
        store_.land_later(write);
        return gave_up("no answer", kTimeout);
      }
      if (store_.comes_too_soon(write)) return asked_to_wait();
    }
    WriteOutcome outcome = store_.apply(write);
    auto* applied = std::get_if<Applied>(&outcome);
    if (applied != nullptr && write.durable && faults.strikes(Fault::WeakAck)) applied->weak = true;
    if (faults.strikes(Fault::ReplyLost)) return gave_up("the reply was lost", kTimeout);
    if (store_.kind_ == StoreKind::Remote && faults.strikes(Fault::RefusedThoughApplied)) {
      store_.scheduler_.trace("412", [] { return "412 by a proxy that sent it twice"; });
      return WriteOutcome(Refused{});
    }
    if (applied != nullptr && applied->weak) store_.acknowledge_weakly(write);
    return outcome;
  }

  Result<WriteOutcome> asked_to_wait() {
    store_.scheduler_.trace("429", [] { return "429: too soon after another write"; });
    return WriteOutcome(Unknown{"429", store_.nature.write_spacing});
  }

  Result<WriteOutcome> dropped() {
    if (store_.scheduler_.chance(2)) return gave_up("dropped", kTimeout);
    store_.scheduler_.trace("not sent", [] { return "write could not be sent"; });
    return fail(ErrorCode::StoreUnavailable, "simulated: no connection");
  }

  Result<WriteOutcome> gave_up(std::string why, Nanos after) {
    store_.scheduler_.trace("unknown", [&] { return "write unknown: " + why; });
    store_.scheduler_.sleep_for(after);
    return WriteOutcome(Unknown{std::move(why)});
  }

  /// Whether it is sent for the first time.
  bool note_sent(const SimStore::Write& write) {
    const auto& record = write.record;
    if (!record) return false;
    store_.tried_.emplace(record->owner.run_id, record->state);
    return store_.first_sent_by_nonce_.try_emplace(record->nonce, store_.scheduler_.now()).second;
  }

  SimStore& store_;
  const ProcessId process_;
  const Host& host_;
  const Actor actor_;
  state::StateTraits traits_;
};

// --------------------------------------------------------------------------------------- the store

SimStore::SimStore(Scheduler& scheduler, Faults& faults, Invariants& invariants, StoreKind kind)
    : scheduler_(scheduler), faults_(faults), invariants_(invariants), kind_(kind) {}

std::unique_ptr<state::StateBackend> SimStore::open(ProcessId process, const Host& host,
                                                    Actor actor) {
  return std::make_unique<StoreClient>(*this, process, host, actor);
}

void SimStore::process_died(ProcessId process) {
  std::erase_if(locks_, [&](const auto& lock) { return lock.second.holder == process; });
}

WriteOutcome SimStore::apply(const Write& write) {
  const auto found = cells_.find(write.name);
  const Cell* cell = found == cells_.end() ? nullptr : &found->second;
  if (!matches(write, cell)) {
    scheduler_.trace("refused", [&] {
      return fmt::format("write refused: {}", write.value ? shown(write.record) : "removal");
    });
    check_read_under_lock(write, cell);
    return Refused{.vanished = cell == nullptr};
  }
  note(write, cell);
  journal_.push_back({write.name, cell == nullptr ? std::nullopt : std::optional(*cell)});
  if (journal_.size() > kJournalLength) journal_.pop_front();
  if (!write.value) {
    if (std::to_string(cell->version) != write.expected->token)
      invariants_.violate("I2 a sweep takes only what it judged", shown(cell->record));
    cells_.erase(write.name);
    ++swept_;
    return Applied{};
  }
  cells_[write.name] = {*write.value, write.record, ++last_version_, clock(), scheduler_.now()};
  return Applied{{std::to_string(last_version_)}};
}

/// What landed before the lock was taken was there to be read under it.
void SimStore::check_read_under_lock(const Write& write, const Cell* cell) {
  const auto lock = locks_.find(write.name);
  const bool holds = lock != locks_.end() && lock->second.holder == write.process;
  if (!holds || cell == nullptr || !cell->record) return;
  if (cell->version > lock->second.newest_version) return;
  invariants_.violate("I2 a local claim is decided by what is read under its lock",
                      shown(write.record) + " over " + shown(cell->record));
}

bool SimStore::matches(const Write& write, const Cell* cell) const {
  if (!write.expected) return cell == nullptr;
  if (cell == nullptr) return write.value && !rules.replaces_only_what_is_there;
  if (!write.value && !nature.removes_conditionally) return true;
  return write.expected->token == std::to_string(cell->version) || ignores_version(write);
}

bool SimStore::ignores_version(const Write& write) const {
  if (rules.compares_on_claim && rules.compares_on_finish) return false;
  const auto& record = write.record;
  if (!record || write.actor != Actor::Run) return false;
  if (record->state == ClaimState::InFlight) return !rules.compares_on_claim;
  return !rules.compares_on_finish;
}

void SimStore::note(const Write& write, const Cell* cell) {
  const Decoded before = cell == nullptr ? nullptr : cell->record;
  const Decoded& after = write.record;
  scheduler_.trace("written", [&] {
    return fmt::format("STORE {} -> {}", cell == nullptr ? "absent" : shown(before),
                       write.value ? shown(after) : "removed");
  });
  RecordChange change{write.actor, before.get(), false, after.get()};
  if (before) change.before_lapsed = has_lapsed(*before, *cell, *write.host);
  check_v1_success_kept(write, cell);
  invariants_.record_changed(change);
  const bool is_claim = before && after && write.actor == Actor::Run && write.process != kOutside &&
                        after->owner.nonce != before->owner.nonce &&
                        after->state == ClaimState::InFlight;
  if (is_claim) {
    std::optional<Nanos> silent_for;
    if (clock_changed_at_ < cell->landed_at) silent_for = scheduler_.now() - cell->landed_at;
    on_claim({write.process, before.get(), std::to_string(cell->version), silent_for});
  }
  if (after) weak_.erase(after->owner.run_id);
  if (after) last_sent_[after->owner.run_id] = first_sent_by_nonce_[after->nonce];
}

bool SimStore::has_lapsed(const ClaimRecord& record, const Cell& cell, const Host& host) const {
  if (kind_ == StoreKind::Remote) {
    return dedup::is_lapsed(record, std::chrono::duration_cast<Millis>(clock() - cell.written_at));
  }
  const std::int64_t now = SimClock(scheduler_, host).wall_now().millis();
  return dedup::is_lapsed(record, Millis(now - record.finished_at_ms));
}

void SimStore::land_later(Write write) {
  ++under_way_;
  write.process = kOutside;
  scheduler_.spawn(kOutside, "late write", [this, write = std::move(write), swept = swept_] {
    scheduler_.sleep_for(std::chrono::seconds(below(scheduler_.random(), 600)));
    // No write is under way for the weeks after which a sweep removes what would refuse it.
    const bool may_land = write.actor != Actor::Sweep || may_sweep();
    if (!scheduler_.chance(3) && swept == swept_ && may_land) apply(write);
    --under_way_;
  });
}

/// Writes of one value faster than the store takes them. What its owner knows of, it must space.
bool SimStore::comes_too_soon(const Write& write) {
  if (nature.write_spacing.count() == 0 || !write.value) return false;
  const Nanos now = scheduler_.now();
  if (write.actor == Actor::Run && write.record) {
    auto [last, is_first] =
        last_arrival_.try_emplace({write.process, write.record->owner.nonce}, now);
    if (!is_first && now - last->second < nature.write_spacing)
      invariants_.violate("8 own writes keep the store's spacing", shown(write.record));
    last->second = now;
  }
  const auto cell = cells_.find(write.name);
  return cell != cells_.end() && now - cell->second.landed_at < nature.write_spacing;
}

void SimStore::acknowledge_weakly(const Write& write) {
  scheduler_.trace("weak", [] { return "acknowledged by few copies"; });
  if (!write.record || write.actor != Actor::Run) return;
  if (write.record->state == ClaimState::InFlight) {
    invariants_.weakly_claimed(write.record->owner.nonce);
  } else {
    weak_.insert(write.record->owner.run_id);
  }
}

// ----------------------------------------------------------------------------------- version 1.15

void SimStore::put_v1(const std::string& name, const std::string& entry) {
  cells_[name] = {entry, decoded(entry), ++last_version_, clock(), scheduler_.now()};
}

void SimStore::put_v1_verbatim(const std::string& entry) {
  v1_verbatim_ = Cell{entry, decoded(entry), 0, clock(), scheduler_.now()};
}

/// Its server forgets it when its time is over.
std::optional<state::Stored> SimStore::v1_entry() const {
  if (!v1_verbatim_) return std::nullopt;
  const dedup::ClaimSettings& settings = v1_verbatim_->record->settings;
  const bool in_flight = v1_verbatim_->record->state == ClaimState::InFlight;
  const Nanos life = in_flight ? settings.effective_lease() : settings.retention();
  if (clock() - v1_verbatim_->written_at > life) return std::nullopt;
  return state::Stored{v1_verbatim_->value, {"v1"}, std::nullopt};
}

void SimStore::check_v1_success_kept(const Write& write, const Cell* before) {
  if (before != nullptr || write.actor != Actor::Run || !write.record || !v1_entry()) return;
  if (v1_verbatim_->record->state == ClaimState::Succeeded)
    invariants_.violate("I3 a success of version 1.15 is sticky", shown(write.record));
}

// ------------------------------------------------------------------------------ what happens to it

void SimStore::clock_jumps(Nanos by) {
  clock_offset_ += by;
  clock_changed_at_ = scheduler_.now();
}

void SimStore::evict(const std::string& name) {
  scheduler_.trace("evicted", [] { return "THE RECORD IS EVICTED"; });
  if (cells_.erase(name) != 0) invariants_.store_went_back(/*revives=*/false);
}

void SimStore::lose_everything() {
  scheduler_.trace("store lost", [] { return "THE STORE IS LOST"; });
  cells_.clear();
  journal_.clear();
  invariants_.store_went_back(/*revives=*/false);
}

void SimStore::fail_over(int writes) {
  if (journal_.empty()) return;
  scheduler_.trace("failover", [&] { return fmt::format("FAILOVER loses {} writes", writes); });
  for (; writes > 0 && !journal_.empty(); --writes) {
    Undo undo = std::move(journal_.back());
    journal_.pop_back();
    if (undo.before) {
      cells_[undo.name] = std::move(*undo.before);
    } else {
      cells_.erase(undo.name);
    }
  }
  for (auto& [name, lock] : locks_) lock.newest_version = 0;
  invariants_.store_went_back(/*revives=*/true);
}

void SimStore::flip_a_bit(const std::string& name) {
  const auto cell = cells_.find(name);
  // An entry of version 1.15 carries no checksum: nobody could know.
  if (cell == cells_.end() || (cell->second.record && is_v1_entry(*cell->second.record))) return;
  scheduler_.trace("bit flip", [] { return "A BIT FLIPS in the record"; });
  std::string& value = cell->second.value;
  value[below(scheduler_.random(), value.size())] ^=
      static_cast<char>(1U << below(scheduler_.random(), 7));
  cell->second.record = decoded(value);
  ++cell->second.version;
  last_version_ = std::max(last_version_, cell->second.version);
  invariants_.store_went_back(/*revives=*/false);
}

const ClaimRecord* SimStore::record(const std::string& name) const {
  const auto cell = cells_.find(name);
  return cell == cells_.end() ? nullptr : cell->second.record.get();
}

bool SimStore::is_damaged(const std::string& name) const {
  const auto cell = cells_.find(name);
  return cell != cells_.end() && !cell->second.record;
}

std::optional<Nanos> SimStore::last_sent(const std::string& run_id) const {
  const auto sent_at = last_sent_.find(run_id);
  return sent_at == last_sent_.end() ? std::nullopt : std::optional(sent_at->second);
}

bool SimStore::sent(const std::string& run_id, ClaimState state) const {
  return tried_.contains({run_id, state});
}

}  // namespace rocky::sim
