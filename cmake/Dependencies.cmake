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

find_package(rapidcheck REQUIRED)
