#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fakes/forked_child.h"
#include "fakes/scratch_directory.h"

namespace rocky::fakes {

/// A loopback port that nobody listened at a moment ago.
std::uint16_t free_port();

struct ValkeyServerOptions {
  std::vector<std::string> arguments;  ///< As on the command line: `--appendonly`, `yes`, …
  bool tls = false;                    ///< Only TLS; see ca_file().
};

/// A real Valkey or Redis server of our own on a free loopback port, with an empty folder. Ends
/// with this object, and with this process.
class ValkeyServer {
 public:
  /// Why there can be none here; empty when there can.
  static std::string unavailable();

  explicit ValkeyServer(ValkeyServerOptions options = {});
  ~ValkeyServer();

  std::uint16_t port() const { return port_; }
  /// `valkey://127.0.0.1:PORT`, `valkeys://…` with TLS; `credentials` are `user:password`.
  std::string url(const std::string& credentials = "") const;
  /// With TLS: the certificate to trust, which is its own.
  std::string ca_file() const { return folder_.path("certificate.pem"); }
  /// Says one command, as the default user, and returns the reply's text, or that of its last item;
  /// an error aborts.
  std::string say(const std::vector<std::string>& command);
  /// SIGKILL.
  void kill() { process_.reset(); }
  /// SIGSTOP: it is there, and does not answer.
  void pause();
  /// Starts again on the same port, with what is in its folder.
  void start_again();

 private:
  bool start();
  bool is_answering();

  const ValkeyServerOptions options_;
  ScratchDirectory folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ForkedChild> process_;
};

}  // namespace rocky::fakes
