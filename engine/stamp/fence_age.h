#pragma once

#include <string_view>

#include "stamp/meta_tables.h"
#include "warehouse/warehouse_traits.h"

namespace rocky::stamp {

/// How long a fence and its stamps are kept after its retention.
constexpr int kSweepDelayDays = 7;

/// Whether nothing happened under a fence for longer than its retention and `days` more, by the
/// target's clock: it was not raised, and no unit was committed. False where there is no fence.
Result<bool> fence_is_past(warehouse::Connection& connection, const MetaTables& tables,
                           std::string_view key_sha256, int days);

/// Deletes the fences of at most `limit` keys that are past their retention by a week, each with
/// its stamps in one transaction that locks the fence. A key that is taken over meanwhile stays.
/// Returns how many keys are gone.
Result<int> sweep_fences(warehouse::Connection& connection, const MetaTables& tables,
                         const warehouse::WarehouseTraits& traits, int limit);

}  // namespace rocky::stamp
