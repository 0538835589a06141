#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "stamp/meta_tables.h"
#include "stamp/target.h"

namespace rocky::stamp {

/// The stamps of one generation of a key, in the order in which they were committed.
Result<std::vector<Stamp>> find_stamps(warehouse::Connection& connection, const MetaTables& tables,
                                       std::string_view key_sha256, std::uint64_t generation);

Result<std::optional<Stamp>> find_stamp(warehouse::Connection& connection, const MetaTables& tables,
                                        const Grant& grant, std::string_view unit);

}  // namespace rocky::stamp
