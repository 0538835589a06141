#pragma once

#include <memory>
#include <string>

#include "errors/error.h"
#include "net/stream.h"

namespace rocky::net {

/// Whom to trust. Safe from several threads once made.
class TlsContext {
 public:
  virtual ~TlsContext() = default;

  /// Shakes hands over a connected stream and proves that the peer is `server_name`, a host name or
  /// an address; ends by `until`. What it fails with is NotSent::Why::Tls.
  virtual StreamOpened connect(std::unique_ptr<Stream> below, const std::string& server_name,
                               BootTime until) const = 0;
};

/// Trusts the certificates of the file (PEM), or those of the system when it is empty. TLS 1.2 and
/// later.
Result<std::unique_ptr<TlsContext>> load_tls_context(const std::string& ca_file);

}  // namespace rocky::net
