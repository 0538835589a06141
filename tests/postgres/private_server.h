#pragma once

#include <string>

#include "fakes/scratch_directory.h"
#include "warehouse/registry.h"

namespace rocky::postgres_testing {

/// A server of the test's own that it may stop and start: in a scratch directory, on a free port of
/// this host, run by the user `postgres` where the test runs as root.
class PrivateServer {
 public:
  /// Why there can be none; empty when the programs of PostgreSQL are installed.
  static std::string unavailable();

  PrivateServer();
  ~PrivateServer();

  warehouse::WarehouseSettings settings() const;
  /// As after a crash: sessions are cut, nothing is written out.
  void stop_at_once();
  void start();
  /// Restarts it as one that only reads, as a copy of another server does.
  void become_standby();

 private:
  void control(const std::string& arguments);

  ScratchDirectory directory_;
  std::string programs_;
  int port_;
};

}  // namespace rocky::postgres_testing
