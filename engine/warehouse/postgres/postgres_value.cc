#include "warehouse/postgres/postgres_value.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace rocky::warehouse::postgres {
namespace {

// Object ids of built-in types never change.
constexpr Oid kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26, kFloat4 = 700,
              kFloat8 = 701;

struct TypeRow {
  Oid type;
  std::string_view name;
};
// Those whose name without a modifier is this.
constexpr TypeRow kCommon[] = {
    {kBool, "boolean"}, {kInt8, "bigint"}, {kInt2, "smallint"},
    {kInt4, "integer"}, {25, "text"},      {kFloat4, "real"},
    {kOid, "oid"},      {1082, "date"},    {kFloat8, "double precision"},
    {2950, "uuid"},     {1700, "numeric"}, {1043, "character varying"},
    {3802, "jsonb"},    {114, "json"},     {1114, "timestamp without time zone"},
    {17, "bytea"},      {19, "name"},      {1184, "timestamp with time zone"},
};

constexpr const char* kFormat = "SELECT format_type($1::oid, $2::integer)";

}  // namespace

Value cell(const Api& api, const PGresult* result, int row, int column) {
  if (api.getisnull(result, row, column) != 0) return std::monostate{};
  const char* text = api.getvalue(result, row, column);
  const auto size = static_cast<std::size_t>(api.getlength(result, row, column));
  switch (api.ftype(result, column)) {
    case kBool: return *text == 't';
    case kInt2:
    case kInt4:
    case kInt8:
    case kOid: {
      std::int64_t number = 0;
      std::from_chars(text, text + size, number);
      return number;
    }
    case kFloat4:
    case kFloat8: return std::strtod(text, nullptr);  // Reads NaN and Infinity too.
    default: return std::string(text, size);
  }
}

Result<std::string> TypeNames::name_of(PostgresSession& session, Oid type, int modifier) {
  for (const TypeRow& common : kCommon) {
    if (common.type == type && modifier < 0) return std::string(common.name);
  }
  const auto [found, is_new] = known_.try_emplace({type, modifier});
  if (!is_new) return found->second;
  const Reply reply =
      session.run(kFormat, {static_cast<std::int64_t>(type), std::int64_t{modifier}});
  if (!reply.ok) {
    known_.erase(found);
    if (session.lost()) return session_lost(reply.message);
    return statement_error(reply.message, kFormat);
  }
  found->second = session.api().getvalue(reply.result.get(), 0, 0);
  return found->second;
}

}  // namespace rocky::warehouse::postgres
