#include "sql/schema_drift.h"

#include <gmock/gmock.h>

namespace rocky::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SafeWidening, IsTheListAndNothingElse) {
  struct Row {
    const char* target;
    const char* source;
    bool safe;
  };
  for (const auto& [target, source, safe] : {
           Row{"INTEGER", "BIGINT", true},
           Row{"int", "long", true},
           Row{"SMALLINT", "INTEGER", true},
           Row{"TINYINT", "BIGINT", true},
           Row{"FLOAT", "DOUBLE", true},
           Row{"DECIMAL(10,2)", "DECIMAL(12,2)", true},
           Row{"DECIMAL(10, 2)", "decimal(10,2)", true},
           Row{"VARCHAR(10)", "VARCHAR(20)", true},
           Row{"VARCHAR(10)", "VARCHAR", true},
           Row{"BIGINT", "VARCHAR", true},
           Row{"BOOLEAN", "STRING", true},
           Row{"DECIMAL(10,2)", "TEXT", true},
           Row{"BIGINT", "INTEGER", false},
           Row{"DOUBLE", "FLOAT", false},
           Row{"DECIMAL(10,2)", "DECIMAL(12,3)", false},
           Row{"DECIMAL(12,2)", "DECIMAL(10,2)", false},
           Row{"VARCHAR(20)", "VARCHAR(10)", false},
           Row{"VARCHAR", "INTEGER", false},
           Row{"DATE", "TIMESTAMP", false},
           Row{"TIMESTAMP", "VARCHAR", false},
           Row{"INTEGER", "DOUBLE", false},
           Row{"UTINYINT", "BIGINT", false},
           Row{"STRUCT(a INTEGER)", "STRUCT(a BIGINT)", false},
           Row{"INTEGER[]", "BIGINT[]", false},
           Row{"BIGINT", "VARCHAR(3)", false},
       }) {
    EXPECT_EQ(is_safe_widening(target, source), safe) << target << " to " << source;
  }
}

TEST(Widening, OfWhatDecidesKeepsOrderAndEquality) {
  struct Row {
    const char* target;
    const char* source;
    bool kept;
  };
  for (const auto& [target, source, kept] : {
           Row{"INTEGER", "BIGINT", true},
           Row{"TINYINT", "SMALLINT", true},
           Row{"DECIMAL(10,2)", "NUMERIC(12,2)", true},
           Row{"VARCHAR(10)", "VARCHAR(20)", true},
           Row{"character varying(10)", "text", true},
           Row{"FLOAT", "DOUBLE", false},
           Row{"BIGINT", "VARCHAR", false},
           Row{"DECIMAL(10,2)", "VARCHAR", false},
           Row{"DOUBLE", "VARCHAR", false},
           Row{"BOOLEAN", "VARCHAR", false},
           Row{"BIGINT", "INTEGER", false},
           Row{"DECIMAL(10,2)", "DECIMAL(12,3)", false},
           Row{"TIMESTAMP", "DATE", false},
       }) {
    EXPECT_EQ(compares_as_before(target, source), kept) << target << " to " << source;
  }
}

TEST(CompareColumns, TwoCasesAreTwoColumnsWhereNamesKeepTheirs) {
  const auto drift = compare_columns({{"ID", "integer"}}, {{"id", "INTEGER"}}, Names::KeepCase);
  EXPECT_EQ(drift.added, (std::vector<Column>{{"ID", "integer"}}));
  EXPECT_EQ(drift.removed, std::vector<std::string>{"id"});
}

TEST(SchemaDrift, ComparesNamesWithoutRegardToCase) {
  const auto drift = compare_columns({{"ID", "integer"}}, {{"id", "INTEGER"}}, Names::FoldCase);
  EXPECT_THAT(drift.changed, IsEmpty());
  EXPECT_THAT(drift.added, IsEmpty());
  EXPECT_THAT(drift.removed, IsEmpty());
}

TEST(SchemaDrift, TakesTwoNamesOfOneTypeForOne) {
  const auto drift = compare_columns(
      {{"a", "text"}, {"b", "numeric(10,2)"}, {"c", "character varying(9)"}, {"d", "INT4[]"}},
      {{"a", "character varying"}, {"b", "DECIMAL(10, 2)"}, {"c", "VARCHAR(9)"}, {"d", "int4[]"}},
      Names::KeepCase);
  EXPECT_THAT(drift.changed, IsEmpty());
}

TEST(SchemaDrift, SeesAnotherLengthOfOneType) {
  const auto drift = compare_columns({{"a", "text"}, {"b", "varchar(9)"}},
                                     {{"a", "varchar(9)"}, {"b", "text"}}, Names::FoldCase);
  EXPECT_EQ(drift.changed.size(), 2U);
  EXPECT_FALSE(drift.widening_suffices);
}

TEST(SchemaDrift, IsNotAboutTheOrderOfColumns) {
  const auto drift = compare_columns({{"b", "DATE"}, {"a", "DATE"}}, {{"a", "DATE"}, {"b", "DATE"}},
                                     Names::FoldCase);
  EXPECT_THAT(drift.changed, IsEmpty());
  EXPECT_THAT(drift.added, IsEmpty());
}

TEST(SchemaDrift, SeesARenameAsOneAddedAndOneRemoved) {
  const auto drift =
      compare_columns({{"new_name", "DATE"}}, {{"old_name", "DATE"}}, Names::FoldCase);
  EXPECT_THAT(drift.added, ElementsAre(Column{"new_name", "DATE"}));
  EXPECT_THAT(drift.removed, ElementsAre("old_name"));
}

TEST(SchemaDrift, OfSafeChangesAloneCanBeWidened) {
  const auto drift = compare_columns({{"a", "BIGINT"}, {"b", "DOUBLE"}},
                                     {{"a", "INTEGER"}, {"b", "FLOAT"}}, Names::FoldCase);
  EXPECT_TRUE(drift.widening_suffices);
  EXPECT_EQ(drift.changed.size(), 2U);
}

TEST(SchemaDrift, WithOneUnsafeChangeCannotBeWidened) {
  const auto drift = compare_columns({{"a", "BIGINT"}, {"b", "DATE"}},
                                     {{"a", "INTEGER"}, {"b", "INTEGER"}}, Names::FoldCase);
  EXPECT_FALSE(drift.widening_suffices);
}

TEST(SchemaDrift, ReasonsNameTheSourceTypeFirst) {
  EXPECT_EQ(describe_changes({{"a", "VARCHAR", "DATE"}, {"b", "DATE", "INTEGER"}}),
            "column 'a' changed VARCHAR → DATE, column 'b' changed DATE → INTEGER");
  EXPECT_EQ(describe_additions({{"c", "DATE"}}), "column 'c' added DATE");
}

}  // namespace
}  // namespace rocky::sql
