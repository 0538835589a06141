#include "net/tls_socket.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace rocky::net {
namespace {

// OpenSSL works on memory only: the stream below sends, receives and keeps time.
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslHandle = std::unique_ptr<SSL, FreeSsl>;
using ContextHandle = std::unique_ptr<SSL_CTX, FreeContext>;

constexpr std::size_t kReadBytes = 16 * 1024;

std::string newest_tls_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason ? reason : "the peer broke off";
}

class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> below, SslHandle ssl)
      : below_(std::move(below)), ssl_(std::move(ssl)) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
  }

  /// Empty once hands are shaken, else why not.
  std::string shake_hands(BootTime until) {
    while (true) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_.get());
      const SendResult sent = flush(until);
      if (done == 1) return sent.whole ? "" : sent.why;
      if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ) return why_not_trusted();
      if (!sent.whole) return sent.why;
      const ReceiveResult fed = feed(until);
      if (fed.end != ReceiveResult::End::Bytes) return fed.why;
    }
  }

  SendResult send(std::string_view bytes, BootTime until) override {
    if (bytes.empty()) return {.whole = true};
    ERR_clear_error();
    std::size_t written = 0;
    // A memory BIO takes all: what is written is whole, or the session has failed.
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) != 1)
      return {.none = true, .why = newest_tls_error()};
    return flush(until);
  }

  ReceiveResult receive(std::string& onto, BootTime until) override {
    while (true) {
      if (take_decrypted(onto)) return {};
      const int error = SSL_get_error(ssl_.get(), last_read_);
      if (error == SSL_ERROR_ZERO_RETURN)
        return {ReceiveResult::End::Closed, "the connection was closed"};
      if (error != SSL_ERROR_WANT_READ) return {ReceiveResult::End::Failed, newest_tls_error()};
      // Reading may have made something to be sent: an answer to a change of keys.
      if (const SendResult sent = flush(until); !sent.whole)
        return {ReceiveResult::End::Failed, sent.why};
      ReceiveResult fed = feed(until);
      if (fed.end != ReceiveResult::End::Bytes) return fed;
    }
  }

  bool is_quiet() override {
    // Tickets for later sessions may arrive at any time: they are not an answer to anything.
    std::string unasked;
    return receive(unasked, BootTime{}).end == ReceiveResult::End::TimedOut;
  }

 private:
  bool take_decrypted(std::string& onto) {
    ERR_clear_error();
    const auto before = onto.size();
    onto.resize(before + kReadBytes);
    std::size_t count = 0;
    last_read_ = SSL_read_ex(ssl_.get(), onto.data() + before, kReadBytes, &count);
    onto.resize(before + count);
    return last_read_ == 1;
  }

  SendResult flush(BootTime until) {
    BIO* outgoing = SSL_get_wbio(ssl_.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(outgoing, &bytes);
    if (size <= 0) return {.whole = true};
    SendResult sent = below_->send({bytes, static_cast<std::size_t>(size)}, until);
    (void)BIO_reset(outgoing);
    return sent;
  }

  ReceiveResult feed(BootTime until) {
    std::string bytes;
    ReceiveResult got = below_->receive(bytes, until);
    if (!bytes.empty())
      BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    return got;
  }

  std::string why_not_trusted() {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified == X509_V_OK) return newest_tls_error();
    ERR_clear_error();
    return X509_verify_cert_error_string(verified);
  }

  const std::unique_ptr<Stream> below_;
  const SslHandle ssl_;
  int last_read_ = 0;
};

class OpenSslContext final : public TlsContext {
 public:
  explicit OpenSslContext(ContextHandle context) : context_(std::move(context)) {}

  StreamOpened connect(std::unique_ptr<Stream> below, const std::string& server_name,
                       BootTime until) const override {
    SslHandle ssl(SSL_new(context_.get()));
    if (!ssl || !expect_name(ssl.get(), server_name))
      return NotSent{NotSent::Why::Tls, "cannot begin TLS with " + server_name};
    auto stream = std::make_unique<TlsStream>(std::move(below), std::move(ssl));
    const std::string why = stream->shake_hands(until);
    if (why.empty()) return stream;
    return NotSent{NotSent::Why::Tls, "TLS with " + server_name + " failed: " + why};
  }

 private:
  static bool expect_name(SSL* ssl, const std::string& name) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1) return true;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name.c_str()) == 1 &&
           SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
  }

  const ContextHandle context_;
};

}  // namespace

Result<std::unique_ptr<TlsContext>> load_tls_context(const std::string& ca_file) {
  ContextHandle context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(ErrorCode::OutOfMemory, "cannot begin TLS: {}", newest_tls_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const bool loaded = ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                          : SSL_CTX_load_verify_file(context.get(), ca_file.c_str()) == 1;
  if (!loaded) {
    return fail(ErrorCode::ConfigValue, "cannot read the certificates to trust path=`{}`: {}",
                ca_file, newest_tls_error());
  }
  return std::make_unique<OpenSslContext>(std::move(context));
}

}  // namespace rocky::net
