#include "warehouse/registry.h"

#include "base/strings.h"
#include "warehouse/duckdb/duckdb_warehouse.h"
#include "warehouse/postgres/postgres_warehouse.h"

namespace rocky::warehouse {
namespace {

std::unique_ptr<Warehouse> open_duckdb(Clock& clock, const WarehouseSettings& settings) {
  return duckdb::open_duckdb(clock, {.path = settings.path,
                                     .threads = settings.threads,
                                     .memory_limit = settings.memory_limit,
                                     .temp_directory = settings.temp_directory,
                                     .max_temp_directory_size = settings.max_temp_directory_size,
                                     .read_only = settings.read_only,
                                     .lock_timeout = settings.lock_timeout,
                                     .cancellation = settings.cancellation});
}

std::unique_ptr<Warehouse> open_postgres(Clock& clock, const WarehouseSettings& settings) {
  return postgres::open_postgres(clock, {.host = settings.host,
                                         .port = settings.port,
                                         .database = settings.database,
                                         .username = settings.username,
                                         .password = settings.password,
                                         .connect_timeout = settings.connect_timeout,
                                         .cancellation = settings.cancellation,
                                         .thread_source = settings.thread_source});
}

constexpr Registration kWarehouses[] = {
    {duckdb::kTraits, open_duckdb},
    {postgres::kTraits, open_postgres},
};

}  // namespace

std::span<const Registration> registrations() { return kWarehouses; }

Result<std::unique_ptr<Warehouse>> open_warehouse(Clock& clock, const WarehouseSettings& settings) {
  std::vector<std::string> types;
  for (const Registration& known : registrations()) {
    if (known.traits.type == settings.type) return known.open(clock, settings);
    types.emplace_back(known.traits.type);
  }
  return fail(ErrorCode::ConfigValue, "no such type of warehouse: type=`{}`", settings.type)
      .with_hint("known types: " + join(types, ", "));
}

}  // namespace rocky::warehouse
