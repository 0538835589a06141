#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/threads.h"

namespace rocky::fakes {

/// What a scripted server does when it has read a command.
struct RespAnswer {
  std::string bytes;     ///< Sent as they are, whether they are a reply or not.
  bool hang_up = false;  ///< Closes the connection after them.
};

/// A server on a loopback port that speaks as much of the Redis protocol as its script does: for
/// faults that a real server cannot be told to have. Safe from several threads.
class RespServer {
 public:
  using Command = std::vector<std::string>;
  /// Called for each command, one at a time.
  using Script = std::function<RespAnswer(const Command& command)>;

  explicit RespServer(Script script);
  ~RespServer();

  std::uint16_t port() const { return port_; }
  /// Every command so far, in the order of arrival.
  std::vector<Command> heard() const;
  /// How often a command of that name came.
  int times_heard(const std::string& name) const;
  int connections() const;
  /// How many connections it has ended; their clients can see it.
  int connections_ended() const { return ended_; }

 private:
  void accept_all();
  void serve(int fd);

  Script script_;
  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Command> heard_;
  std::vector<FileDescriptor> connections_;  // Closed with the server, shut down before.
  std::vector<std::unique_ptr<Thread>> serving_;
  bool is_over_ = false;
  std::atomic<int> ended_ = 0;
  std::unique_ptr<Thread> accepting_;
};

/// `$n\r\n…\r\n`.
std::string resp_text(const std::string& text);

}  // namespace rocky::fakes
