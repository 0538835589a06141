#include "stamp/sql_rows.h"

#include <utility>

namespace rocky::stamp {
namespace {

template <class T>
Result<T> cell_as(const warehouse::Value& cell, std::string_view type) {
  if (const auto* value = std::get_if<T>(&cell)) return *value;
  return fail(ErrorCode::TargetCorrupt, "a meta table holds something else expected=`{}`", type)
      .with_hint(
          "somebody changed the tables of the meta schema; restore them, or drop the schema "
          "(`DROP SCHEMA _rocky CASCADE`, or as `meta_schema` names it) and accept that it is "
          "forgotten what is committed");
}

}  // namespace

Result<std::int64_t> integer_in(const warehouse::Value& cell) {
  return cell_as<std::int64_t>(cell, "integer");
}

Result<std::string> text_in(const warehouse::Value& cell) {
  return cell_as<std::string>(cell, "text");
}

Result<bool> truth_in(const warehouse::Value& cell) { return cell_as<bool>(cell, "boolean"); }

Result<std::int64_t> rows_in(const warehouse::Value& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return -1;
  return integer_in(cell);
}

warehouse::Value rows_value(std::int64_t rows) {
  if (rows < 0) return std::monostate{};
  return rows;
}

Status committed(warehouse::CommitOutcome outcome) {
  if (auto* unknown = std::get_if<warehouse::CommitUnknown>(&outcome)) {
    unknown->cause.code = ErrorCode::CommitUnknown;
    return std::move(unknown->cause);
  }
  if (auto* rolled_back = std::get_if<warehouse::RolledBack>(&outcome)) {
    if (rolled_back->conflict) rolled_back->cause.code = ErrorCode::SqlConflict;
    return std::move(rolled_back->cause);
  }
  return {};
}

}  // namespace rocky::stamp
