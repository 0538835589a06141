#include "fakes/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/strings.h"

namespace rocky::fakes {
namespace {

constexpr std::size_t kHeadBytesMax = 64 * 1024;
constexpr std::size_t kBodyBytesMax = 16 * 1024 * 1024;

int bound_socket(int& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ROCKY_CHECK(socket >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ROCKY_CHECK(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  socklen_t size = sizeof address;
  ROCKY_CHECK(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return socket;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? from_hex(text.substr(i + 1, 2)) : std::nullopt;
    out += byte ? *byte : std::string(1, text[i]);
    if (byte) i += 2;
  }
  return out;
}

/// `METHOD target HTTP/1.1`
bool read_request_line(std::string_view line, ServedRequest& request) {
  const auto words = split(line, ' ');
  if (words.size() != 3 || words[2] != "HTTP/1.1" || words[0].empty() || words[1].empty())
    return false;
  request.method = words[0];
  request.target = words[1];
  const std::size_t question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question == std::string::npos) return true;
  for (const std::string& pair : split(request.target.substr(question + 1), '&')) {
    const std::size_t equals = pair.find('=');
    request.query[decoded(pair.substr(0, equals))] =
        equals == std::string::npos ? "" : decoded(pair.substr(equals + 1));
  }
  return true;
}

bool read_header(std::string_view line, ServedRequest& request) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view name = line.substr(0, colon);
  if (name.find_first_of(" \t") != std::string_view::npos) return false;
  return request.headers.emplace(to_lower(name), trim(line.substr(colon + 1))).second;
}

/// Takes a line off the front of what is left of a head that ends in an empty line.
std::string_view take_line(std::string_view& head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  head.remove_prefix(line.size() + 2);
  return line;
}

bool read_head(std::string_view head, ServedRequest& request) {
  if (!read_request_line(take_line(head), request)) return false;
  for (auto line = take_line(head); !line.empty(); line = take_line(head)) {
    if (line.find('\n') != std::string_view::npos || !read_header(line, request)) return false;
  }
  return request.headers.contains("host");
}

/// The length of the body that follows; empty when the head does not tell it as it must.
std::optional<std::size_t> body_length(const ServedRequest& request) {
  if (request.headers.contains("transfer-encoding")) return std::nullopt;
  const auto text = request.header("content-length");
  const bool needs_length = request.method == "PUT" || request.method == "POST";
  if (!text) return needs_length ? std::nullopt : std::optional<std::size_t>(0);
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
  if (error != std::errc() || end != text->data() + text->size() || length > kBodyBytesMax)
    return std::nullopt;
  return length;
}

std::string head_of(const ServedReply& reply) {
  std::string head = fmt::format("HTTP/1.1 {} Said\r\n", reply.status);
  for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
  if (reply.chunked) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (!reply.without_length && reply.status != 204) {
    head += fmt::format("Content-Length: {}\r\n", reply.body.size());
  }
  return head + "\r\n";
}

std::string body_of(const ServedReply& reply) {
  if (!reply.chunked) return reply.body;
  std::string pieces;
  for (std::size_t at = 0; at < reply.body.size(); at += 1000) {
    const std::string piece = reply.body.substr(at, 1000);
    pieces += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
  }
  return pieces + "0\r\n\r\n";
}

}  // namespace

std::optional<std::string> ServedRequest::header(std::string_view name) const {
  const auto found = headers.find(name);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> ServedRequest::argument(std::string_view name) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

/// The bytes of one connection, plain or under TLS.
class HttpServer::Wire {
 public:
  Wire(int socket, SSL_CTX* context) : socket_(socket), tls_(nullptr, SSL_free) {
    if (!context) return;
    tls_.reset(SSL_new(context));
    SSL_set_fd(tls_.get(), socket);
    ready_ = SSL_accept(tls_.get()) == 1;
  }

  bool ready() const { return ready_; }

  /// Up to and with the empty line; empty: the client left or sends no end.
  std::optional<std::string> take_head() {
    std::size_t end = 0;
    while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
      if (read_.size() > kHeadBytesMax || !read_more()) return std::nullopt;
    }
    return take(end + 4);
  }

  std::optional<std::string> take_body(std::size_t length) {
    while (read_.size() < length) {
      if (!read_more()) return std::nullopt;
    }
    return take(length);
  }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = tls_
                               ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  /// Until the client leaves, or the server stops.
  void wait_for_end() {
    while (read_more()) read_.clear();
  }

  /// Closing will reset the connection.
  void reset_at_close() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

 private:
  bool read_more() {
    char buffer[16 * 1024];
    const auto got = tls_ ? SSL_read(tls_.get(), buffer, sizeof buffer)
                          : ::recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    read_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  std::string take(std::size_t length) {
    std::string taken = read_.substr(0, length);
    read_.erase(0, length);
    return taken;
  }

  const int socket_;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_;
  bool ready_ = true;
  std::string read_;
};

HttpServer::HttpServer(Handler handler, const TlsIdentity* identity)
    : handler_(std::move(handler)), identity_(identity) {
  // OpenSSL writes to a client that has left; as for the program, that is a failed write and no
  // end.
  ::signal(SIGPIPE, SIG_IGN);
  listener_ = bound_socket(port_);
  ROCKY_CHECK(::listen(listener_, SOMAXCONN) == 0);
  accepting_ = system_threads().start("http-accept", [this] { accept_all(); });
}

HttpServer::~HttpServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.reset();
  ::close(listener_);
  {
    std::lock_guard lock(mutex_);
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
  }
  serving_.clear();
}

std::string HttpServer::url() const {
  return fmt::format("{}://127.0.0.1:{}", identity_ ? "https" : "http", port_);
}

void HttpServer::accept_all() {
  while (!stopping_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    ++connections_;
    std::lock_guard lock(mutex_);
    open_.insert(socket);
    serving_.push_back(system_threads().start("http-serve", [this, socket] { serve(socket); }));
  }
}

void HttpServer::serve(int socket) {
  {
    Wire wire(socket, identity_ ? identity_->server_context() : nullptr);
    while (wire.ready() && serve_one(wire)) {
    }
  }
  // Closed under the lock: the number may be given to the next connection at once.
  std::lock_guard lock(mutex_);
  open_.erase(socket);
  ::close(socket);
  ++closed_;
}

/// Whether the connection can take another request.
bool HttpServer::serve_one(Wire& wire) {
  const auto head = wire.take_head();
  if (!head) return false;
  ++requests_;
  ServedRequest request;
  const bool well_formed = read_head(*head, request);
  const auto length = well_formed ? body_length(request) : std::nullopt;
  if (!length) {
    ++malformed_;
    wire.write("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return false;
  }
  auto body = wire.take_body(*length);
  if (!body) return false;
  request.body = *std::move(body);
  return answer(wire, request);
}

bool HttpServer::answer(Wire& wire, const ServedRequest& request) {
  const ServedReply reply = handler_(request);
  const std::string head = head_of(reply);
  const std::string body = request.method == "HEAD" ? "" : body_of(reply);
  switch (reply.fault) {
    case ReplyFault::Drop: return false;
    case ReplyFault::Reset: wire.reset_at_close(); return false;
    case ReplyFault::Truncate: wire.write(head + body.substr(0, body.size() / 2)); return false;
    case ReplyFault::Stall: wire.wait_for_end(); return false;
    case ReplyFault::StallInBody:
      wire.write(head + body.substr(0, body.size() / 2));
      wire.wait_for_end();
      return false;
    case ReplyFault::CloseAfter: wire.write(head + body); return false;
    case ReplyFault::None: break;
  }
  return wire.write(head + body) && !reply.without_length;
}

int refusing_port() {
  int port = 0;
  // Bound once, so that the kernel had it free; closed, so that nobody listens there.
  ::close(bound_socket(port));
  return port;
}

}  // namespace rocky::fakes
