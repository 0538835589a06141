# libduckdb is opened at run time, from beside the executable: linking it would cost every start 10 ms.
set(DUCKDB_ROOT "${CMAKE_SOURCE_DIR}/.deps/duckdb" CACHE PATH "Folder of libduckdb.so")
set(ROCKY_DUCKDB "${DUCKDB_ROOT}/libduckdb.so")
if(NOT EXISTS "${ROCKY_DUCKDB}")
  message(WARNING "${ROCKY_DUCKDB} is missing: run ./dev setup, or give -DDUCKDB_ROOT=<folder>. "
                  "What is built now cannot open a DuckDB file.")
endif()
file(CREATE_LINK "${ROCKY_DUCKDB}" "${CMAKE_BINARY_DIR}/libduckdb.so" SYMBOLIC)
