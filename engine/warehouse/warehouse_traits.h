#pragma once

#include <string_view>

namespace rocky::warehouse {

/// What is true of a kind of warehouse. One constant value each; read by the planner, the stamps
/// and the conformance suite alike.
struct WarehouseTraits {
  std::string_view type;         ///< As in `[adapter.NAME] type`.
  bool stamps_commit_with_data;  ///< DDL and DML of one transaction commit together with our stamp.
  bool exclusive;                ///< One process holds the target while it is open (a DuckDB file).
  bool fence_share_lock;         ///< Units lock the fence row against a take-over (`FOR SHARE`).
  bool parallel_transactions;
  int identifier_bytes_max;
};

}  // namespace rocky::warehouse
