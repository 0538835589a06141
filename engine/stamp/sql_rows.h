#pragma once

#include <cstdint>
#include <string>

#include "errors/error.h"
#include "warehouse/warehouse.h"

namespace rocky::stamp {

// Cells of our own tables. Another type than the one we declared means that somebody changed them.
Result<std::int64_t> integer_in(const warehouse::Value& cell);
Result<std::string> text_in(const warehouse::Value& cell);
Result<bool> truth_in(const warehouse::Value& cell);

/// -1 for NULL.
Result<std::int64_t> rows_in(const warehouse::Value& cell);
/// NULL for -1.
warehouse::Value rows_value(std::int64_t rows);

/// A number of ours as SQL has it: BIGINT is signed.
inline warehouse::Value number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// The outcome of a COMMIT as a Status: a conflict is `SqlConflict`, a lost reply `CommitUnknown`.
Status committed(warehouse::CommitOutcome outcome);

}  // namespace rocky::stamp
