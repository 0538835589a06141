#include "commands/store_address.h"

#include <gmock/gmock.h>

#include "fakes/test_world.h"

namespace rocky::commands {
namespace {

using testing::HasSubstr;
using testing::Not;

class StoreAddressTest : public testing::Test {
 protected:
  StoreAddress address() { return store_address(world_.world, globals_, config_); }

  fakes::TestWorld world_;
  Globals globals_;
  config::RockyConfig config_;
};

TEST_F(StoreAddressTest, ANamespaceIsAFolderOfTheBucket) {
  config_.state.backend = config::StateBackend::S3;
  config_.state.s3_bucket = "b";
  EXPECT_EQ(address().settings.s3.prefix, "rocky/state/");
  config_.state.s3_prefix = "other";
  globals_.state_namespace = "blue";
  EXPECT_EQ(address().settings.s3.prefix, "other/blue/");
  EXPECT_EQ(address().location, "s3://b/other/blue/");
}

TEST_F(StoreAddressTest, ANamespaceIsAPartOfEveryValkeyKey) {
  config_.state.backend = config::StateBackend::Valkey;
  config_.state.valkey_url = Secret("valkey://me:pa@ss@host:6379/2?x=1");
  EXPECT_EQ(address().settings.valkey.prefix, "rocky:state");
  globals_.state_namespace = "blue";
  EXPECT_EQ(address().settings.valkey.prefix, "rocky:state:blue");
  EXPECT_EQ(address().location, "host:6379/2 rocky:state:blue:*") << "nothing secret is in it";
}

TEST_F(StoreAddressTest, StoresThatDifferHaveDifferentIdsAndWhatIsProvenOfAServerHoldsForAllOfIt) {
  config_.state.backend = config::StateBackend::Gcs;
  config_.state.gcs_bucket = "b";
  const StoreAddress one = address();
  globals_.state_namespace = "blue";
  const StoreAddress other = address();
  EXPECT_NE(one.id, other.id);
  EXPECT_EQ(one.server_id, other.server_id);
  config_.state.gcs_bucket = "c";
  EXPECT_NE(address().server_id, one.server_id);
}

TEST(StoreAddressOfEnvironment, AnEndpointThatTheEnvironmentNamesIsAnotherStore) {
  for (const auto& [backend, variable] :
       {std::pair(config::StateBackend::S3, "AWS_ENDPOINT_URL_S3"),
        std::pair(config::StateBackend::Gcs, "STORAGE_EMULATOR_HOST")}) {
    config::RockyConfig config;
    config.state.backend = backend;
    fakes::TestWorld vendor;
    std::map<std::string, std::string, std::less<>> variables;
    variables[variable] = "http://127.0.0.1:9000";
    fakes::TestWorld other(variables);
    const StoreAddress theirs = store_address(vendor.world, {}, config);
    const StoreAddress address = store_address(other.world, {}, config);
    EXPECT_NE(address.id, theirs.id) << variable;
    EXPECT_NE(address.server_id, theirs.server_id) << variable;
    EXPECT_THAT(address.location, HasSubstr("127.0.0.1:9000"));
  }
}

TEST_F(StoreAddressTest, CredentialsInAnEndpointAreNotShown) {
  config_.state.backend = config::StateBackend::S3;
  config_.state.s3_bucket = "b";
  config_.state.s3_endpoint = "http://key:secret@127.0.0.1:9000";
  EXPECT_THAT(address().location, HasSubstr("127.0.0.1:9000"));
  EXPECT_THAT(address().location, Not(HasSubstr("secret")));
}

TEST_F(StoreAddressTest, AnExchangeEndsBeforeTheTransferTimeout) {
  EXPECT_EQ(address().settings.exchange_timeout, Millis(30'000));
  config_.state.transfer_timeout = std::chrono::seconds(2);
  EXPECT_EQ(address().settings.exchange_timeout, Millis(2'000));
}

}  // namespace
}  // namespace rocky::commands
