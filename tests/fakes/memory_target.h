#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stamp/target.h"

namespace rocky::fakes {

/// What a COMMIT is to meet instead of success.
enum class CommitFault { None, Conflict, ReplyLostApplied, ReplyLostNotApplied };

/// A transactional target in memory. Its only statement is `effect NAME`: NAME happened once more.
///
/// Stricter than real ones: a transaction that had a failed call can only be rolled back, and a
/// COMMIT of it reports success without effect, as DuckDB does.
class MemoryTarget final : public stamp::Target {
 public:
  /// Asked before each call of a session (`open`, `begin`, `fence`, `insert`, `change`, `rows`,
  /// `read`); an Error makes the call fail without effect.
  std::function<Status(std::string_view call)> before = [](auto) { return Status{}; };
  /// Asked at each COMMIT that could succeed.
  std::function<CommitFault()> at_commit = [] { return CommitFault::None; };
  /// Called by each `interrupt` of a session.
  std::function<void()> at_interrupt = [] {};
  bool has_stamps = true;
  int lanes = 4;
  bool has_transactions = true;

  /// How often each effect is committed.
  std::map<std::string, int> effects() const { return locked(effects_); }
  std::map<std::string, stamp::Stamp> stamps() const { return locked(stamps_); }
  int commits() const { return commits_; }
  int sessions() const { return sessions_; }
  int interrupts() const { return interrupts_; }
  void set_fence(stamp::Fence fence) {
    std::lock_guard lock(mutex_);
    fence_ = std::move(fence);
  }
  void put_stamp(stamp::Stamp stamp) {
    std::lock_guard lock(mutex_);
    stamps_[stamp.unit] = std::move(stamp);
  }

  bool stamped() const override { return has_stamps; }
  std::optional<Error> downgrade() const override { return {}; }
  bool exclusive() const override { return false; }
  int lanes_max() const override { return lanes; }
  Status open() override { return {}; }
  Result<stamp::TakeOver> take_over(const stamp::Grant& grant) override {
    set_fence({grant.epoch, grant.owner, grant.generation, grant.request_sha256});
    return stamp::TakeOver(stamp::TakenOver{grant.generation});
  }
  Result<std::optional<stamp::Fence>> read_fence(std::string_view) override {
    std::lock_guard lock(mutex_);
    return std::optional(fence_);
  }
  Result<std::vector<stamp::Stamp>> reconcile(std::string_view, std::uint64_t) override {
    std::vector<stamp::Stamp> all;
    for (const auto& [name, stamp] : stamps()) all.push_back(stamp);
    return all;
  }
  Result<std::unique_ptr<stamp::UnitSession>> session(const stamp::Grant& grant) override;
  Result<int> sweep(int) override { return 0; }

 private:
  friend class MemorySession;
  template <class T>
  T locked(const T& value) const {
    std::lock_guard lock(mutex_);
    return value;
  }

  mutable std::mutex mutex_;
  stamp::Fence fence_;
  std::map<std::string, stamp::Stamp> stamps_;
  std::map<std::string, int> effects_;
  std::atomic<int> commits_ = 0;
  std::atomic<int> sessions_ = 0;
  std::atomic<int> interrupts_ = 0;
};

class MemorySession final : public stamp::UnitSession, private warehouse::Connection {
 public:
  MemorySession(MemoryTarget& target, stamp::Grant grant)
      : target_(target), grant_(std::move(grant)) {}

