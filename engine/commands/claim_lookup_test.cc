#include "commands/claim_lookup.h"

#include <gmock/gmock.h>

#include "fakes/scratch_directory.h"
#include "fakes/scripted_store.h"
#include "fakes/test_world.h"
#include "state/memory/memory_backend.h"

namespace rocky::commands {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A store that hosts share, with names under `idempotency/`; what stands there does not matter.
class ClaimLookup : public testing::Test {
 protected:
  ClaimLookup() {
    StoreAddress address;
    address.settings.scheme = "memory";
    address.settings.path = directory_.path("state.db");
    address.id = address.server_id = "shared";
    office_.emplace(ClaimsOffice{
        {}, RunStore(world_.world, address, std::make_unique<fakes::ScriptedStore>(memory_), {})});
  }

  void put(const std::string& name) {
    ASSERT_TRUE(memory_.create("idempotency/" + name, "damaged", {}).has_value());
  }
  Result<NamedKey> find(const std::string& argument) {
    return find_key(world_.world, *office_, argument);
  }
  std::vector<std::string> listed(int page_size) {
    std::vector<std::string> digests;
    std::string after;
    do {
      const ClaimPage page = *claims_after(world_.world, office_->store, after, page_size);
      for (const auto& claim : page.claims) digests.push_back(claim.key_sha256);
      after = page.next;
    } while (!after.empty());
    return digests;
  }

  fakes::TestWorld world_;
  ScratchDirectory directory_;
  state::MemoryBackend memory_{world_.clock, state::MemoryBackend::WithLiveness::No};
  std::optional<ClaimsOffice> office_;
};

const std::string kFirst(64, 'a');
const std::string kSecond(64, 'b');

TEST_F(ClaimLookup, NamesThatVersion1LeftAmongOursAreNoKeys) {
  for (const std::string& name : {kFirst, kSecond}) put(name);
  for (const char* name : {"a-key", "aaaa", "bb", "nightly", "weekly"}) put(name);
  for (const int page_size : {1, 2, 3, 100})
    EXPECT_THAT(listed(page_size), ElementsAre(kFirst, kSecond)) << page_size;
  EXPECT_EQ(find("sha256:aaaa")->digest, kFirst);
}

TEST_F(ClaimLookup, ADigestIsNamedByFourOfItsDigitsAndNeverByNone) {
  put(kFirst);
  for (const char* argument : {"sha256:", "sha256:aaa", "sha256:nightly", "sha256:aaaaz"}) {
    const auto found = find(argument);
    ASSERT_FALSE(found.has_value()) << argument;
    EXPECT_EQ(found.error().code, ErrorCode::Usage) << argument;
  }
  EXPECT_EQ(find("sha256:AAAA")->digest, kFirst);
  EXPECT_EQ(find("sha256:bbbb").error().code, ErrorCode::NotFound);
}

TEST_F(ClaimLookup, OfManyMatchesAFewAreNamed) {
  for (const char last : {'1', '2', '3', '4', '5'}) put(std::string(63, 'a') + last);
  const auto found = find("sha256:aaaa");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::Usage);
  EXPECT_THAT(found.error().hint, HasSubstr("a3, and 2 more"));
}

}  // namespace
}  // namespace rocky::commands
