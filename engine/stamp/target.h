#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "errors/error.h"
#include "warehouse/warehouse.h"

namespace rocky::stamp {

/// Who asks for a target, as the fence keeps it: one claim of one key.
struct Grant {
  std::string key_sha256;
  std::uint64_t epoch = 0;
  std::string owner;             ///< The claim's owner nonce; the same for the whole claim.
  std::uint64_t generation = 1;  ///< The record's.
  bool afresh = false;           ///< The record says that everything is to run again.
  std::string request_sha256;
  int retention_days = 30;
  std::string run_id;
};

/// The fence is ours; units of `generation` count.
struct TakenOver {
  std::uint64_t generation = 1;
};
/// Another owner was granted this epoch or a higher one: the state store went back. Re-claim above
/// it.
struct FenceAhead {
  std::uint64_t epoch = 0;
};
/// The fence was raised for another request, and that execution is neither lapsed nor to run again.
struct OtherRequest {
  std::string request_sha256;
};
using TakeOver = std::variant<TakenOver, FenceAhead, OtherRequest>;

struct Stamp {
  std::string unit;
  std::string run_id;
  std::string plan_sha256;
  std::uint64_t epoch = 0;
  std::int64_t rows = -1;
};

/// The smallest piece of work that commits at once, with its stamp.
struct Unit {
  std::string name;         ///< Stable across retries: `model:fct_sales@2026-01-02`.
  std::string plan_sha256;  ///< Of the SQL that would run.
  /// Changes the data inside the open transaction; returns the rows changed (-1: not known). May
  /// run again after a rollback, so it keeps nothing from an earlier call.
  std::function<Result<std::int64_t>(warehouse::Connection&)> change;
};

/// One session of the target, on which units are committed. One thread at a time.
///
/// begin → insert_stamps → change … → set_rows → commit. Any failure: rollback.
class UnitSession {
 public:
  virtual ~UnitSession() = default;
  virtual Status begin() = 0;
  /// Reads the fence, locked where the target can; `LeaseLost` unless it is exactly ours.
  virtual Status check_fence(const Grant& grant) = 0;
  /// True: inserted. False: one of them is there already (its owner may be this very run).
  virtual Result<bool> insert_stamps(const Grant& grant, const std::vector<const Unit*>& units) = 0;
  virtual Result<std::int64_t> change(const Unit& unit) = 0;
  virtual Status set_rows(const Grant& grant,
                          const std::vector<std::pair<std::string, std::int64_t>>& rows) = 0;
  virtual warehouse::CommitOutcome commit() = 0;
  virtual void rollback() = 0;
  /// The stamp of one unit, read outside any transaction.
  virtual Result<std::optional<Stamp>> read_stamp(const Grant& grant, std::string_view unit) = 0;
  virtual void interrupt() = 0;
};

/// A warehouse as the run-once protocol sees it. Safe from several threads.
class Target {
 public:
  virtual ~Target() = default;
  virtual bool stamped() const = 0;
  /// One process holds it while it is open: it is opened before an adoption is written.
  virtual bool exclusive() const = 0;
  /// `TargetBusy` names the holder. Opening an open target does nothing.
  virtual Status open() = 0;
  virtual Result<TakeOver> take_over(const Grant& grant) = 0;
  virtual Result<std::vector<Stamp>> reconcile(std::string_view key_sha256,
                                               std::uint64_t generation) = 0;
  virtual Result<std::unique_ptr<UnitSession>> session() = 0;
};

}  // namespace rocky::stamp
