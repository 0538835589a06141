#include "output/error_text.h"

#include <gtest/gtest.h>

namespace rocky::output {
namespace {

const std::string_view kFile = "[state]\nbackend = \"local\"\n  retention_day = 30\n";

TEST(ErrorText, ShowsCodePlaceFrameNotesAndTheWayOut) {
  const Error error = fail(ErrorCode::ConfigUnknownKey, "unknown key key=`retention_day`")
                          .at({"rocky.toml", 3, 3})
                          .with_note("in table [state]")
                          .with_hint("did you mean `retention_days`?");
  EXPECT_EQ(error_text(error, kFile),
            "error[R0103]: unknown key key=`retention_day`\n"
            "  --> rocky.toml:3:3\n"
            "  |\n"
            "3 |   retention_day = 30\n"
            "  |   ^\n"
            "  note: in table [state]\n"
            "  help: did you mean `retention_days`?\n");
}

TEST(ErrorText, NamesTheFileWhenItsTextIsNotKnown) {
  const Error error = fail(ErrorCode::ModelSql, "syntax error").at({"models/a.sql", 0, 0});
  EXPECT_EQ(error_text(error, std::nullopt), "error[R0205]: syntax error\n  --> models/a.sql\n");
}

TEST(ErrorText, SurvivesAPlaceOutsideOfTheFile) {
  const Error error = fail(ErrorCode::ConfigSyntax, "oops").at({"rocky.toml", 99, 500});
  EXPECT_EQ(error_text(error, kFile), "error[R0102]: oops\n  --> rocky.toml:99:500\n");
  const Error far_right = fail(ErrorCode::ConfigSyntax, "oops").at({"rocky.toml", 1, 500});
  EXPECT_EQ(error_text(far_right, kFile).find('^'), std::string::npos);
}

TEST(ErrorText, PutsTheCaretBelowTheCharacterAfterNonAsciiText) {
  const Error error = fail(ErrorCode::ConfigSyntax, "oops").at({"f", 1, 3});
  EXPECT_NE(error_text(error, "äöx").find("| äöx\n  |   ^\n"), std::string::npos)
      << error_text(error, "äöx");
}

}  // namespace
}  // namespace rocky::output
