#include "warehouse/postgres/postgres_api.h"

#include <optional>

#include "base/dynamic_library.h"

namespace rocky::warehouse::postgres {
namespace {

// Its ABI has been the same since PostgreSQL 8.
constexpr const char* kLibrary = "libpq.so.5";
constexpr const char* kWayOut = "install libpq: apt-get install libpq5";

Result<Api> resolve() {
  const auto library = DynamicLibrary::open(kLibrary);
  if (!library) return Error(library.error()).with_hint(kWayOut);
  Api api{};
  std::optional<Error> missing;
#define ROCKY_PQ_RESOLVE(name)                                       \
  const auto name = library->symbol<decltype(api.name)>("PQ" #name); \
  if (name) api.name = *name;                                        \
  if (!name && !missing) missing = name.error();
  ROCKY_PQ_FUNCTIONS(ROCKY_PQ_RESOLVE)
#undef ROCKY_PQ_RESOLVE
  if (missing) return std::move(*missing).with_hint(kWayOut);
  return api;
}

}  // namespace

Result<const Api*> load_api() {
  static const Result<Api> loaded = resolve();
  if (!loaded) return loaded.error();
  return &*loaded;
}

}  // namespace rocky::warehouse::postgres
