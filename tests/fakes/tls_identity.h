#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace rocky::fakes {

/// A certificate made for this process: for `localhost` and 127.0.0.1, signed by itself, so that
/// trusting `pem()` trusts it alone.
class TlsIdentity {
 public:
  TlsIdentity();
  const std::string& pem() const { return pem_; }
  /// For a server with this certificate in our own process.
  SSL_CTX* server_context() const { return context_.get(); }
  /// For one that reads files: `certificate.pem`, which is what to trust too, and `key.pem`.
  void write_files(const std::string& folder) const;

 private:
  std::string pem_;
  std::string key_pem_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
};

}  // namespace rocky::fakes
