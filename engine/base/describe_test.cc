#include "base/describe.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rocky {
namespace {

enum class Colour { Red, Green };

struct Point {
  int x = 0;
  int y = 0;
  static constexpr void describe(auto field) {
    field("x", &Point::x, "Metres to the right.");
    field("y", &Point::y, "Metres up.");
  }
};

struct Everything {
  std::string text;
  Point nested;
  std::optional<std::string> maybe_text;
  std::optional<Point> maybe_nested;
  std::vector<Point> points;
  std::vector<std::string> names;
  std::map<std::string, std::int64_t> counts;
  bool flag = false;
  double real = 0;
  Colour colour = Colour::Red;
  nlohmann::ordered_json json;
  std::variant<int, std::string> either;
  std::optional<nlohmann::ordered_json> maybe_json;
};

struct Forgetful {
  int told = 0;
  std::optional<int> forgotten;
  static constexpr void describe(auto field) { field("told", &Forgetful::told, "Told."); }
};

struct ForgetfulOfText {
  int told = 0;
  std::string forgotten;
  static constexpr void describe(auto field) { field("told", &ForgetfulOfText::told, "Told."); }
};

struct Nothing {};

static_assert(describe_detail::count_members<Nothing>() == 0);
static_assert(describe_detail::count_members<Point>() == 2);
static_assert(describe_detail::count_members<Everything>() == 13);
static_assert(fully_described<Point>());
static_assert(!fully_described<Forgetful>());
static_assert(!fully_described<ForgetfulOfText>());

TEST(Describe, AForgottenMemberIsNoticedAtCompileTime) {
  EXPECT_EQ(described_fields<Forgetful>(), 1u);
  EXPECT_FALSE(fully_described<Forgetful>());
}

}  // namespace
}  // namespace rocky
