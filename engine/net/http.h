#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace rocky::net {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< Whole, its path and query percent-encoded as they are to be sent.
  std::vector<HttpHeader> headers;
  std::string body;
  Millis connect_timeout{5'000};
  Millis total_timeout{30'000};  ///< From the call to the last byte of the reply.
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  ///< Names in lower case, in order of arrival.
  std::string body;                 ///< Whole: a reply that was cut short is ReplyLost.

  /// The first header of that lower-case name.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// Surely nothing of the request reached a server.
struct NotSent {
  enum class Why {
    Url,      ///< Not an address.
    Memory,   ///< None left for a request.
    Resolve,  ///< No such host, or no name server.
    Connect,  ///< Refused, unreachable, or not in time.
    Tls,      ///< The handshake failed: certificate, name or version.
  };
  Why why = Why::Connect;
  std::string text;  ///< For people, without secrets: host and reason.
};

/// The server may have acted on the request: its reply did not arrive whole, or not in time.
struct ReplyLost {
  std::string text;
  bool timed_out = false;  ///< All of the request's time was waited for it.
};

/// What became of a request. Three cases, and the caller must treat all three.
using HttpOutcome = std::variant<HttpResponse, NotSent, ReplyLost>;

/// Sends requests, each exactly once: no retry, no redirect followed, no cache asked. Safe from
/// several threads.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual HttpOutcome send(const HttpRequest& request) = 0;
};

}  // namespace rocky::net
