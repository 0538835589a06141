#pragma once

#include <cstdint>

namespace rocky::warehouse::duckdb {

// What we use of DuckDB's C types, declared by us because the library is opened at run time. Names
// and layouts follow `duckdb.h` of DuckDB 1.5.5 (https://duckdb.org/docs/stable/clients/c/api),
// without the prefix; the version is checked when the library is loaded.

using idx = std::uint64_t;  // idx_t

// Handles: pointers to structs that only DuckDB looks into.
using Database = struct DatabaseTag*;
using Session = struct SessionTag*;  // duckdb_connection
using Config = struct ConfigTag*;
using Prepared = struct PreparedTag*;    // duckdb_prepared_statement
using Pending = struct PendingTag*;      // duckdb_pending_result
using Chunk = struct ChunkTag*;          // duckdb_data_chunk
using Extracted = struct ExtractedTag*;  // duckdb_extracted_statements
using Vector = struct VectorTag*;
using LogicalType = struct LogicalTypeTag*;
using BoxedValue = struct BoxedValueTag*;  // duckdb_value

/// duckdb_state.
enum State : int { kSuccess = 0, kError = 1 };

/// duckdb_result. Passed by value to some functions, so its size matters; nothing here is read.
struct RawResult {
  idx deprecated[3] = {};
  void* deprecated_columns = nullptr;
  char* deprecated_error = nullptr;
  void* internal = nullptr;
};

/// duckdb_query_progress_type.
struct Progress {
  double percentage;  ///< 0 to 100, or -1: not known.
  std::uint64_t rows_processed;
  std::uint64_t total_rows;
};

/// duckdb_string_t: how a VARCHAR or BLOB cell lies in a vector. Up to 12 bytes are inlined.
union StringCell {
  struct {
    std::uint32_t length;
    char bytes[12];
  } inlined;
  struct {
    std::uint32_t length;
    char prefix[4];
    char* bytes;
  } outside;
};
static_assert(sizeof(StringCell) == 16);

struct ListEntry {  // duckdb_list_entry
  std::uint64_t offset;
  std::uint64_t length;
};
struct Hugeint {  // duckdb_hugeint
  std::uint64_t lower;
  std::int64_t upper;
};
struct Uhugeint {  // duckdb_uhugeint
  std::uint64_t lower;
  std::uint64_t upper;
};
struct Decimal {  // duckdb_decimal
  std::uint8_t width;
  std::uint8_t scale;
  Hugeint value;
};
struct Interval {  // duckdb_interval
  std::int32_t months;
  std::int32_t days;
  std::int64_t micros;
};
struct Bits {  // duckdb_bit
  std::uint8_t* data;
  idx size;
};

/// duckdb_type: the kind of a logical type.
enum class TypeId : int {
  Boolean = 1,
  Tinyint,
  Smallint,
  Integer,
  Bigint,
  Utinyint,
  Usmallint,
  Uinteger,
  Ubigint,
  Float,
  Double,
  Timestamp,
  Date,
  Time,
  Interval,
  Hugeint,
  Varchar,
  Blob,
  Decimal,
  TimestampS,
  TimestampMs,
  TimestampNs,
  Enum,
  List,
  Struct,
  Map,
  Uuid,
  Union,
  Bit,
  TimeTz,
  TimestampTz,
  Uhugeint,
  Array,
  Any,
  Bignum,
  SqlNull,
  StringLiteral,
  IntegerLiteral,
  TimeNs,
  Geometry,
  Variant,
};

/// duckdb_result_type.
enum class ResultKind : int { Invalid = 0, ChangedRows = 1, Nothing = 2, Rows = 3 };

/// duckdb_statement_type; those we tell apart.
enum class StatementKind : int { Create = 7, Transaction = 10, Set = 20 };

/// duckdb_error_type; those we tell apart.
enum class ErrorType : int {
  OutOfRange = 1,
  Conversion = 2,
  Decimal = 4,
  MismatchType = 5,
  DivideByZero = 6,
  InvalidType = 8,
  Serialization = 9,
  Transaction = 10,
  NotImplemented = 11,
  Expression = 12,
  Catalog = 13,
  Parser = 14,
  Planner = 15,
  Constraint = 18,
  Connection = 21,
  Syntax = 22,
  Settings = 23,
  Binder = 24,
  Network = 25,
  Io = 28,
  Interrupt = 29,
  Fatal = 30,
  Internal = 31,
  InvalidInput = 32,
  OutOfMemory = 33,
  Permission = 34,
  Dependency = 37,
  Http = 38,
  MissingExtension = 39,
  Autoload = 40,
  DataCorruption = 43,
};

}  // namespace rocky::warehouse::duckdb
