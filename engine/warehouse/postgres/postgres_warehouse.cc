#include "warehouse/postgres/postgres_warehouse.h"

#include <atomic>
#include <utility>

#include "warehouse/postgres/postgres_connection.h"
#include "warehouse/postgres/postgres_dialect.h"

namespace rocky::warehouse::postgres {
namespace {

class PostgresWarehouse final : public Warehouse {
 public:
  PostgresWarehouse(Clock& clock, PostgresSettings settings)
      : clock_(clock), settings_(std::move(settings)) {}

  const WarehouseTraits& traits() const override { return kTraits; }
  const sql::Dialect& dialect() const override { return postgres::dialect(); }
  std::string default_catalog() const override { return settings_.database; }
  std::string default_schema() const override { return "public"; }

  using Warehouse::connect;
  Result<std::unique_ptr<Connection>> connect(const SessionPurpose& purpose) override {
    const auto open = [this](const SessionPurpose& asked) { return open_session(asked); };
    return postgres::connect(open, purpose);
  }

  // The server writes its log out by itself.
  Status checkpoint() override { return {}; }

 private:
  Result<std::unique_ptr<PostgresSession>> open_session(const SessionPurpose& purpose) {
    auto session = PostgresSession::open(clock_, settings_, purpose, was_there_);
    if (session) was_there_ = true;
    return session;
  }

  Clock& clock_;
  const PostgresSettings settings_;
  std::atomic<bool> was_there_ = false;
};

}  // namespace

std::unique_ptr<Warehouse> open_postgres(Clock& clock, PostgresSettings settings) {
  return std::make_unique<PostgresWarehouse>(clock, std::move(settings));
}

}  // namespace rocky::warehouse::postgres
