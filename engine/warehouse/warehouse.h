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
#include "sql/dialect.h"
#include "sql/identifier.h"
#include "warehouse/warehouse_traits.h"

namespace rocky::warehouse {

/// One cell. Types without a case of their own (dates, decimals, nested) come as their SQL text.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

struct ColumnInfo {
  std::string name;
  std::string type;  ///< As the warehouse spells it: `DECIMAL(10,2)`.
  bool operator==(const ColumnInfo&) const = default;
};

struct Rows {
  std::vector<ColumnInfo> columns;
  std::vector<std::vector<Value>> rows;
};

struct Committed {};
/// Surely not committed; the transaction is over. `conflict`: another transaction was first (also a
/// duplicate key found at COMMIT), so the same work may succeed when run again.
struct RolledBack {
  Error cause;
  bool conflict = false;
};
/// The reply was lost: it may be committed, now or later.
struct CommitUnknown {
  Error cause;
};
/// What became of a COMMIT. Three cases, and the caller must treat all three.
using CommitOutcome = std::variant<Committed, RolledBack, CommitUnknown>;

/// One session. Not safe from several threads, except `interrupt` and `progress`.
///
/// After any failed statement of a transaction the only way on is `rollback`: DuckDB's COMMIT of a
/// dead transaction reports success and rolls back.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual Status begin() = 0;
  virtual CommitOutcome commit() = 0;
  /// Ends the transaction without effect; harmless when there is none.
  virtual void rollback() = 0;

  /// Runs one statement and returns the rows it changed (those of a CREATE TABLE AS included), 0
  /// for one that changes none, or -1 where the warehouse does not tell.
  virtual Result<std::int64_t> execute(std::string_view sql) = 0;
  /// As `execute`, with `$1`, `$2` … bound. A statement that is costly to prepare is prepared once
  /// per text and kept.
  virtual Result<std::int64_t> execute(std::string_view sql,
                                       const std::vector<Value>& arguments) = 0;
  /// Runs one statement and returns all its rows. For results known to be small.
  virtual Result<Rows> query(std::string_view sql, const std::vector<Value>& arguments) = 0;
  Result<Rows> query(std::string_view sql) { return query(sql, {}); }

  /// The columns of a table in order, or empty optional when it surely does not exist. An error is
  /// neither: a table that could not be looked at is not an absent one.
  virtual Result<std::optional<std::vector<ColumnInfo>>> describe(
      const sql::QualifiedName& table) = 0;

  /// Makes the running statement fail soon with `Interrupted`, or, between two statements of a
  /// transaction, the next one. Forgotten as the transaction ends; where neither runs it has no
  /// effect. Safe from any thread.
  virtual void interrupt() = 0;
  /// How far the running statement is, 0 to 1, if the warehouse can tell. Safe from any thread.
  virtual std::optional<double> progress() = 0;
};

/// What a session is for. A server shows it to those who look at its sessions, so that a later
/// owner of a key finds what an earlier one left behind. Without meaning where one process holds
/// the database.
struct SessionPurpose {
  std::string key_sha256;   ///< Of the key whose units it commits; empty: of none.
  std::uint64_t epoch = 0;  ///< Of the owner of that key.
  /// A transaction in which nothing runs for longer than this is ended by the server; 0: never.
  Millis idle_max{0};
  /// A statement that has waited for long ends the sessions of lower epochs of the key that it
  /// waits for. `TargetBusy` names what it cannot end.
  bool ends_older_sessions = false;
};

/// A target or source of data. Safe to use from several threads; must outlive its connections.
class Warehouse {
 public:
  virtual ~Warehouse() = default;
  virtual const WarehouseTraits& traits() const = 0;
  virtual const sql::Dialect& dialect() const = 0;
  virtual Result<std::unique_ptr<Connection>> connect(const SessionPurpose& purpose) = 0;
  Result<std::unique_ptr<Connection>> connect() { return connect(SessionPurpose{}); }
  /// The catalog that an empty one stands for, e.g. the stem of the DuckDB file.
  virtual std::string default_catalog() const = 0;
  /// The schema that an empty one stands for: `main`.
  virtual std::string default_schema() const = 0;
  /// Writes out what the warehouse keeps in a log, so that the next open is quick. Called once at
  /// the end of a run, when no transaction is open.
  virtual Status checkpoint() = 0;
};

}  // namespace rocky::warehouse