  Status begin() override {
    if (open_) return broken(fail(ErrorCode::Internal, "begin inside a transaction"));
    ROCKY_TRY(ask("begin"));
    open_ = true;
    return {};
  }
  Status check_fence() override {
    ROCKY_TRY(ask("fence"));
    const stamp::Fence fence = target_.locked(target_.fence_);
    if (fence.epoch == grant_.epoch && fence.owner == grant_.owner) return {};
    return broken(fail(ErrorCode::LeaseLost, "the fence is higher epoch=`{}`", fence.epoch));
  }
  Result<bool> insert_stamps(const std::vector<stamp::NewStamp>& stamps) override {
    ROCKY_TRY(ask("insert"));
    for (const auto& [unit, rows] : stamps) {
      if (target_.stamps().contains(unit->name)) return failed_ = true, false;
      new_stamps_[unit->name] = {unit->name, grant_.run_id, unit->plan_sha256, grant_.epoch, rows};
    }
    return true;
  }
  Result<std::int64_t> change(const stamp::Unit& unit) override {
    ROCKY_TRY(ask("change"));
    auto rows = unit.change(*this);
    if (!rows) return broken(std::move(rows).error());
    if (!open_) apply();
    return rows;
  }
  Status set_rows(std::string_view unit, std::int64_t rows) override {
    ROCKY_TRY(ask("rows"));
    new_stamps_.at(std::string(unit)).rows = rows;
    return {};
  }
  warehouse::CommitOutcome commit() override;
  void rollback() override {
    open_ = failed_ = false;
    new_stamps_.clear();
    new_effects_.clear();
  }
  Result<std::optional<stamp::Stamp>> read_stamp(std::string_view unit) override {
    ROCKY_TRY(ask("read"));
    if (!target_.has_stamps) return fail(ErrorCode::Unproven, "the target keeps no stamps");
    const auto stamps = target_.stamps();
    const auto found = stamps.find(std::string(unit));
    return found == stamps.end() ? std::nullopt : std::optional(found->second);
  }
  bool can_group() const override { return target_.has_transactions; }
  void interrupt() override {
    ++target_.interrupts_, interrupted_ = true;
    target_.at_interrupt();
  }
  /// Whether somebody interrupted this session since the last look.
  bool take_interrupt() { return interrupted_.exchange(false); }

 private:
  // The connection that a unit's change sees.
  Result<std::int64_t> execute(std::string_view sql) override {
    ROCKY_TRY(ask(sql));
    if (!sql.starts_with("effect ")) return fail(ErrorCode::SqlRejected, "unknown statement");
    ++new_effects_[std::string(sql.substr(7))];
    return 1;
  }
  Result<std::int64_t> execute(std::string_view sql,
                               const std::vector<warehouse::Value>&) override {
    return execute(sql);
  }
  Result<warehouse::Rows> query(std::string_view, const std::vector<warehouse::Value>&) override {
    return fail(ErrorCode::NotSupportedYet, "no queries");
  }
  Result<std::optional<std::vector<warehouse::ColumnInfo>>> describe(
      const sql::QualifiedName&) override {
    return fail(ErrorCode::NotSupportedYet, "no tables");
  }
  std::optional<double> progress() override { return {}; }

  Status ask(std::string_view call) {
    if (failed_) return fail(ErrorCode::SqlRejected, "the transaction is dead call=`{}`", call);
    if (auto asked = target_.before(call); !asked) return broken(std::move(asked).error());
    return {};
  }
  Error broken(Error why) { return failed_ = open_, std::move(why); }

  void apply() {
    std::lock_guard lock(target_.mutex_);
    for (auto& [name, stamp] : new_stamps_) target_.stamps_[name] = stamp;
    for (auto& [name, times] : new_effects_) target_.effects_[name] += times;
    ++target_.commits_;
  }

  MemoryTarget& target_;
  stamp::Grant grant_;
  bool open_ = false;
  bool failed_ = false;
  std::atomic<bool> interrupted_ = false;
  std::map<std::string, stamp::Stamp> new_stamps_;
  std::map<std::string, int> new_effects_;
};

inline warehouse::CommitOutcome MemorySession::commit() {
  if (failed_) return rollback(), warehouse::Committed{};
  const auto fault = target_.at_commit();
  const auto error = [](ErrorCode code) { return fail(code, "at COMMIT"); };
  for (const auto& [name, stamp] : new_stamps_) {
    if (!target_.stamps().contains(name)) continue;
    return rollback(), warehouse::RolledBack{error(ErrorCode::SqlRejected), true};
  }
  if (fault == CommitFault::Conflict) {
    return rollback(), warehouse::RolledBack{error(ErrorCode::SqlConflict), true};
  }
  if (fault != CommitFault::ReplyLostNotApplied) apply();
  rollback();
  if (fault == CommitFault::None) return warehouse::Committed{};
  return warehouse::CommitUnknown{error(ErrorCode::CommitUnknown)};
}

inline Result<std::unique_ptr<stamp::UnitSession>> MemoryTarget::session(
    const stamp::Grant& grant) {
  ROCKY_TRY(before("open"));
  ++sessions_;
  return std::unique_ptr<stamp::UnitSession>(std::make_unique<MemorySession>(*this, grant));
}

}  // namespace rocky::fakes
