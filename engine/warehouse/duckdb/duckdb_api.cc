#include "warehouse/duckdb/duckdb_api.h"

#include <filesystem>
#include <optional>

#include "base/dynamic_library.h"

namespace rocky::warehouse::duckdb {
namespace {

constexpr const char* kWayOut =
    "put libduckdb.so of DuckDB 1.5.5 beside the rocky executable or into ../lib/rocky from there";

// Beside the executable, or where packages keep libraries of their own.
Result<DynamicLibrary> open_library() {
  std::error_code ignored;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const auto beside = folder / "libduckdb.so";
  const auto packaged = folder.parent_path() / "lib" / "rocky" / "libduckdb.so";
  for (const auto& path : {beside, packaged}) {
    if (std::filesystem::exists(path, ignored)) return DynamicLibrary::open(path.string());
  }
  return fail(ErrorCode::LibraryMissing, "libduckdb is not there: tried=`{}` and=`{}`",
              beside.string(), packaged.string());
}

Result<Api> resolve() {
  const auto library = open_library();
  if (!library) return Error(library.error()).with_hint(kWayOut);
  Api api{};
  std::optional<Error> missing;
#define ROCKY_DUCKDB_RESOLVE(type, name, parameters)                      \
  const auto name = library->symbol<decltype(api.name)>("duckdb_" #name); \
  if (name) api.name = *name;                                             \
  if (!name && !missing) missing = name.error();
  ROCKY_DUCKDB_FUNCTIONS(ROCKY_DUCKDB_RESOLVE)
#undef ROCKY_DUCKDB_RESOLVE
  // Before the functions: another version lacks some of them, and its number says more.
  const std::string_view version = api.library_version ? api.library_version() : "unknown";
  if (version != kDuckdbVersion) {
    return fail(ErrorCode::LibraryMissing, "libduckdb is {}, needed is {}", version, kDuckdbVersion)
        .with_hint(kWayOut);
  }
  if (missing) return std::move(*missing).with_hint(kWayOut);
  return api;
}

}  // namespace

Result<const Api*> load_api() {
  static const Result<Api> loaded = resolve();
  if (!loaded) return loaded.error();
  return &*loaded;
}

}  // namespace rocky::warehouse::duckdb
