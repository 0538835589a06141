#include <algorithm>
#include <string>
#include <utility>

#include "stamp/fence.h"
#include "stamp/reconcile.h"
#include "stamp/sql_rows.h"
#include "stamp/sql_session.h"

namespace rocky::stamp {
namespace {

using warehouse::Value;

// Stamps go in by 64, 32, 16 … 1 rows, so that any number of them needs few texts, each prepared
// once.
constexpr std::size_t kRowsMax = 64;

std::size_t largest_batch(std::size_t stamps) {
  std::size_t batch = kRowsMax;
  while (batch > stamps) batch /= 2;
  return batch;
}

/// An existing stamp makes the count of inserted rows smaller, and no error: what kind of error it
/// would be differs between warehouses.
std::string insert_text(const MetaTables& tables, std::size_t rows) {
  std::string text = "INSERT INTO " + tables.stamps + " VALUES ";
  for (std::size_t row = 0, next = 5; row < rows; ++row, next += 3) {
    text += fmt::format("{}($1, $2, ${}, $3, $4, ${}, ${}, now() AT TIME ZONE 'UTC')",
                        row ? ", " : "", next, next + 1, next + 2);
  }
  return text + " ON CONFLICT DO NOTHING";
}

class StampedSession final : public UnitSession {
 public:
  StampedSession(std::unique_ptr<warehouse::Connection> connection, const MetaTables& tables,
                 bool fence_share_lock, Grant grant)
      : connection_(std::move(connection)),
        tables_(tables),
        select_fence_("SELECT epoch, owner FROM " + tables.fence + " WHERE key_sha256 = $1" +
                      (fence_share_lock ? " FOR SHARE" : "")),
        grant_(std::move(grant)) {}

  Status begin() override { return connection_->begin(); }
  Status check_fence() override;
  Result<bool> insert_stamps(const std::vector<NewStamp>& stamps) override;
  Result<std::int64_t> change(const Unit& unit) override { return unit.change(*connection_); }
  Status set_rows(std::string_view unit, std::int64_t rows) override;
  warehouse::CommitOutcome commit() override { return connection_->commit(); }
  void rollback() override { connection_->rollback(); }
  Result<std::optional<Stamp>> read_stamp(std::string_view unit) override {
    return find_stamp(*connection_, tables_, grant_, unit);
  }
  bool can_group() const override { return true; }
  void interrupt() override { connection_->interrupt(); }

 private:
  Result<bool> insert_batch(const NewStamp* first, std::size_t count);

  std::unique_ptr<warehouse::Connection> connection_;
  const MetaTables& tables_;
  std::string select_fence_;
  Grant grant_;
};

Error fenced_out() {
  return fail(ErrorCode::LeaseLost, "another run has taken over the key in the target")
      .with_hint("nothing was committed after that; the other run goes on with the rest");
}

Error fence_gone() {
  return fail(ErrorCode::LeaseLost, "the key's fence is gone from the target, as after a restore")
      .with_hint("nothing was committed after that; run again with the same key");
}

Status StampedSession::check_fence() {
  ROCKY_ASSIGN(const auto found, connection_->query(select_fence_, {grant_.key_sha256}));
  if (found.rows.empty()) return fence_gone();
  ROCKY_ASSIGN(const auto epoch, integer_in(found.rows[0][0]));
  ROCKY_ASSIGN(const auto owner, text_in(found.rows[0][1]));
  if (static_cast<std::uint64_t>(epoch) != grant_.epoch || owner != grant_.owner)
    return fenced_out();
  return {};
}

Result<bool> StampedSession::insert_stamps(const std::vector<NewStamp>& stamps) {
  for (std::size_t done = 0; done < stamps.size();) {
    const std::size_t batch = largest_batch(stamps.size() - done);
    ROCKY_ASSIGN(const bool inserted, insert_batch(&stamps[done], batch));
    if (!inserted) return false;
    done += batch;
  }
  return true;
}

Result<bool> StampedSession::insert_batch(const NewStamp* first, std::size_t count) {
  std::vector<Value> arguments = {grant_.key_sha256, number(grant_.generation),
                                  number(grant_.epoch), grant_.run_id};
  for (const auto* stamp = first; stamp != first + count; ++stamp) {
    arguments.emplace_back(stamp->unit->name);
    arguments.emplace_back(stamp->unit->plan_sha256);
    arguments.push_back(rows_value(stamp->rows));
  }
  ROCKY_ASSIGN(const auto inserted, connection_->execute(insert_text(tables_, count), arguments));
  return inserted == static_cast<std::int64_t>(count);
}

Status StampedSession::set_rows(std::string_view unit, std::int64_t rows) {
  ROCKY_TRY(connection_->execute(
      "UPDATE " + tables_.stamps +
          " SET \"rows\" = $4 WHERE key_sha256 = $1 AND generation = $2 AND "
          "unit = $3",
      {grant_.key_sha256, number(grant_.generation), std::string(unit), rows_value(rows)}));
  return {};
}

}  // namespace

std::unique_ptr<UnitSession> stamped_session(std::unique_ptr<warehouse::Connection> connection,
                                             const MetaTables& tables,
                                             const warehouse::WarehouseTraits& traits,
                                             Grant grant) {
  return std::make_unique<StampedSession>(std::move(connection), tables, traits.fence_share_lock,
                                          std::move(grant));
}

}  // namespace rocky::stamp
