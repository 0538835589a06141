#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/cancellation.h"
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
  std::string meta_catalog = {};  ///< Empty: the connection's own.
  /// Sessions that it uses well at once. 0: 32 of a server; the processors of an embedded one,
  /// which spreads each statement over them by itself.
  int lanes_max = 0;
  Clock* clock = nullptr;
  Random* random = nullptr;
  /// False: where the meta tables are missing, no key has a fence or a stamp, and it stays so.
  bool makes_tables = true;
  /// Nothing is tried again once it is requested. May be null.
  const Cancellation* cancellation = nullptr;
};

/// The sessions that the target of this setup uses well at once.
int lanes_max(const SqlTargetSetup& setup);

/// A target that keeps fence and stamps in tables beside the data, and commits them together with
/// it; an unstamped one where the traits say that these cannot commit together.
///
/// `open` makes the meta tables where they are missing, unless the setup says otherwise. Where
/// the right to make them is missing, the target goes on unstamped and says so through `downgrade`.
/// Where they may be there and the right to use them is missing, it fails: they tell what must not
/// be done again.
std::unique_ptr<Target> sql_target(SqlTargetSetup setup);

/// A target whose statements cannot commit together with a stamp: every unit runs, and what an
/// earlier attempt did is not known. Each unit commits alone.
std::unique_ptr<Target> unstamped_target(SqlTargetSetup setup);

}  // namespace rocky::stamp
