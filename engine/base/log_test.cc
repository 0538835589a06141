#include "base/log.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace rocky {
namespace {

class FixedClock final : public Clock {
 public:
  BootTime boot_now() const override { return {}; }
  WallTime wall_now() const override {
    return {std::chrono::nanoseconds(1'500'000'000'123'456'789)};
  }
  void sleep_for(Millis) override {}
};

std::string logged(const LogOptions& options) {
  FixedClock clock;
  SecretRegistry secrets;
  secrets.add("hunter2");
  testing::internal::CaptureStderr();
  const auto log = open_stderr_log(options, clock, secrets);
  log->info("connected user=`{}` password=`{}`", "me", "hunter2");
  log->warning("slow");
  return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesWhatItsLevelLetsThroughWithSecretsMasked) {
  EXPECT_EQ(logged({.level = LogLevel::Info}),
            "2017-07-14T02:40:00.123Z info connected user=`me` password=`***`\n"
            "2017-07-14T02:40:00.123Z warning slow\n");
  EXPECT_EQ(logged({.level = LogLevel::Warning}), "2017-07-14T02:40:00.123Z warning slow\n");
  EXPECT_EQ(logged({.level = LogLevel::Off}), "");
}

TEST(Log, WritesOneJsonObjectALine) {
  const std::string line = logged({.level = LogLevel::Warning, .format = LogFormat::Json});
  EXPECT_EQ(line,
            "{\"time\":\"2017-07-14T02:40:00.123Z\",\"level\":\"warning\",\"message\":\"slow\"}\n");
}

TEST(Log, KnowsTheLevelsThatPeopleName) {
  EXPECT_EQ(parse_log_level("warn"), LogLevel::Warning);
  EXPECT_EQ(parse_log_level("debug"), LogLevel::Debug);
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
}

}  // namespace
}  // namespace rocky
