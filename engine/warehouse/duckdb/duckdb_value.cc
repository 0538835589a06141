#include "warehouse/duckdb/duckdb_value.h"

#include <limits>
#include <type_traits>
#include <vector>

#include "sql/identifier.h"

namespace rocky::warehouse::duckdb {
namespace {

using Boxed = Owned<BoxedValue>;

bool is_null(const ColumnView& column, idx row) {
  const std::uint64_t* mask = column.api.vector_get_validity(column.vector);
  return mask != nullptr && (mask[row / 64] >> (row % 64) & 1) == 0;
}

template <class T>
T at(const ColumnView& column, idx row) {
  return static_cast<const T*>(column.api.vector_get_data(column.vector))[row];
}

std::string_view text_at(const ColumnView& column, idx row) {
  const auto& cell = static_cast<const StringCell*>(column.api.vector_get_data(column.vector))[row];
  const std::uint32_t length = cell.inlined.length;
  return {length <= sizeof cell.inlined.bytes ? cell.inlined.bytes : cell.outside.bytes, length};
}

std::string taken(const Api& api, char* text) {
  std::string out(text == nullptr ? "" : text);
  api.free(text);
  return out;
}

Hugeint widened(std::int64_t value) {
  return {static_cast<std::uint64_t>(value), value < 0 ? -1 : 0};
}

// A decimal lies in the smallest integer that holds its width.
Hugeint decimal_at(const ColumnView& column, idx row) {
  switch (column.api.decimal_internal_type(column.type)) {
    case TypeId::Smallint: return widened(at<std::int16_t>(column, row));
    case TypeId::Integer: return widened(at<std::int32_t>(column, row));
    case TypeId::Bigint: return widened(at<std::int64_t>(column, row));
    default: return at<Hugeint>(column, row);
  }
}

idx enum_index_at(const ColumnView& column, idx row) {
  switch (column.api.enum_internal_type(column.type)) {
    case TypeId::Utinyint: return at<std::uint8_t>(column, row);
    case TypeId::Usmallint: return at<std::uint16_t>(column, row);
    default: return at<std::uint32_t>(column, row);
  }
}

std::string enum_text_at(const ColumnView& column, idx row) {
  return taken(column.api,
               column.api.enum_dictionary_value(column.type, enum_index_at(column, row)));
}

// A UUID lies as a signed number whose top bit is flipped, so that it sorts as its text does.
Uhugeint uuid_at(const ColumnView& column, idx row) {
  const auto stored = at<Hugeint>(column, row);
  return {stored.lower, static_cast<std::uint64_t>(stored.upper) ^ (std::uint64_t{1} << 63)};
}

Error unreadable(const ColumnView& column) {
  return fail(ErrorCode::NotSupportedYet, "cannot read a value of this type: type=`{}`",
              type_name(column.api, column.type))
      .with_hint("cast the column to VARCHAR in the query");
}

Result<BoxedValue> box(const ColumnView& column, idx row);

// Children boxed one after another, released together.
class BoxedRow {
 public:
  // DuckDB takes no null pointer, even for no values.
  explicit BoxedRow(const Api& api) : api_(api) { values_.reserve(1); }
  BoxedRow(const BoxedRow&) = delete;
  BoxedRow& operator=(const BoxedRow&) = delete;
  ~BoxedRow() {
    for (BoxedValue& value : values_) api_.destroy_value(&value);
  }

  Status add(const ColumnView& column, idx row) {
    ROCKY_ASSIGN(BoxedValue value, box(column, row));
    values_.push_back(value);
    return {};
  }
  BoxedValue* data() { return values_.data(); }
  idx size() const { return values_.size(); }

