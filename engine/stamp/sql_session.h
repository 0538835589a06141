#pragma once

#include <memory>

#include "stamp/meta_tables.h"
#include "stamp/target.h"
#include "warehouse/warehouse_traits.h"

namespace rocky::stamp {

/// A session whose units commit with their stamps.
std::unique_ptr<UnitSession> stamped_session(std::unique_ptr<warehouse::Connection> connection,
                                             const MetaTables& tables,
                                             const warehouse::WarehouseTraits& traits, Grant grant);

/// A session that keeps no stamps. Where the warehouse has no transactions over several statements,
/// each statement commits alone.
std::unique_ptr<UnitSession> unstamped_session(std::unique_ptr<warehouse::Connection> connection,
                                               const warehouse::WarehouseTraits& traits);

}  // namespace rocky::stamp
