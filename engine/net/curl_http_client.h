#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/environment.h"
#include "base/wait_limit.h"
#include "net/http.h"

namespace rocky::net {

struct CurlOptions {
  std::string ca_file;  ///< PEM; trusted instead of the system's certificates.
  /// A reply with more is ReplyLost, with its rest unread.
  std::size_t reply_bytes_max = 4 * 1024 * 1024;
  const WaitLimit* wait_limit = nullptr;  ///< Outlives the client; may be null.
};

/// HTTP/1.1 through libcurl. Connections are kept for the
/// next request; the environment, which must outlive the client, says which proxies to use.
std::unique_ptr<HttpClient> curl_http_client(const Environment& environment, CurlOptions options);

}  // namespace rocky::net
