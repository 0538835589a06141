#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/threads.h"
#include "fakes/tls_identity.h"

namespace rocky::fakes {

/// A request as it came in. Names of headers are in lower case; none may come twice.
struct ServedRequest {
  std::string method;
  std::string target;  ///< As sent: path and query, encoded; behind a proxy the whole address.
  std::string path;    ///< Of the target, still encoded.
  std::map<std::string, std::string, std::less<>> query;  ///< Decoded; a bare name has "".
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;

  std::optional<std::string> header(std::string_view name) const;
  std::optional<std::string> argument(std::string_view name) const;
};

/// What goes wrong with the reply.
enum class ReplyFault {
  None,
  Drop,         ///< The connection is closed instead.
  Reset,        ///< The connection is reset instead.
  Truncate,     ///< Half of the body, then the connection is closed.
  Stall,        ///< Nothing comes, until the client leaves.
  StallInBody,  ///< Half of the body comes, then nothing.
  CloseAfter,   ///< All of it, then the connection is closed without a word about that before.
};

struct ServedReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Content-Length is added.
  std::string body;
  ReplyFault fault = ReplyFault::None;
  bool chunked = false;         ///< In pieces, instead of with a length.
  bool without_length = false;  ///< The end of the connection is the end of the body.
};

/// An HTTP/1.1 server on a free port of the loopback device, one thread for each connection.
///
/// Stricter than real ones: what is not exactly a request (no Host, a header twice, a body without
/// length, line breaks of one character) is answered with 400 and counted. Requests to one server
/// may be answered side by side, so the handler must be safe from several threads.
class HttpServer {
 public:
  using Handler = std::function<ServedReply(const ServedRequest&)>;
  /// With an identity, which must outlive the server, it speaks TLS.
  explicit HttpServer(Handler handler, const TlsIdentity* identity = nullptr);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  int port() const { return port_; }
  /// `http://127.0.0.1:PORT`, without a slash at the end.
  std::string url() const;
  int requests() const { return requests_; }
  int connections() const { return connections_; }
  /// Of those, how many this side has closed.
  int closed() const { return closed_; }
  int malformed() const { return malformed_; }

 private:
  class Wire;
  void accept_all();
  void serve(int socket);
  bool serve_one(Wire& wire);
  bool answer(Wire& wire, const ServedRequest& request);

  const Handler handler_;
  const TlsIdentity* const identity_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> requests_{0};
  std::atomic<int> connections_{0};
  std::atomic<int> closed_{0};
  std::atomic<int> malformed_{0};
  std::mutex mutex_;
  std::set<int> open_;
  std::vector<std::unique_ptr<Thread>> serving_;
  std::unique_ptr<Thread> accepting_;
};

/// A port of the loopback device where nobody listens.
int refusing_port();

}  // namespace rocky::fakes
