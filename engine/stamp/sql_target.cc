#include "stamp/sql_target.h"

#include <mutex>
#include <utility>

#include "base/host.h"
#include "stamp/fence.h"
#include "stamp/fence_age.h"
#include "stamp/meta_tables.h"
#include "stamp/reconcile.h"
#include "stamp/retry.h"
#include "stamp/sql_session.h"

namespace rocky::stamp {
namespace {

using warehouse::Connection;
using warehouse::SessionPurpose;

// What the adaptive concurrency of the reference ends at.
constexpr int kServerLanesMax = 32;

class SqlTarget final : public Target {
 public:
  explicit SqlTarget(SqlTargetSetup setup)
      : setup_(std::move(setup)), tables_(setup_.meta_schema, setup_.meta_catalog) {}

  bool stamped() const override { return !downgrade(); }
  std::optional<Error> downgrade() const override {
    std::lock_guard lock(mutex_);
    return downgrade_;
  }
  bool exclusive() const override { return setup_.traits.exclusive; }
  int lanes_max() const override { return stamp::lanes_max(setup_); }
  Status open() override;
  Result<TakeOver> take_over(const Grant& grant) override;
  Result<std::optional<Fence>> read_fence(std::string_view key_sha256) override;
  Result<std::vector<ListedFence>> list_fences(std::string_view after, int limit) override;
  Result<std::vector<Stamp>> reconcile(std::string_view key_sha256,
                                       std::uint64_t generation) override;
  Result<std::unique_ptr<UnitSession>> session(const Grant& grant) override;
  Result<int> sweep(int limit) override;

 private:
  Result<std::unique_ptr<Connection>> connect(const SessionPurpose& purpose = {});
  Status open_locked();
  Status make_tables(int there);
  template <class T, class Work>
  Result<T> on_connection(const Work& work, const SessionPurpose& purpose = {});
  template <class T, class Work>
  Result<T> in_meta_tables(T without_stamps, const Work& work);

