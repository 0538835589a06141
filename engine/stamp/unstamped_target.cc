#include <utility>

#include "stamp/sql_session.h"
#include "stamp/sql_target.h"

namespace rocky::stamp {
namespace {

class UnstampedSession final : public UnitSession {
 public:
  UnstampedSession(std::unique_ptr<warehouse::Connection> connection, bool transactions)
      : connection_(std::move(connection)), transactions_(transactions) {}

  Status begin() override { return transactions_ ? connection_->begin() : Status{}; }
  Status check_fence() override { return {}; }
  Result<bool> insert_stamps(const std::vector<NewStamp>&) override { return true; }
  Result<std::int64_t> change(const Unit& unit) override { return unit.change(*connection_); }
  Status set_rows(std::string_view, std::int64_t) override { return {}; }
  warehouse::CommitOutcome commit() override {
    if (transactions_) return connection_->commit();
    return warehouse::Committed{};
  }
  void rollback() override {
    if (transactions_) connection_->rollback();
  }
  Result<std::optional<Stamp>> read_stamp(std::string_view unit) override {
    return fail(ErrorCode::Unproven,
                "the target cannot tell whether the unit is committed unit=`{}`", unit)
        .with_hint("look at its table; then release the key, or run again");
  }
  bool can_group() const override { return transactions_; }
  void interrupt() override { connection_->interrupt(); }

 private:
  std::unique_ptr<warehouse::Connection> connection_;
  bool transactions_;
};

class UnstampedTarget final : public Target {
 public:
  explicit UnstampedTarget(SqlTargetSetup setup) : setup_(std::move(setup)) {}

  bool stamped() const override { return false; }
  std::optional<Error> downgrade() const override { return {}; }
  bool exclusive() const override { return setup_.traits.exclusive; }
  int lanes_max() const override { return stamp::lanes_max(setup_); }
  Status open() override {
    ROCKY_TRY(setup_.open_warehouse());
    return {};
  }
  Result<TakeOver> take_over(const Grant& grant) override {
    return TakeOver(TakenOver{grant.generation});
  }
  Result<std::optional<Fence>> read_fence(std::string_view) override { return std::nullopt; }
  Result<std::vector<Stamp>> reconcile(std::string_view, std::uint64_t) override {
    return std::vector<Stamp>{};
  }
  Result<std::unique_ptr<UnitSession>> session(const Grant&) override {
    ROCKY_ASSIGN(auto* warehouse, setup_.open_warehouse());
    ROCKY_ASSIGN(auto connection, warehouse->connect());
    return unstamped_session(std::move(connection), setup_.traits);
  }
  Result<int> sweep(int) override { return 0; }

 private:
  SqlTargetSetup setup_;
};

}  // namespace

std::unique_ptr<UnitSession> unstamped_session(std::unique_ptr<warehouse::Connection> connection,
                                               const warehouse::WarehouseTraits& traits) {
  return std::make_unique<UnstampedSession>(std::move(connection), traits.stamps_commit_with_data);
}

std::unique_ptr<Target> unstamped_target(SqlTargetSetup setup) {
  return std::make_unique<UnstampedTarget>(std::move(setup));
}

}  // namespace rocky::stamp
