#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/threads.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse {

/// What an adapter of the configuration says, by whatever type; a type reads what concerns it.
struct WarehouseSettings {
  std::string type;
  std::string path;                     ///< duckdb: the file; empty or `:memory:`: in memory.
  int threads = 0;                      ///< duckdb; 0: what the machine or container allows.
  std::string memory_limit;             ///< duckdb: `4GB`; empty: 80 % of what there is.
  std::string temp_directory;           ///< duckdb; empty: beside the file.
  std::string max_temp_directory_size;  ///< duckdb: `50GB`; empty: 90 % of the free space.
  /// Nothing will be written. duckdb: beside other readers, and no file is made; a file that is not
  /// there is taken for an empty database.
  bool read_only = false;
  Millis lock_timeout{0};  ///< duckdb: how long to wait for the file.
  /// Ends that wait, and every wait for a server. May be null.
  const Cancellation* cancellation = nullptr;
  std::string host;                ///< postgres: name, address, or directory of its socket.
  int port = 5432;                 ///< postgres.
  std::string database;            ///< postgres.
  std::string username;            ///< postgres; empty: as libpq finds it.
  Secret password;                 ///< postgres; empty: as libpq finds it.
  Millis connect_timeout{30'000};  ///< postgres.
  /// postgres: what asks it to end a statement without waiting for it. May be null.
  Threads* thread_source = nullptr;
};

/// One type of warehouse.
struct Registration {
  WarehouseTraits traits;
  std::unique_ptr<Warehouse> (*open)(Clock&, const WarehouseSettings&);
};

/// Every type there is.
std::span<const Registration> registrations();

/// Makes the warehouse; nothing is opened or loaded before its first connection. `ConfigValue` when
/// there is no such type.
Result<std::unique_ptr<Warehouse>> open_warehouse(Clock& clock, const WarehouseSettings& settings);

}  // namespace rocky::warehouse
