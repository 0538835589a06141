#include "warehouse/table_references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "warehouse/registry.h"

namespace rocky::warehouse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TableReferences : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    warehouse_ = open_warehouse(system_clock(), {.type = "duckdb", .threads = 1}).value().release();
    connection_ = warehouse_->connect().value().release();
  }
  static void TearDownTestSuite() {
    delete connection_;
    delete warehouse_;
  }

  References references(const std::string& text) {
    return table_references(*connection_, {&text, 1}).value().at(0);
  }
  std::vector<std::string> names(const std::string& text) {
    const References found = references(text);
    if (!found) return {"error: " + found.error().message};
    std::vector<std::string> out;
    for (const TableReference& reference : *found) out.push_back(reference.name.dotted());
    return out;
  }

  static Warehouse* warehouse_;
  static Connection* connection_;
};
Warehouse* TableReferences::warehouse_ = nullptr;
Connection* TableReferences::connection_ = nullptr;

TEST_F(TableReferences, AreFoundInEveryClause) {
  EXPECT_THAT(names("SELECT * FROM a"), ElementsAre("a"));
  EXPECT_THAT(names("FROM a"), ElementsAre("a"));
  EXPECT_THAT(names("TABLE a"), ElementsAre("a"));
  EXPECT_THAT(names("SELECT * FROM a, b CROSS JOIN c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("SELECT * FROM a x LEFT JOIN b y ON x.i = y.i ASOF JOIN c USING (t)"),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("SELECT (SELECT max(i) FROM a), i IN (SELECT j FROM b) FROM c "
                    "WHERE EXISTS (SELECT 1 FROM d WHERE d.i = c.i) "
                    "GROUP BY ALL HAVING count(*) > (SELECT 1 FROM e) "
                    "QUALIFY row_number() OVER (ORDER BY (SELECT 1 FROM f)) = 1 "
                    "ORDER BY (SELECT 1 FROM g) LIMIT (SELECT 1 FROM h)"),
              ElementsAre("a", "b", "c", "d", "e", "f", "g", "h"));
  EXPECT_THAT(names("SELECT * FROM (SELECT * FROM a) s, LATERAL (SELECT * FROM b WHERE b.i = s.i)"),
              ElementsAre("a", "b"));
  EXPECT_THAT(names("SELECT * FROM a UNION ALL SELECT * FROM b EXCEPT SELECT * FROM c"),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("PIVOT a ON k IN ('x') USING sum(v)"), ElementsAre("a"));
  EXPECT_THAT(names("SELECT * FROM (PIVOT a ON k IN ('x') USING sum(v)) JOIN b USING (i)"),
              ElementsAre("a", "b"));
  EXPECT_THAT(names("UNPIVOT a ON x, y"), ElementsAre("a"));
  EXPECT_THAT(names("SELECT * FROM a TABLESAMPLE 10%"), ElementsAre("a"));
}

TEST_F(TableReferences, KeepTheQualificationAndTheSpellingOfTheText) {
  EXPECT_THAT(names("SELECT * FROM raw.Orders JOIN shop.raw.customers USING (i)"),
              ElementsAre("raw.Orders", "shop.raw.customers"));
  EXPECT_THAT(names(R"(SELECT * FROM "odd schema"."a.b")"), ElementsAre("odd schema.a.b"));
  EXPECT_THAT(names("SELECT * FROM a, raw.a, a"), ElementsAre("a", "raw.a"));
}

TEST_F(TableReferences, AreNoCommonTableExpressions) {
  EXPECT_THAT(names("WITH x AS (SELECT * FROM a), y AS (SELECT * FROM x, b) SELECT * FROM y, c"),
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("WITH x AS MATERIALIZED (SELECT * FROM a) SELECT * FROM X"), ElementsAre("a"));
  EXPECT_THAT(
      names("WITH RECURSIVE r AS (SELECT i FROM a UNION ALL SELECT i FROM r JOIN b USING (i)) "
            "SELECT * FROM r"),
      ElementsAre("a", "b"));
  EXPECT_THAT(names("WITH x AS (SELECT 1) SELECT * FROM (WITH y AS (SELECT * FROM x) "
                    "SELECT * FROM y, a) ORDER BY (SELECT 1 FROM x)"),
              ElementsAre("a"));
}

