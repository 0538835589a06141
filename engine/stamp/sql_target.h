#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "stamp/target.h"

namespace rocky::stamp {

struct SqlTargetSetup {
  /// Gives the warehouse, opening it at the first call; `TargetBusy` when another process holds it.
  /// The same one each time; it outlives the target.
  std::function<Result<warehouse::Warehouse*>()> open_warehouse;
  warehouse::WarehouseTraits traits;  ///< Of that warehouse; known before it is opened.
  std::string meta_schema = "_rocky";
  int lanes_max = 32;  ///< Sessions that it uses well at once; of an embedded one, the processors.
  Clock* clock = nullptr;
  Random* random = nullptr;
};

/// A target that keeps fence and stamps in tables beside the data, and commits them together with
/// it.
///
/// `open` makes the meta tables where they are missing. Where the right to make them is missing,
/// the target goes on unstamped and says so through `downgrade`.
std::unique_ptr<Target> sql_target(SqlTargetSetup setup);

/// A target whose statements cannot commit together with a stamp: every unit runs, and what an
/// earlier attempt did is not known. Each unit commits alone.
std::unique_ptr<Target> unstamped_target(SqlTargetSetup setup);

}  // namespace rocky::stamp
