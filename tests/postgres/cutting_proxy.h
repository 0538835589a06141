#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/threads.h"

namespace rocky::postgres_testing {

/// What happens to the next COMMIT that passes.
enum class CommitFate {
  Passes,
  ReplyLost,    ///< The server commits; the client hears nothing and is cut off.
  RequestLost,  ///< The client is cut off; the server's session stays inside its transaction until
                ///< `close_server_sides`.
};

/// A proxy on a free port of this host that passes the connections of clients on to a server, and
/// cuts them at COMMIT. Speaks without encryption. Safe from several threads.
class CuttingProxy {
 public:
  CuttingProxy(std::string host, int port);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  int port() const { return port_; }
  void next_commit(CommitFate fate) { fate_ = fate; }
  /// From now on nothing that a server says after its greeting is passed on, and nothing is cut: as
  /// a pooler that has no server for its client.
  void withhold_replies() { withholding_ = true; }
  /// How many connections were cut.
  int cuts() const { return cuts_; }
  /// Ends the server's sessions whose clients were cut off.
  void close_server_sides() { closing_ = true; }

 private:
  void accept_clients();
  void pass_on(FileDescriptor client);
  FileDescriptor connect_to_server() const;

  const std::string host_;
  const int server_port_;
  int port_ = 0;
  FileDescriptor listener_;
  std::atomic<CommitFate> fate_ = CommitFate::Passes;
  std::atomic<int> cuts_ = 0;
  std::atomic<bool> withholding_ = false;
  std::atomic<bool> closing_ = false;
  std::atomic<bool> ending_ = false;
  std::vector<std::unique_ptr<Thread>> connections_;  // Of the accepting thread alone.
  std::unique_ptr<Thread> acceptor_;
};

}  // namespace rocky::postgres_testing