// The import style of many models: an expression named like the table it reads.
TEST_F(TableReferences, AnExpressionNamedLikeItsOwnTableHidesItOnlyOutside) {
  EXPECT_THAT(names("WITH orders AS (SELECT * FROM orders), "
                    "paid AS (SELECT * FROM orders WHERE paid) SELECT * FROM paid"),
              ElementsAre("orders"));
  EXPECT_THAT(names("WITH a AS (SELECT * FROM raw.a) SELECT * FROM a"), ElementsAre("raw.a"));
  EXPECT_THAT(names("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) s, a"), ElementsAre("a"));
  EXPECT_THAT(names("WITH b AS (SELECT * FROM c), c AS (SELECT 1) SELECT * FROM b, c"),
              ElementsAre("c"));
  EXPECT_THAT(names("WITH x AS (SELECT 1) SELECT * FROM main.x"), ElementsAre("main.x"));
}

TEST_F(TableReferences, AreNoFunctionsStringsOrComments) {
  EXPECT_THAT(
      names("SELECT * FROM range(3), unnest([1]), read_csv('x.csv'), generate_series(1, 2)"),
      IsEmpty());
  EXPECT_THAT(names("SELECT 'from b', extract(year FROM d), trim(BOTH ' ' FROM s), "
                    "substring(s FROM 2), i IS NOT DISTINCT FROM j FROM a -- from c\n/* from d */"),
              ElementsAre("a"));
  EXPECT_THAT(names("VALUES (1)"), IsEmpty());
  EXPECT_THAT(names("SELECT {'key': 'x', 'cte_map': 'y', 'type': 'BASE_TABLE'}, MAP {'map': 1}"),
              IsEmpty());
  EXPECT_THAT(names(""), IsEmpty());
}

TEST_F(TableReferences, TellWhereTheyStand) {
  const std::string text =
      "WITH x AS (\n  SELECT 'ünï' FROM raw.orders\n) SELECT * FROM x, customers";
  const References found = references(text);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[0].offset, text.find("raw.orders"));
  EXPECT_EQ((*found)[1].offset, text.find("customers"));
}

TEST_F(TableReferences, ATextThatIsNoSqlIsRejectedWithLineAndColumn) {
  const References found = references("SELECT 'ünï',\n  i FRM orders o\nWHERE i = 1");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::SqlRejected);
  EXPECT_EQ(found.error().message, "syntax error at or near \"orders\"");
  EXPECT_EQ(found.error().where, (Where{"", 2, 9}));

  const References unclosed = references("SELECT 'äö', 'x");
  ASSERT_FALSE(unclosed.has_value());
  EXPECT_EQ(unclosed.error().where, (Where{"", 1, 14}));
}

TEST_F(TableReferences, AStatementThatIsNoQueryCannotBeLookedInto) {
  for (const char* text : {"CREATE TABLE x AS SELECT * FROM a", "PIVOT a ON k"}) {
    const References found = references(text);
    ASSERT_FALSE(found.has_value()) << text;
    EXPECT_EQ(found.error().code, ErrorCode::NotSupportedYet);
  }
}

TEST_F(TableReferences, OfManyTextsStandInTheirOrderWhateverIsWrongWithSome) {
  std::vector<std::string> texts;
  for (int i = 0; i < 1100; ++i) {
    texts.push_back(i % 7 == 3 ? "SELEKT 'it''s'" : fmt::format("SELECT * FROM t{}", i));
  }
  const auto found = table_references(*connection_, texts);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), texts.size());
  for (int i = 0; i < 1100; ++i) {
    const References& one = (*found)[static_cast<std::size_t>(i)];
    ASSERT_EQ(one.has_value(), i % 7 != 3) << i;
    if (one) {
      EXPECT_EQ(one->at(0).name.table, fmt::format("t{}", i));
    }
  }
}

TEST_F(TableReferences, OddTextsDoNotDisturbTheirNeighbours) {
  const std::vector<std::string> texts = {"SELECT * FROM a",
                                          std::string("SELECT \0 FROM b", 15),
                                          "SELECT '\xff' FROM c",
                                          "SELECT '🪨' FROM d",
                                          ";",
                                          "("};
  const auto found = table_references(*connection_, texts);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ((*found)[0]->at(0).name.table, "a");
  EXPECT_EQ((*found)[3]->at(0).name.table, "d");
  EXPECT_FALSE((*found)[5].has_value());
}

}  // namespace
}  // namespace rocky::warehouse
