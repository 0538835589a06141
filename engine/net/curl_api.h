#pragma once

#include <curl/curl.h>

#include "errors/error.h"

namespace rocky::net {

// X(name without `curl_`)
#define ROCKY_CURL_FUNCTIONS(X) \
  X(global_init)                \
  X(version_info)               \
  X(easy_init)                  \
  X(easy_cleanup)               \
  X(easy_reset)                 \
  X(easy_setopt)                \
  X(easy_perform)               \
  X(easy_getinfo)               \
  X(easy_strerror)              \
  X(slist_append)               \
  X(slist_free_all)

/// The functions, resolved.
struct CurlApi {
#define ROCKY_CURL_POINTER(name) decltype(&::curl_##name) name;
  ROCKY_CURL_FUNCTIONS(ROCKY_CURL_POINTER)
#undef ROCKY_CURL_POINTER
};

/// Loads libcurl on the first call (about 5 ms). `LibraryMissing` when it is not there or too old.
/// Safe from several threads.
Result<const CurlApi*> load_curl();

}  // namespace rocky::net
