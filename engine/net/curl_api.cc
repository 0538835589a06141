#include "net/curl_api.h"

#include <optional>

#include "base/dynamic_library.h"

namespace rocky::net {
namespace {

constexpr const char* kWayOut = "install libcurl: apt-get install libcurl4";
// The first with CURLOPT_PREREQFUNCTION and CURLOPT_PROTOCOLS_STR.
constexpr unsigned kVersionMin = 0x075500;

Result<DynamicLibrary> open_library() {
  auto library = DynamicLibrary::open("libcurl.so.4");
  if (library) return library;
  // The same functions over GnuTLS, which some machines have instead.
  if (auto other = DynamicLibrary::open("libcurl-gnutls.so.4")) return other;
  return library;
}

Result<CurlApi> resolve() {
  auto library = open_library();
  if (!library) return Error(library.error()).with_hint(kWayOut);
  CurlApi api{};
#define ROCKY_CURL_RESOLVE(name)                                        \
  if (auto name = library->symbol<decltype(api.name)>("curl_" #name)) { \
    api.name = *name;                                                   \
  } else {                                                              \
    return std::move(name).error().with_hint(kWayOut);                  \
  }
  ROCKY_CURL_FUNCTIONS(ROCKY_CURL_RESOLVE)
#undef ROCKY_CURL_RESOLVE
  const curl_version_info_data* version = api.version_info(CURLVERSION_NOW);
  if (version->version_num < kVersionMin) {
    return fail(ErrorCode::LibraryMissing, "libcurl is {}, needed is 7.85 or newer",
                version->version)
        .with_hint(kWayOut);
  }
  if (api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail(ErrorCode::LibraryMissing, "libcurl cannot start version=`{}`", version->version);
  }
  return api;
}

}  // namespace

Result<const CurlApi*> load_curl() {
  static const Result<CurlApi> loaded = resolve();
  if (!loaded) return loaded.error();
  return &*loaded;
}

}  // namespace rocky::net
