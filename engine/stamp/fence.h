#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "stamp/meta_tables.h"
#include "stamp/target.h"
#include "warehouse/warehouse_traits.h"

namespace rocky::stamp {

/// The fence row that a take-over finds, locked.
struct FoundFence {
  Fence fence;
  /// Nothing happened under it for longer than its retention, by the target's clock.
  bool aged = false;
};

/// What a take-over comes to. A stamp counts for one generation, so the generation alone says
/// whether earlier work still counts; an absent record never does.
TakeOver decide_take_over(const std::optional<FoundFence>& found, const Grant& grant);

/// Raises the fence to the grant in one transaction. After an Error roll back; one that `may_pass`
/// is to be tried again, and finds its own work when only the reply to COMMIT was lost.
Result<TakeOver> raise_fence(warehouse::Connection& connection, const MetaTables& tables,
                             const warehouse::WarehouseTraits& traits, const Grant& grant);

Result<std::vector<ListedFence>> list_fences(warehouse::Connection& connection,
                                             const MetaTables& tables, std::string_view after,
                                             int limit);

Result<std::optional<Fence>> find_fence(warehouse::Connection& connection, const MetaTables& tables,
                                        std::string_view key_sha256);

}  // namespace rocky::stamp
