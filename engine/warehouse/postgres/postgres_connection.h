#pragma once

#include <functional>
#include <memory>

#include "warehouse/postgres/postgres_session.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse::postgres {

/// Opens another session of the same database and role.
using OpenSession =
    std::function<Result<std::unique_ptr<PostgresSession>>(const SessionPurpose& purpose)>;

/// A session of the server, as the contract has it.
Result<std::unique_ptr<Connection>> connect(OpenSession open, const SessionPurpose& purpose);

}  // namespace rocky::warehouse::postgres
