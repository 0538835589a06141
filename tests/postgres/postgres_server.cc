#include "postgres/postgres_server.h"

#include <stdexcept>

#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"

namespace rocky::postgres_testing {
namespace {

std::string variable(const char* name, const char* otherwise) {
  return system_environment().get(name).value_or(otherwise);
}

std::unique_ptr<warehouse::Warehouse> open_warehouse(const warehouse::WarehouseSettings& settings) {
  return std::move(warehouse::open_warehouse(system_clock(), settings)).value();
}

void run(const warehouse::WarehouseSettings& server, const std::string& sql) {
  const auto warehouse = open_warehouse(server);
  const auto connection = warehouse->connect();
  if (!connection) throw std::runtime_error(connection.error().message);
  const auto done = (*connection)->execute(sql);
  if (!done) throw std::runtime_error(done.error().message);
}

}  // namespace

std::string unavailable() {
  if (!variable("ROCKY_TEST_POSTGRES_HOST", "").empty()) return "";
  return "no PostgreSQL: set ROCKY_TEST_POSTGRES_HOST, _PORT, _DATABASE, _USER and _PASSWORD";
}

warehouse::WarehouseSettings server() {
  warehouse::WarehouseSettings settings;
  settings.type = "postgres";
  settings.host = variable("ROCKY_TEST_POSTGRES_HOST", "");
  settings.port = std::stoi(variable("ROCKY_TEST_POSTGRES_PORT", "5432"));
  settings.database = variable("ROCKY_TEST_POSTGRES_DATABASE", "postgres");
  settings.username = variable("ROCKY_TEST_POSTGRES_USER", "");
  settings.password = Secret(variable("ROCKY_TEST_POSTGRES_PASSWORD", ""));
  settings.thread_source = &system_threads();
  return settings;
}

Database::Database(warehouse::WarehouseSettings server)
    : server_(std::move(server)), settings_(server_) {
  settings_.database = "rocky_test_" + random_hex(system_random(), 12);
  run(server_, "CREATE DATABASE " + settings_.database);
}

Database::~Database() {
  try {
    run(server_, "DROP DATABASE IF EXISTS " + settings_.database + " WITH (FORCE)");
  } catch (const std::runtime_error&) {
    // The server is gone, and with it what was to be tidied up.
  }
}

std::unique_ptr<warehouse::Warehouse> Database::open() const { return open_warehouse(settings_); }

}  // namespace rocky::postgres_testing
