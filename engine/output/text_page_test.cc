#include "output/text_page.h"

#include <gtest/gtest.h>

namespace rocky::output {
namespace {

const Page kPage = {"two tables",
                    Table{{{"table"}, {"rows", Align::Right}}, {{"orders", "1,204"}, {"ü|x", "7"}}},
                    "done"};

TEST(TextPage, AlignsColumnsForATerminal) {
  EXPECT_EQ(to_terminal(kPage),
            "two tables\n"
            "table    rows\n"
            "──────  ─────\n"
            "orders  1,204\n"
            "ü|x         7\n"
            "done\n");
}

TEST(TextPage, WritesMarkdownWithEscapedCells) {
  EXPECT_EQ(to_markdown(kPage),
            "two tables  \n\n"
            "| table | rows |\n| --- | ---: |\n| orders | 1,204 |\n| ü\\|x | 7 |\n"
            "\ndone  \n");
}

TEST(TextPage, DataCannotSteerTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\tc"), "a [2Jb c");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J\xc2\xa7\xc2"),
            "  2J\xc2\xa7\xc2");
  EXPECT_EQ(to_terminal({"one\x1b[2J\ntwo"}), "one [2J\ntwo\n");
  EXPECT_EQ(to_markdown({"one\x1b[2J"}), "one [2J  \n");
}

TEST(TextPage, GroupsDigits) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1204331), "1,204,331");
  EXPECT_EQ(with_thousands(-1234), "-1,234");
}

TEST(TextPage, WritesDurationsAsPeopleSayThem) {
  EXPECT_EQ(human_duration(420), "0.42s");
  EXPECT_EQ(human_duration(187000), "3m 07s");
  EXPECT_EQ(human_duration(7500000), "2h 05m");
}

}  // namespace
}  // namespace rocky::output