 private:
  const Api& api_;
  std::vector<BoxedValue> values_;
};

Result<BoxedValue> box_list(const ColumnView& column, idx row) {
  const Api& api = column.api;
  const auto type = own(api.list_type_child_type(column.type), api.destroy_logical_type);
  const ColumnView child{api, api.list_vector_get_child(column.vector), type.get()};
  const auto entry = at<ListEntry>(column, row);
  BoxedRow values(api);
  for (idx i = 0; i < entry.length; ++i) ROCKY_TRY(values.add(child, entry.offset + i));
  return api.create_list_value(type.get(), values.data(), values.size());
}

Result<BoxedValue> box_array(const ColumnView& column, idx row) {
  const Api& api = column.api;
  const auto type = own(api.array_type_child_type(column.type), api.destroy_logical_type);
  const ColumnView child{api, api.array_vector_get_child(column.vector), type.get()};
  const idx size = api.array_type_array_size(column.type);
  BoxedRow values(api);
  for (idx i = 0; i < size; ++i) ROCKY_TRY(values.add(child, row * size + i));
  return api.create_array_value(type.get(), values.data(), values.size());
}

Result<BoxedValue> box_struct(const ColumnView& column, idx row) {
  const Api& api = column.api;
  BoxedRow values(api);
  for (idx i = 0; i < api.struct_type_child_count(column.type); ++i) {
    const auto type = own(api.struct_type_child_type(column.type, i), api.destroy_logical_type);
    const ColumnView child{api, api.struct_vector_get_child(column.vector, i), type.get()};
    ROCKY_TRY(values.add(child, row));
  }
  return api.create_struct_value(column.type, values.data());
}

// A map lies as a list of (key, value) structs.
Result<BoxedValue> box_map(const ColumnView& column, idx row) {
  const Api& api = column.api;
  const Vector entries = api.list_vector_get_child(column.vector);
  const auto key_type = own(api.map_type_key_type(column.type), api.destroy_logical_type);
  const auto value_type = own(api.map_type_value_type(column.type), api.destroy_logical_type);
  const ColumnView key{api, api.struct_vector_get_child(entries, 0), key_type.get()};
  const ColumnView value{api, api.struct_vector_get_child(entries, 1), value_type.get()};
  const auto entry = at<ListEntry>(column, row);
  BoxedRow keys(api);
  BoxedRow values(api);
  for (idx i = entry.offset; i < entry.offset + entry.length; ++i) {
    ROCKY_TRY(keys.add(key, i));
    ROCKY_TRY(values.add(value, i));
  }
  return api.create_map_value(column.type, keys.data(), values.data(), keys.size());
}

BoxedValue box_bytes(const ColumnView& column, idx row, TypeId id) {
  const std::string_view bytes = text_at(column, row);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  if (id == TypeId::Blob) return column.api.create_blob(data, bytes.size());
  if (id == TypeId::Bit) {
    return column.api.create_bit({const_cast<std::uint8_t*>(data), bytes.size()});
  }
  return column.api.create_varchar_length(bytes.data(), bytes.size());
}

BoxedValue box_number(const ColumnView& c, idx row, TypeId id) {
  const Api& api = c.api;
  switch (id) {
    case TypeId::Boolean: return api.create_bool(at<bool>(c, row));
    case TypeId::Tinyint: return api.create_int8(at<std::int8_t>(c, row));
    case TypeId::Smallint: return api.create_int16(at<std::int16_t>(c, row));
    case TypeId::Integer: return api.create_int32(at<std::int32_t>(c, row));
    case TypeId::Bigint: return api.create_int64(at<std::int64_t>(c, row));
    case TypeId::Utinyint: return api.create_uint8(at<std::uint8_t>(c, row));
    case TypeId::Usmallint: return api.create_uint16(at<std::uint16_t>(c, row));
    case TypeId::Uinteger: return api.create_uint32(at<std::uint32_t>(c, row));
    case TypeId::Ubigint: return api.create_uint64(at<std::uint64_t>(c, row));
    case TypeId::Hugeint: return api.create_hugeint(at<Hugeint>(c, row));
    case TypeId::Uhugeint: return api.create_uhugeint(at<Uhugeint>(c, row));
    case TypeId::Float: return api.create_float(at<float>(c, row));
    case TypeId::Double: return api.create_double(at<double>(c, row));
    case TypeId::Decimal:
      return api.create_decimal(
          {api.decimal_width(c.type), api.decimal_scale(c.type), decimal_at(c, row)});
    default: return nullptr;
  }
}

BoxedValue box_time(const ColumnView& c, idx row, TypeId id) {
  const Api& api = c.api;
  switch (id) {
    case TypeId::Date: return api.create_date(at<std::int32_t>(c, row));
    case TypeId::Time: return api.create_time(at<std::int64_t>(c, row));
    case TypeId::TimeNs: return api.create_time_ns(at<std::int64_t>(c, row));
    case TypeId::TimeTz: return api.create_time_tz_value(at<std::uint64_t>(c, row));
    case TypeId::Timestamp: return api.create_timestamp(at<std::int64_t>(c, row));
    case TypeId::TimestampS: return api.create_timestamp_s(at<std::int64_t>(c, row));
    case TypeId::TimestampMs: return api.create_timestamp_ms(at<std::int64_t>(c, row));
    case TypeId::TimestampNs: return api.create_timestamp_ns(at<std::int64_t>(c, row));
    case TypeId::TimestampTz: return api.create_timestamp_tz(at<std::int64_t>(c, row));
    case TypeId::Interval: return api.create_interval(at<Interval>(c, row));
    default: return nullptr;
  }
}

Result<BoxedValue> box(const ColumnView& column, idx row) {
  const Api& api = column.api;
  if (is_null(column, row)) return api.create_null_value();
  const TypeId id = api.get_type_id(column.type);
  switch (id) {
    case TypeId::List: return box_list(column, row);
    case TypeId::Array: return box_array(column, row);
    case TypeId::Struct: return box_struct(column, row);
    case TypeId::Map: return box_map(column, row);
    case TypeId::Uuid: return api.create_uuid(uuid_at(column, row));
    case TypeId::Varchar:
    case TypeId::Blob:
    case TypeId::Bit: return box_bytes(column, row, id);
    case TypeId::Enum: {
      const std::string text = enum_text_at(column, row);
      return api.create_varchar_length(text.data(), text.size());
    }
    default: break;
  }
  if (BoxedValue value = box_number(column, row, id)) return value;
  if (BoxedValue value = box_time(column, row, id)) return value;
  return unreadable(column);
}

Result<Value> cast_to_text(const ColumnView& column, idx row) {
  ROCKY_ASSIGN(BoxedValue raw, box(column, row));
  const auto value = own(raw, column.api.destroy_value);
  if (raw == nullptr) return unreadable(column);
  return Value(taken(column.api, column.api.get_varchar(value.get())));
}

template <class Unsigned>
std::optional<Value> if_it_fits(Unsigned value) {
  if (value > static_cast<Unsigned>(std::numeric_limits<std::int64_t>::max())) return {};
  return Value(static_cast<std::int64_t>(value));
}

std::optional<Value> if_it_fits(Hugeint value) {
  const auto low = static_cast<std::int64_t>(value.lower);
  if (value.upper != (low < 0 ? -1 : 0)) return {};
  return Value(low);
}

// The types that have a case of their own in Value.
std::optional<Value> native(const ColumnView& c, idx row, TypeId id) {
  switch (id) {
    case TypeId::Boolean: return Value(at<bool>(c, row));
    case TypeId::Tinyint: return Value(std::int64_t{at<std::int8_t>(c, row)});
    case TypeId::Smallint: return Value(std::int64_t{at<std::int16_t>(c, row)});
    case TypeId::Integer: return Value(std::int64_t{at<std::int32_t>(c, row)});
    case TypeId::Bigint: return Value(at<std::int64_t>(c, row));
    case TypeId::Utinyint: return Value(std::int64_t{at<std::uint8_t>(c, row)});
    case TypeId::Usmallint: return Value(std::int64_t{at<std::uint16_t>(c, row)});
    case TypeId::Uinteger: return Value(std::int64_t{at<std::uint32_t>(c, row)});
    case TypeId::Ubigint: return if_it_fits(at<std::uint64_t>(c, row));
    case TypeId::Hugeint: return if_it_fits(at<Hugeint>(c, row));
    case TypeId::Float: return Value(double{at<float>(c, row)});
    case TypeId::Double: return Value(at<double>(c, row));
    case TypeId::Varchar: return Value(std::string(text_at(c, row)));
    case TypeId::Enum: return Value(enum_text_at(c, row));
    default: return {};
  }
}

std::string struct_name(const Api& api, LogicalType type) {
  std::string out;
  for (idx i = 0; i < api.struct_type_child_count(type); ++i) {
    const auto child = own(api.struct_type_child_type(type, i), api.destroy_logical_type);
    out += (i == 0 ? "" : ", ") + sql::quoted(taken(api, api.struct_type_child_name(type, i))) +
           " " + type_name(api, child.get());
  }
  return "STRUCT(" + out + ")";
}

std::string_view simple_name(TypeId id) {
  switch (id) {
    case TypeId::Boolean: return "BOOLEAN";
    case TypeId::Tinyint: return "TINYINT";
    case TypeId::Smallint: return "SMALLINT";
    case TypeId::Integer: return "INTEGER";
    case TypeId::Bigint: return "BIGINT";
    case TypeId::Utinyint: return "UTINYINT";
    case TypeId::Usmallint: return "USMALLINT";
    case TypeId::Uinteger: return "UINTEGER";
    case TypeId::Ubigint: return "UBIGINT";
    case TypeId::Hugeint: return "HUGEINT";
    case TypeId::Uhugeint: return "UHUGEINT";
    case TypeId::Float: return "FLOAT";
    case TypeId::Double: return "DOUBLE";
    case TypeId::Date: return "DATE";
    case TypeId::Time: return "TIME";
    case TypeId::TimeNs: return "TIME_NS";
    case TypeId::TimeTz: return "TIME WITH TIME ZONE";
    case TypeId::Timestamp: return "TIMESTAMP";
    case TypeId::TimestampS: return "TIMESTAMP_S";
    case TypeId::TimestampMs: return "TIMESTAMP_MS";
    case TypeId::TimestampNs: return "TIMESTAMP_NS";
    case TypeId::TimestampTz: return "TIMESTAMP WITH TIME ZONE";
    case TypeId::Interval: return "INTERVAL";
    case TypeId::Varchar: return "VARCHAR";
    case TypeId::Blob: return "BLOB";
    case TypeId::Bit: return "BIT";
    case TypeId::Uuid: return "UUID";
    case TypeId::Enum: return "ENUM";
    case TypeId::Union: return "UNION";
    case TypeId::Bignum: return "BIGNUM";
    case TypeId::Geometry: return "GEOMETRY";
    case TypeId::Variant: return "VARIANT";
    case TypeId::SqlNull: return "\"NULL\"";
    default: return "UNKNOWN";
  }
}

}  // namespace

Result<Value> cell(const ColumnView& column, idx row) {
  if (is_null(column, row)) return Value{};
  if (auto value = native(column, row, column.api.get_type_id(column.type))) return *value;
  return cast_to_text(column, row);
}

std::string type_name(const Api& api, LogicalType type) {
  switch (const TypeId id = api.get_type_id(type)) {
    case TypeId::Decimal:
      return fmt::format("DECIMAL({},{})", api.decimal_width(type), api.decimal_scale(type));
    case TypeId::Struct: return struct_name(api, type);
    case TypeId::List: {
      const auto child = own(api.list_type_child_type(type), api.destroy_logical_type);
      return type_name(api, child.get()) + "[]";
    }
    case TypeId::Array: {
      const auto child = own(api.array_type_child_type(type), api.destroy_logical_type);
      return fmt::format("{}[{}]", type_name(api, child.get()), api.array_type_array_size(type));
    }
    case TypeId::Map: {
      const auto key = own(api.map_type_key_type(type), api.destroy_logical_type);
      const auto value = own(api.map_type_value_type(type), api.destroy_logical_type);
      return fmt::format("MAP({}, {})", type_name(api, key.get()), type_name(api, value.get()));
    }
    default: return std::string(simple_name(id));
  }
}

}  // namespace rocky::warehouse::duckdb
