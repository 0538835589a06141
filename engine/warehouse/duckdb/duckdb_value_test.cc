#include "warehouse/duckdb/duckdb_value.h"

#include <gtest/gtest.h>

#include "warehouse/duckdb/duckdb_warehouse.h"

namespace rocky::warehouse::duckdb {
namespace {

struct Case {
  const char* expression;
  Value value;
  const char* type;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.expression; }

using I = std::int64_t;
using S = std::string;

class DuckdbValue : public testing::TestWithParam<Case> {};

TEST_P(DuckdbValue, ReadsAsItselfOrAsDuckdbsText) {
  const auto warehouse = open_duckdb(system_clock(), {});
  auto connection = warehouse->connect();
  ASSERT_TRUE(connection.has_value()) << connection.error().message;
  const auto rows = (*connection)->query(std::string("SELECT ") + GetParam().expression);
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  EXPECT_EQ(rows->rows, (std::vector<std::vector<Value>>{{GetParam().value}}));
  EXPECT_EQ(rows->columns[0].type, GetParam().type);
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, DuckdbValue,
    testing::Values(Case{"NULL::INTEGER", {}, "INTEGER"}, Case{"true", true, "BOOLEAN"},
                    Case{"(-7)::TINYINT", I{-7}, "TINYINT"},
                    Case{"(-300)::SMALLINT", I{-300}, "SMALLINT"}, Case{"42", I{42}, "INTEGER"},
                    Case{"9223372036854775807", I{INT64_MAX}, "BIGINT"},
                    Case{"255::UTINYINT", I{255}, "UTINYINT"},
                    Case{"65535::USMALLINT", I{65535}, "USMALLINT"},
                    Case{"4294967295::UINTEGER", I{4294967295}, "UINTEGER"},
                    Case{"5::UBIGINT", I{5}, "UBIGINT"},
                    Case{"18446744073709551615::UBIGINT", S("18446744073709551615"), "UBIGINT"},
                    Case{"(-5)::HUGEINT", I{-5}, "HUGEINT"},
                    Case{"9223372036854775808::HUGEINT", S("9223372036854775808"), "HUGEINT"},
                    Case{"(-9223372036854775808)::HUGEINT", I{INT64_MIN}, "HUGEINT"},
                    Case{"5::UHUGEINT", S("5"), "UHUGEINT"}, Case{"1.5::FLOAT", 1.5, "FLOAT"},
                    Case{"0.1::DOUBLE", 0.1, "DOUBLE"},
                    Case{"(-1.50)::DECIMAL(4,2)", S("-1.50"), "DECIMAL(4,2)"},
                    Case{"12345.678::DECIMAL(9,3)", S("12345.678"), "DECIMAL(9,3)"},
                    Case{"(-0.000001)::DECIMAL(18,6)", S("-0.000001"), "DECIMAL(18,6)"},
                    Case{"(-12345678901234567890.5)::DECIMAL(38,1)", S("-12345678901234567890.5"),
                         "DECIMAL(38,1)"}));

INSTANTIATE_TEST_SUITE_P(Text, DuckdbValue,
                         testing::Values(Case{"''", S(""), "VARCHAR"},
                                         Case{"'twelve bytes'", S("twelve bytes"), "VARCHAR"},
                                         Case{"'thirteen byte'", S("thirteen byte"), "VARCHAR"},
                                         Case{"'zwölf ' || chr(0) || 'z'", S("zwölf \0z", 9),
                                              "VARCHAR"},
                                         Case{"'b'::ENUM('a', 'b')", S("b"), "ENUM"},
                                         Case{"'\\xAAb'::BLOB", S("\\xAAb"), "BLOB"},
                                         Case{"'0101'::BIT", S("0101"), "BIT"},
                                         Case{"'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::UUID",
                                              S("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), "UUID"},
                                         Case{"'01d4fae0-7dec-11d0-a765-00a0c91e6bf6'::UUID",
                                              S("01d4fae0-7dec-11d0-a765-00a0c91e6bf6"), "UUID"}));

INSTANTIATE_TEST_SUITE_P(
    Times, DuckdbValue,
    testing::Values(
        Case{"DATE '2024-02-29'", S("2024-02-29"), "DATE"},
        Case{"TIME '10:00:00.5'", S("10:00:00.5"), "TIME"},
        Case{"TIMESTAMP '2024-02-29 10:00:00.12'", S("2024-02-29 10:00:00.12"), "TIMESTAMP"},
        Case{"TIMESTAMP 'infinity'", S("infinity"), "TIMESTAMP"},
        Case{"TIMESTAMP_S '2024-02-29 10:00:00'", S("2024-02-29 10:00:00"), "TIMESTAMP_S"},
        Case{"TIMESTAMP_MS '2024-02-29 10:00:00.1'", S("2024-02-29 10:00:00.1"), "TIMESTAMP_MS"},
        Case{"TIMESTAMP_NS '2024-02-29 10:00:00.123456789'", S("2024-02-29 10:00:00.123456789"),
             "TIMESTAMP_NS"},
        Case{"TIMESTAMPTZ '2024-02-29 10:00:00+02'", S("2024-02-29 08:00:00+00"),
             "TIMESTAMP WITH TIME ZONE"},
        Case{"TIMETZ '10:00:00+02'", S("10:00:00+02"), "TIME WITH TIME ZONE"},
        Case{"INTERVAL 14 MONTH + INTERVAL 3 DAY", S("1 year 2 months 3 days"), "INTERVAL"}));

INSTANTIATE_TEST_SUITE_P(
    Nested, DuckdbValue,
    testing::Values(Case{"[1, NULL, 3]", S("[1, NULL, 3]"), "INTEGER[]"},
                    Case{"[]::INTEGER[]", S("[]"), "INTEGER[]"},
                    Case{"[[1], [2, 3]]", S("[[1], [2, 3]]"), "INTEGER[][]"},
                    Case{"[1.5, 2.5]::DOUBLE[2]", S("[1.5, 2.5]"), "DOUBLE[2]"},
                    Case{"{'a': 1, 'b c': 'x'}", S("{'a': 1, 'b c': x}"),
                         "STRUCT(\"a\" INTEGER, \"b c\" VARCHAR)"},
                    Case{"MAP {'k': 1, 'l': 2}", S("{k=1, l=2}"), "MAP(VARCHAR, INTEGER)"},
                    Case{"MAP {}::MAP(VARCHAR, DATE)", S("{}"), "MAP(VARCHAR, DATE)"},
                    Case{"[{'d': DATE '2024-01-01'}]", S("[{'d': 2024-01-01}]"),
                         "STRUCT(\"d\" DATE)[]"}));

TEST(DuckdbValue, RowsBeyondOneChunkComeInOrder) {
  const auto warehouse = open_duckdb(system_clock(), {});
  auto connection = warehouse->connect();
  ASSERT_TRUE(connection.has_value());
  const auto rows = (*connection)
                        ->query(
                            "SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE i::DECIMAL(9,2) END "
                            "FROM range(5000) t(i) ORDER BY i DESC");
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  ASSERT_EQ(rows->rows.size(), 5000u);
  EXPECT_EQ(rows->rows[0], (std::vector<Value>{I{4999}, S("4999.00")}));
  EXPECT_EQ(rows->rows[4999], (std::vector<Value>{I{0}, {}}));
}

TEST(DuckdbValue, ATypeThatCannotBeReadSaysWhatToDo) {
  const auto warehouse = open_duckdb(system_clock(), {});
  auto connection = warehouse->connect();
  ASSERT_TRUE(connection.has_value());
  const auto rows = (*connection)->query("SELECT union_value(a := 1)");
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::NotSupportedYet);
  EXPECT_EQ(rows.error().hint, "cast the column to VARCHAR in the query");
}

}  // namespace
}  // namespace rocky::warehouse::duckdb