  const SqlTargetSetup setup_;
  const MetaTables tables_;
  mutable std::mutex mutex_;  ///< Guards what follows.
  std::unique_ptr<Connection> connection_;
  bool open_ = false;
  bool has_tables_ = false;
  std::optional<Error> downgrade_;
};

bool is_denied(const Error& error) { return error.code == ErrorCode::PermissionDenied; }

Error no_right(const SqlTargetSetup& setup, const Error& cause) {
  return fail(ErrorCode::PermissionDenied,
              "the tables that prove what is committed cannot be made schema=`{}`",
              setup.meta_schema)
      .with_hint(
          "grant the right to create the schema, or create it; until then a crash can lead to "
          "one repetition")
      .with_note(cause.message);
}

/// What was committed is told by tables that may be there: to go on without them could repeat it.
Error no_sight(const SqlTargetSetup& setup, const Error& cause) {
  return fail(ErrorCode::PermissionDenied,
              "the tables that prove what is committed cannot be used schema=`{}`",
              setup.meta_schema)
      .with_hint(
          "grant the role USAGE on that schema, and SELECT, INSERT, UPDATE, DELETE on its tables")
      .with_note(cause.message);
}

std::optional<Error> why_stopped(const SqlTargetSetup& setup) {
  return setup.cancellation == nullptr ? std::nullopt : setup.cancellation->reason();
}

SessionPurpose purpose_of_units(const Grant& grant) {
  return {.key_sha256 = grant.key_sha256, .epoch = grant.epoch, .idle_max = grant.lease};
}

SessionPurpose purpose_of_take_over(const Grant& grant) {
  SessionPurpose purpose = purpose_of_units(grant);
  purpose.ends_older_sessions = true;
  return purpose;
}

Result<std::unique_ptr<Connection>> SqlTarget::connect(const SessionPurpose& purpose) {
  ROCKY_ASSIGN(auto* warehouse, setup_.open_warehouse());
  return warehouse->connect(purpose);
}

/// Does the work until it is done, on a new connection where the old one is lost. The work begins
/// its own transaction; what a lost reply to COMMIT left it finds by itself.
template <class T, class Work>
Result<T> SqlTarget::on_connection(const Work& work, const SessionPurpose& purpose) {
  for (int attempt = 1;; ++attempt) {
    if (!connection_) {
      ROCKY_ASSIGN(connection_, connect(purpose));
    }
    Result<T> result = work(*connection_);
    if (result) return result;
    connection_->rollback();
    if (session_is_lost(result.error())) connection_.reset();
    if (!may_pass(result.error())) return result;
    if (auto why = why_stopped(setup_)) return std::move(*why).with_note(result.error().message);
    if (attempt == kAttemptsMax) return result;
    back_off(*setup_.clock, *setup_.random, attempt);
  }
}

template <class T, class Work>
Result<T> SqlTarget::in_meta_tables(T without_stamps, const Work& work) {
  std::lock_guard lock(mutex_);
  ROCKY_TRY(open_locked());
  if (downgrade_ || !has_tables_) return without_stamps;
  return on_connection<T>(work);
}

Status SqlTarget::open_locked() {
  if (open_) return {};
  // Who may not even enter is not to be taken for somebody who may not make tables.
  if (!connection_) {
    ROCKY_ASSIGN(connection_, connect());
  }
  const auto count = [&](Connection& connection) { return count_meta_tables(connection, tables_); };
  const auto there = on_connection<int>(count);
  if (!there) return is_denied(there.error()) ? no_sight(setup_, there.error()) : there.error();
  has_tables_ = *there == kMetaTables;
  if (!has_tables_ && setup_.makes_tables) ROCKY_TRY(make_tables(*there));
  open_ = true;
  return {};
}

/// `there`: how many there were.
Status SqlTarget::make_tables(int there) {
  ROCKY_ASSIGN(auto* warehouse, setup_.open_warehouse());
  const auto create = [&](Connection& connection) {
    return create_meta_tables(connection, warehouse->dialect(), tables_);
  };
  auto created = on_connection<void>(create);
  has_tables_ = created.has_value();
  if (created) return {};
  if (!is_denied(created.error())) return created;
  if (there > 0) return no_sight(setup_, created.error());
  downgrade_ = no_right(setup_, created.error());
  return {};
}

Status SqlTarget::open() {
  std::lock_guard lock(mutex_);
  return open_locked();
}

Result<TakeOver> SqlTarget::take_over(const Grant& grant) {
  std::lock_guard lock(mutex_);
  ROCKY_TRY(open_locked());
  if (downgrade_) return TakeOver(TakenOver{grant.generation});
  connection_.reset();  // It was opened for somebody else.
  const auto raise = [&](Connection& connection) {
    return raise_fence(connection, tables_, setup_.traits, grant);
  };
  return on_connection<TakeOver>(raise, purpose_of_take_over(grant));
}

Result<std::optional<Fence>> SqlTarget::read_fence(std::string_view key_sha256) {
  return in_meta_tables<std::optional<Fence>>(
      {}, [&](Connection& connection) { return find_fence(connection, tables_, key_sha256); });
}

Result<std::vector<ListedFence>> SqlTarget::list_fences(std::string_view after, int limit) {
  return in_meta_tables<std::vector<ListedFence>>({}, [&](Connection& connection) {
    return stamp::list_fences(connection, tables_, after, limit);
  });
}

Result<std::vector<Stamp>> SqlTarget::reconcile(std::string_view key_sha256,
                                                std::uint64_t generation) {
  return in_meta_tables<std::vector<Stamp>>({}, [&](Connection& connection) {
    return find_stamps(connection, tables_, key_sha256, generation);
  });
}

Result<std::unique_ptr<UnitSession>> SqlTarget::session(const Grant& grant) {
  ROCKY_TRY(open());
  ROCKY_ASSIGN(auto connection, connect(purpose_of_units(grant)));
  if (!stamped()) return unstamped_session(std::move(connection), setup_.traits);
  return stamped_session(std::move(connection), tables_, setup_.traits, grant);
}

Result<int> SqlTarget::sweep(int limit) {
  return in_meta_tables<int>(0, [&](Connection& connection) {
    return sweep_fences(connection, tables_, setup_.traits, limit);
  });
}

}  // namespace

int lanes_max(const SqlTargetSetup& setup) {
  if (!setup.traits.parallel_transactions) return 1;
  if (setup.lanes_max > 0) return setup.lanes_max;
  return setup.traits.exclusive ? usable_processors() : kServerLanesMax;
}

std::unique_ptr<Target> sql_target(SqlTargetSetup setup) {
  if (!setup.traits.stamps_commit_with_data) return unstamped_target(std::move(setup));
  return std::make_unique<SqlTarget>(std::move(setup));
}

}  // namespace rocky::stamp
