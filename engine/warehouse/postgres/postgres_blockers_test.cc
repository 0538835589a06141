#include "warehouse/postgres/postgres_blockers.h"

#include <gmock/gmock.h>

namespace rocky::warehouse::postgres {
namespace {

const SessionPurpose kOurs{.key_sha256 = std::string(64, 'a'), .epoch = 12};

TEST(PostgresSessionNames, HoldKeyAndEpoch) {
  EXPECT_EQ(application_name_of(kOurs), "rocky:aaaaaaaa:12");
  EXPECT_EQ(application_name_of({}), "rocky");
  EXPECT_EQ(epoch_in(application_name_of(kOurs), kOurs), 12u);
}

TEST(PostgresSessionNames, OfOthersHaveNoEpochOfOurs) {
  for (const char* other : {"rocky", "psql", "", "rocky:bbbbbbbb:3", "rocky:aaaaaaaa:",
                            "rocky:aaaaaaaa:3x", "rocky:aaaaaaaa:-3", "rocky:aaaaaaaa"}) {
    EXPECT_EQ(epoch_in(other, kOurs), 0u) << other;
  }
  EXPECT_EQ(epoch_in("rocky", {}), 0u);
  EXPECT_EQ(epoch_in("rocky:1", {}), 0u);
}

TEST(PostgresFence, OfWhomItIsSaidToBeHeldIsWhoHoldsIt) {
  const Error other = fence_held_by("pid 4711 (psql)");
  EXPECT_EQ(other.code, ErrorCode::TargetBusy);
  EXPECT_THAT(other.message, testing::HasSubstr("pid 4711 (psql)"));
  const Error prepared = fence_held_by("a prepared transaction");
  EXPECT_EQ(prepared.code, ErrorCode::TargetBusy);
  EXPECT_THAT(prepared.hint, testing::HasSubstr("pg_prepared_xacts"));
  EXPECT_EQ(fence_held_by("").code, ErrorCode::Timeout);
}

}  // namespace
}  // namespace rocky::warehouse::postgres
