#pragma once

#include <string>

#include "base/clock.h"
#include "base/secret.h"

namespace rocky::warehouse::postgres {

struct PostgresSettings {
  std::string host;  ///< Name, address, or directory of its socket.
  int port = 5432;
  std::string database;
  std::string username;  ///< Empty: as libpq finds it.
  Secret password;       ///< Empty: as libpq finds it.
  Millis connect_timeout{30'000};
};

}  // namespace rocky::warehouse::postgres
