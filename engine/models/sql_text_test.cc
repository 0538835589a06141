#include "models/sql_text.h"

#include <gmock/gmock.h>

namespace rocky::models {
namespace {

using ::testing::HasSubstr;

const Where kBegin{"models/a.sql", 5, 1};

TEST(SubstituteVariables, PutsValuesInAlsoInsideQuotes) {
  const auto text =
      substitute_variables("select '${var:a}', ${var:b}${var:b}", {{"a", "x"}, {"b", "1"}}, kBegin);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "select 'x', 11");
}

TEST(SubstituteVariables, DoesNotLookIntoValues) {
  EXPECT_EQ(*substitute_variables("${var:a}", {{"a", "${var:b}"}}, kBegin), "${var:b}");
}

TEST(SubstituteVariables, NamesThePlaceOfAVariableThatIsNotSet) {
  const auto text = substitute_variables("select 1,\n  ${var:regoin}", {{"region", "eu"}}, kBegin);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::VariableNotSet);
  EXPECT_EQ(text.error().where, (Where{"models/a.sql", 6, 3}));
  EXPECT_THAT(text.error().hint, HasSubstr("region"));
}

TEST(SubstituteVariables, PointsAtTheOneOfALineThatIsNotSet) {
  const auto text = substitute_variables("select '${a}${var:region}',\n${var:region} ${var:gone}",
                                         {{"region", "eu"}}, kBegin);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().where, (Where{"models/a.sql", 6, 15}));
}

TEST(SubstituteVariables, RefusesAPlaceholderThatNeverEnds) {
  const auto text = substitute_variables("${var:a", {{"a", "x"}}, kBegin);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().where, kBegin);
}

TEST(SingleStatement, IsFreeOfItsSemicolon) {
  struct Row {
    const char* text;
    const char* statement;
  };
  for (const auto& [text, statement] : {
           Row{"select 1", "select 1"},
           Row{"\n select 1 ;\n\n", "select 1"},
           Row{";; select 1;;", "select 1"},
           Row{"select 1; -- done", "select 1"},
           Row{"select 1; /* a /* nested */ ; */", "select 1"},
           Row{"select 1 -- why; because", "select 1 -- why; because"},
           Row{"select ';' as s;", "select ';' as s"},
           Row{"select 'it''s; so'", "select 'it''s; so'"},
           Row{R"(select E'\'; x';)", R"(select E'\'; x')"},
           Row{R"(select E'it''s \' ; x';)", R"(select E'it''s \' ; x')"},
           Row{"select '', '''';", "select '', ''''"},
           Row{R"(select '\';)", R"(select '\')"},
           Row{R"(select 1 as ";")", R"(select 1 as ";")"},
           Row{"select $$a;b$$, $t$ ; $$ ; $t$;", "select $$a;b$$, $t$ ; $$ ; $t$"},
           Row{"select a$b from t;", "select a$b from t"},
       }) {
    const auto found = single_statement(text, kBegin);
    ASSERT_TRUE(found) << text << ": " << found.error().message;
    EXPECT_EQ(*found, statement) << text;
  }
}

TEST(SingleStatement, RefusesASecondOneAndSaysWhereItBegins) {
  const auto found = single_statement("select 1;\nselect 2", kBegin);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::ModelSql);
  EXPECT_EQ(found.error().where, (Where{"models/a.sql", 6, 1}));
}

TEST(SingleStatement, RefusesTextWithoutOne) {
  for (const auto* text : {"", " \n", ";", "-- nothing here", "/* never closed"}) {
    EXPECT_FALSE(single_statement(text, kBegin)) << text;
  }
}

}  // namespace
}  // namespace rocky::models
