#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "errors/error.h"
#include "warehouse/warehouse.h"

namespace rocky::stamp {

/// Who asks for a target, as the fence keeps it: one claim of one key.
struct Grant {
  std::string key_sha256;  ///< As stamps name the key: `stamp_name_of_record` or `…_of_run`.
  std::uint64_t epoch = 0;
  std::string owner;             ///< The claim's owner nonce; the same for the whole claim.
  std::uint64_t generation = 1;  ///< The record's; after a take-over, the one that it gave.
  bool afresh = false;           ///< The record says that everything is to run again.
  std::string request_sha256;    ///< Empty: not known, so not compared.
  int retention_days = 30;
  std::string run_id;
  /// A transaction of this owner in which nothing happens for so long may be ended by the target.
  Millis lease{120'000};
};

/// The name under which the units of a key are stamped; `record_hex` is the record's name.
std::string stamp_name_of_record(std::string_view record_hex);
/// The name under which the units of a run without a key are stamped.
std::string stamp_name_of_run(std::string_view run_id);
/// The grant of a run without a key. A resume of that run asks for `epoch` fence + 1.
Grant grant_of_run(std::string run_id, std::string owner, std::uint64_t epoch = 1);

/// The fence is ours; units of `generation` count.
struct TakenOver {
  std::uint64_t generation = 1;
};
/// Another owner was granted this epoch or a higher one: the state store went back. Re-claim above.
struct FenceAhead {
  std::uint64_t epoch = 0;
};
/// The fence was raised for another request, and that execution is neither lapsed nor to run again.
struct OtherRequest {
  std::string request_sha256;
};
using TakeOver = std::variant<TakenOver, FenceAhead, OtherRequest>;

/// The fence row of a key: the newest grant that passed.
struct Fence {
  std::uint64_t epoch = 0;
  std::string owner;
  std::uint64_t generation = 1;
  std::string request_sha256;
  bool operator==(const Fence&) const = default;
};

/// A fence as it is listed.
struct ListedFence {
  std::string key_sha256;  ///< As stamps name the key.
  std::uint64_t epoch = 0;
  std::uint64_t generation = 1;
  std::string run_id;  ///< Of its newest stamp; empty where it has none.
};

struct Stamp {
  std::string unit;
  std::string run_id;
  std::string plan_sha256;
  std::uint64_t epoch = 0;
  std::int64_t rows = -1;  ///< -1: not known.
  bool operator==(const Stamp&) const = default;
};

/// The smallest piece of work that commits at once, with its stamp.
struct Unit {
  std::string name;         ///< Stable across retries: `model:marts.fct_sales@2026-01-02`.
  std::string plan_sha256;  ///< Of the SQL that would run.
  /// Changes the data inside the open transaction; returns the rows changed (-1: not known). May
  /// run again after a rollback, so it keeps nothing from an earlier call.
  std::function<Result<std::int64_t>(warehouse::Connection&)> change;
};

/// A stamp to insert. Rows that are not known yet are set before the commit.
struct NewStamp {
  const Unit* unit;
  std::int64_t rows = -1;
};

/// One session of the target, on which units of one grant are committed. One thread at a time,
/// except `interrupt`. Destroying it ends the session; an open transaction has no effect.
///
/// begin → check_fence → insert_stamps and change, in either order → commit. Any failure: rollback.
class UnitSession {
 public:
  virtual ~UnitSession() = default;
  virtual Status begin() = 0;
  /// Reads the fence, locked where the target can; `LeaseLost` unless it is exactly ours.
  virtual Status check_fence() = 0;
  /// True: inserted, all of them. False: one of them is there already (its owner may be this very
  /// run); the transaction is to be rolled back. Waits for a session that has one of them
  /// uncommitted, where the target can; otherwise that shows at COMMIT as a conflict.
  virtual Result<bool> insert_stamps(const std::vector<NewStamp>& stamps) = 0;
  /// Runs the unit's `change`. Outside a transaction it commits by itself.
  virtual Result<std::int64_t> change(const Unit& unit) = 0;
  virtual Status set_rows(std::string_view unit, std::int64_t rows) = 0;
  virtual warehouse::CommitOutcome commit() = 0;
  /// Harmless when there is no transaction.
  virtual void rollback() = 0;
  /// The stamp of one unit in the grant's generation, read outside any transaction. `Unproven`
  /// where the target keeps no stamps: absence would prove nothing.
  virtual Result<std::optional<Stamp>> read_stamp(std::string_view unit) = 0;
  /// Several units may share a transaction, because a rollback undoes all that it did.
  virtual bool can_group() const = 0;
  /// Makes the running statement fail soon with `Interrupted`. Safe from any thread.
  virtual void interrupt() = 0;
};

/// A warehouse as the run-once protocol sees it. Safe from several threads.
class Target {
 public:
  virtual ~Target() = default;
  /// Stamps commit with the data. Final once open: an open that may not create the meta tables
  /// turns this off, and `downgrade` says why.
  virtual bool stamped() const = 0;
  /// Why a target that could be stamped is not, for the output; empty when there is nothing to say.
  virtual std::optional<Error> downgrade() const = 0;
  /// One process holds it while it is open: it is opened before an adoption is written.
  virtual bool exclusive() const = 0;
  /// How many sessions it uses well at once; at least 1.
  virtual int lanes_max() const = 0;
  /// `TargetBusy` names the holder. Opening an open target does nothing.
  virtual Status open() = 0;
  /// Raises the fence to the grant. Repeating it with the same grant changes nothing.
  virtual Result<TakeOver> take_over(const Grant& grant) = 0;
  virtual Result<std::optional<Fence>> read_fence(std::string_view key_sha256) = 0;
  /// Fences in the order of their names, those after `after`, at most `limit`. None where the
  /// target keeps none.
  virtual Result<std::vector<ListedFence>> list_fences(std::string_view after, int limit);
  /// The stamps of one generation: its units are done.
  virtual Result<std::vector<Stamp>> reconcile(std::string_view key_sha256,
                                               std::uint64_t generation) = 0;
  /// `grant` as taken over: with the epoch that passed and the generation that counts. The session
  /// must not outlive the target.
  virtual Result<std::unique_ptr<UnitSession>> session(const Grant& grant) = 0;
  /// Deletes the fences and stamps of keys that are long past their retention, `limit` keys at
  /// most. Returns how many keys.
  virtual Result<int> sweep(int limit) = 0;
};

}  // namespace rocky::stamp
