#pragma once

#include "fakes/http_server.h"
#include "net/http.h"

namespace rocky::fakes {

/// Reaches the handler of a server without a wire, whatever host the address names. A reply that a
/// wire would lose is ReplyLost.
class DirectHttpClient final : public net::HttpClient {
 public:
  explicit DirectHttpClient(HttpServer::Handler handler) : handler_(std::move(handler)) {}
  net::HttpOutcome send(const net::HttpRequest& request) override;

 private:
  const HttpServer::Handler handler_;
};

}  // namespace rocky::fakes
