#include "errors/error_pages.h"

#include <gtest/gtest.h>

#include <set>

namespace rocky {
namespace {

TEST(ErrorPages, EveryErrorHasAPageWithAWayOut) {
  for (const ErrorSpec& spec : all_errors()) {
    const std::string_view page = page_of(spec.code);
    EXPECT_FALSE(page.empty()) << spec.id << " " << spec.name << ": add a page to error_pages.cc";
    EXPECT_NE(page.find("\n\n"), std::string_view::npos) << spec.id << ": the way out is missing";
  }
}

TEST(ErrorPages, LinesFitATerminal) {
  for (const ErrorSpec& spec : all_errors()) {
    std::string_view rest = page_of(spec.code);
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      EXPECT_LE(rest.substr(0, end).size(), 100u) << spec.id;
      rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    }
  }
}

TEST(ErrorTable, IdsAndNamesAreUnique) {
  std::set<std::string_view> seen;
  for (const ErrorSpec& spec : all_errors()) {
    EXPECT_TRUE(seen.insert(spec.id).second) << spec.id;
    EXPECT_TRUE(seen.insert(spec.name).second) << spec.name;
  }
}

TEST(ErrorTable, ExitCodesAreThoseThatAreDocumented) {
  const std::set<int> documented = {1, 2, 3, 4, 75, 76, 130};
  for (const ErrorSpec& spec : all_errors())
    EXPECT_TRUE(documented.contains(spec.exit_code)) << spec.id;
}

TEST(ErrorTable, FindsARowByIdOrNameInAnyCase) {
  EXPECT_EQ(find_error("R0421"), ErrorCode::KeyConflict);
  EXPECT_EQ(find_error("r0421"), ErrorCode::KeyConflict);
  EXPECT_EQ(find_error("key_conflict"), ErrorCode::KeyConflict);
  EXPECT_EQ(find_error("R04"), std::nullopt);
}

}  // namespace
}  // namespace rocky
