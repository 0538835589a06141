#pragma once

#include <cstdint>
#include <memory>

#include "errors/error.h"
#include "warehouse/duckdb/duckdb_types.h"

namespace rocky::warehouse::duckdb {

/// The only version whose layouts these are.
inline constexpr const char* kDuckdbVersion = "v1.5.5";

// X(return type, name without `duckdb_`, parameters)
#define ROCKY_DUCKDB_FUNCTIONS(X)                                             \
  X(const char*, library_version, ())                                         \
  X(void, free, (void*))                                                      \
  X(State, create_config, (Config*))                                          \
  X(State, set_config, (Config, const char*, const char*))                    \
  X(void, destroy_config, (Config*))                                          \
  X(State, open_ext, (const char*, Database*, Config, char**))                \
  X(void, close, (Database*))                                                 \
  X(State, connect, (Database, Session*))                                     \
  X(void, disconnect, (Session*))                                             \
  X(void, interrupt, (Session))                                               \
  X(Progress, query_progress, (Session))                                      \
  X(State, query, (Session, const char*, RawResult*))                         \
  X(State, prepare, (Session, const char*, Prepared*))                        \
  X(const char*, prepare_error, (Prepared))                                   \
  X(void, destroy_prepare, (Prepared*))                                       \
  X(idx, nparams, (Prepared))                                                 \
  X(idx, extract_statements, (Session, const char*, Extracted*))              \
  X(State, prepare_extracted_statement, (Session, Extracted, idx, Prepared*)) \
  X(void, destroy_extracted, (Extracted*))                                    \
  X(State, bind_boolean, (Prepared, idx, bool))                               \
  X(State, bind_int64, (Prepared, idx, std::int64_t))                         \
  X(State, bind_double, (Prepared, idx, double))                              \
  X(State, bind_varchar_length, (Prepared, idx, const char*, idx))            \
  X(State, bind_null, (Prepared, idx))                                        \
  X(State, pending_prepared, (Prepared, Pending*))                            \
  X(const char*, pending_error, (Pending))                                    \
  X(State, execute_pending, (Pending, RawResult*))                            \
  X(void, destroy_pending, (Pending*))                                        \
  X(void, destroy_result, (RawResult*))                                       \
  X(const char*, result_error, (RawResult*))                                  \
  X(ErrorType, result_error_type, (RawResult*))                               \
  X(ResultKind, result_return_type, (RawResult))                              \
  X(StatementKind, result_statement_type, (RawResult))                        \
  X(idx, rows_changed, (RawResult*))                                          \
  X(idx, column_count, (RawResult*))                                          \
  X(const char*, column_name, (RawResult*, idx))                              \
  X(LogicalType, column_logical_type, (RawResult*, idx))                      \
  X(Chunk, fetch_chunk, (RawResult))                                          \
  X(void, destroy_data_chunk, (Chunk*))                                       \
  X(idx, data_chunk_get_size, (Chunk))                                        \
  X(Vector, data_chunk_get_vector, (Chunk, idx))                              \
  X(void*, vector_get_data, (Vector))                                         \
  X(std::uint64_t*, vector_get_validity, (Vector))                            \
  X(Vector, list_vector_get_child, (Vector))                                  \
  X(Vector, struct_vector_get_child, (Vector, idx))                           \
  X(Vector, array_vector_get_child, (Vector))                                 \
  X(void, destroy_logical_type, (LogicalType*))                               \
  X(TypeId, get_type_id, (LogicalType))                                       \
  X(std::uint8_t, decimal_width, (LogicalType))                               \
  X(std::uint8_t, decimal_scale, (LogicalType))                               \
  X(TypeId, decimal_internal_type, (LogicalType))                             \
  X(TypeId, enum_internal_type, (LogicalType))                                \
  X(char*, enum_dictionary_value, (LogicalType, idx))                         \
  X(LogicalType, list_type_child_type, (LogicalType))                         \
  X(LogicalType, array_type_child_type, (LogicalType))                        \
  X(idx, array_type_array_size, (LogicalType))                                \
  X(LogicalType, map_type_key_type, (LogicalType))                            \
  X(LogicalType, map_type_value_type, (LogicalType))                          \
  X(idx, struct_type_child_count, (LogicalType))                              \
  X(char*, struct_type_child_name, (LogicalType, idx))                        \
  X(LogicalType, struct_type_child_type, (LogicalType, idx))                  \
  X(void, destroy_value, (BoxedValue*))                                       \
  X(char*, get_varchar, (BoxedValue))                                         \
  X(BoxedValue, create_null_value, ())                                        \
  X(BoxedValue, create_bool, (bool))                                          \
  X(BoxedValue, create_int8, (std::int8_t))                                   \
  X(BoxedValue, create_int16, (std::int16_t))                                 \
  X(BoxedValue, create_int32, (std::int32_t))                                 \
  X(BoxedValue, create_int64, (std::int64_t))                                 \
  X(BoxedValue, create_uint8, (std::uint8_t))                                 \
  X(BoxedValue, create_uint16, (std::uint16_t))                               \
  X(BoxedValue, create_uint32, (std::uint32_t))                               \
  X(BoxedValue, create_uint64, (std::uint64_t))                               \
  X(BoxedValue, create_hugeint, (Hugeint))                                    \
  X(BoxedValue, create_uhugeint, (Uhugeint))                                  \
  X(BoxedValue, create_uuid, (Uhugeint))                                      \
  X(BoxedValue, create_float, (float))                                        \
  X(BoxedValue, create_double, (double))                                      \
  X(BoxedValue, create_decimal, (Decimal))                                    \
  X(BoxedValue, create_date, (std::int32_t))                                  \
  X(BoxedValue, create_time, (std::int64_t))                                  \
  X(BoxedValue, create_time_ns, (std::int64_t))                               \
  X(BoxedValue, create_time_tz_value, (std::uint64_t))                        \
  X(BoxedValue, create_timestamp, (std::int64_t))                             \
  X(BoxedValue, create_timestamp_s, (std::int64_t))                           \
  X(BoxedValue, create_timestamp_ms, (std::int64_t))                          \
  X(BoxedValue, create_timestamp_ns, (std::int64_t))                          \
  X(BoxedValue, create_timestamp_tz, (std::int64_t))                          \
  X(BoxedValue, create_interval, (Interval))                                  \
  X(BoxedValue, create_blob, (const std::uint8_t*, idx))                      \
  X(BoxedValue, create_bit, (Bits))                                           \
  X(BoxedValue, create_varchar_length, (const char*, idx))                    \
  X(BoxedValue, create_list_value, (LogicalType, BoxedValue*, idx))           \
  X(BoxedValue, create_array_value, (LogicalType, BoxedValue*, idx))          \
  X(BoxedValue, create_struct_value, (LogicalType, BoxedValue*))              \
  X(BoxedValue, create_map_value, (LogicalType, BoxedValue*, BoxedValue*, idx))

/// The functions, resolved. Structs of one integer (dates, times) are passed as that integer, as
/// the calling convention does.
struct Api {
#define ROCKY_DUCKDB_POINTER(type, name, parameters) type(*name) parameters;
  ROCKY_DUCKDB_FUNCTIONS(ROCKY_DUCKDB_POINTER)
#undef ROCKY_DUCKDB_POINTER
};

/// Loads libduckdb on the first call (about 10 ms). `LibraryMissing` when it is not there or is of
/// another version. Safe from several threads.
Result<const Api*> load_api();

/// Calls one of the `destroy` functions, which take a pointer to the handle.
template <class Handle>
struct Destroyer {
  void (*destroy)(Handle*);
  void operator()(Handle handle) const { destroy(&handle); }
};
template <class Handle>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Destroyer<Handle>>;

template <class Handle>
Owned<Handle> own(Handle handle, void (*destroy)(Handle*)) {
  return Owned<Handle>(handle, Destroyer<Handle>{destroy});
}

}  // namespace rocky::warehouse::duckdb
