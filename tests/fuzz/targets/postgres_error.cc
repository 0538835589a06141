#include "warehouse/postgres/postgres_error.h"

#include "base/check.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {

/// libpq's text for a failed connection.
void postgres_error(std::string_view bytes) {
  ROCKY_CHECK(!warehouse::postgres::connect_error(bytes, "host=a").message.empty());
}

}  // namespace rocky::fuzz
