find_package(Threads REQUIRED)
find_package(GTest REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)

# Static: one file to ship, and a start that maps no libraries it may not need.
add_library(rocky_sqlite INTERFACE)
find_library(ROCKY_SQLITE NAMES libsqlite3.a REQUIRED)
target_link_libraries(rocky_sqlite INTERFACE ${ROCKY_SQLITE} Threads::Threads ${CMAKE_DL_LIBS} m)
add_library(rocky_crypto INTERFACE)
find_library(ROCKY_CRYPTO NAMES libcrypto.a REQUIRED)
target_link_libraries(rocky_crypto INTERFACE ${ROCKY_CRYPTO} Threads::Threads ${CMAKE_DL_LIBS})

find_library(ROCKY_SSL NAMES libssl.a REQUIRED)
add_library(rocky_tls INTERFACE)
target_link_libraries(rocky_tls INTERFACE ${ROCKY_SSL} rocky_crypto)

# Built by scripts/libcurl.sh, which says why.
set(CURL_ROOT "${CMAKE_SOURCE_DIR}/.deps/curl" CACHE PATH "Folder of a libcurl.a of HTTP and OpenSSL alone")
if(NOT EXISTS "${CURL_ROOT}/lib/libcurl.a")
  message(FATAL_ERROR "${CURL_ROOT}/lib/libcurl.a is missing: run ./dev setup, or give -DCURL_ROOT=<folder>")
endif()
add_library(rocky_curl INTERFACE)
target_include_directories(rocky_curl SYSTEM INTERFACE "${CURL_ROOT}/include")
target_compile_definitions(rocky_curl INTERFACE CURL_STATICLIB)
target_link_libraries(rocky_curl INTERFACE "${CURL_ROOT}/lib/libcurl.a" rocky_tls)

# Of libpq only the header is used: it is opened at run time, on first use.
find_path(ROCKY_PQ_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
add_library(rocky_pq_headers INTERFACE)
target_include_directories(rocky_pq_headers SYSTEM INTERFACE ${ROCKY_PQ_INCLUDE})

find_library(ROCKY_PUGIXML NAMES libpugixml.a REQUIRED)
find_path(ROCKY_PUGIXML_INCLUDE pugixml.hpp REQUIRED)
add_library(rocky_pugixml INTERFACE)
target_include_directories(rocky_pugixml SYSTEM INTERFACE ${ROCKY_PUGIXML_INCLUDE})
target_link_libraries(rocky_pugixml INTERFACE ${ROCKY_PUGIXML})

find_package(rapidcheck REQUIRED)
