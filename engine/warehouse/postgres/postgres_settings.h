#pragma once

#include <string>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/threads.h"

namespace rocky::warehouse::postgres {

struct PostgresSettings {
  std::string host;  ///< Name, address, or directory of its socket.
  int port = 5432;
  std::string database;
  std::string username;  ///< Empty: as libpq finds it.
  Secret password;       ///< Empty: as libpq finds it.
  Millis connect_timeout{30'000};
  /// Ends every wait for the server once somebody asked the process to stop. May be null.
  const Cancellation* cancellation = nullptr;
  /// What asks the server to end a statement without waiting for it. Null: it waits.
  Threads* thread_source = nullptr;
};

}  // namespace rocky::warehouse::postgres
