#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "base/wait_limit.h"
#include "net/resp_reply.h"
#include "net/socket.h"
#include "net/tls_socket.h"

namespace rocky::net {

using RespCommand = std::vector<std::string>;

/// How to speak to a server, whichever one it is.
struct RespSettings {
  const TlsContext* tls = nullptr;  ///< Null: without TLS. Outlives the connection.
  std::string user;                 ///< Empty: the default user.
  Secret password;                  ///< Empty: no AUTH.
  int database = 0;
  std::string client_name;  ///< Shown by CLIENT LIST; without spaces.
  Millis connect_timeout{5'000};
  Millis exchange_timeout{30'000};
  const WaitLimit* wait_limit = nullptr;  ///< Outlives the connection; may be null.
};

/// What the server answered to each command, in their order; an Error reply is an answer too.
using RespReplies = std::vector<RespValue>;

/// What became of commands that were sent together. Three cases, and the caller must treat all
/// three.
using RespOutcome = std::variant<RespReplies, NotSent, ReplyLost>;

/// The server did not let us in: its Error reply to HELLO, AUTH or SELECT.
struct RespTurnedAway {
  RespValue error;
};

class RespClient;
using RespConnected = std::variant<std::unique_ptr<RespClient>, NotSent, RespTurnedAway>;

/// One connection to a Valkey or Redis server. Sends each command exactly once: what is to be said
/// again is said again by the caller. Not safe from several threads.
class RespClient {
 public:
  /// Connects and introduces itself: protocol 3 where the server has it, else 2.
  static RespConnected connect(Clock& clock, const RespSettings& settings, const HostPort& place);

  /// Sends the commands in one go and waits for all replies. After anything but RespReplies the
  /// connection is of no more use.
  RespOutcome send(std::span<const RespCommand> commands);
  RespOutcome send(const RespCommand& command) { return send({&command, 1}); }

  /// Whether another command may be sent: nothing went wrong, and the server has neither hung up
  /// nor said anything unasked.
  bool is_usable();

  /// Sends a command that is answered by messages: SUBSCRIBE. False when the connection is lost.
  bool post(const RespCommand& command);
  /// The next thing the server says by itself, at the latest at `until`; empty when it said nothing
  /// or the connection is lost.
  std::optional<RespValue> wait_for_message(BootTime until);

  bool is_lost() const { return is_broken_; }
  const HostPort& place() const { return place_; }

 private:
  RespClient(Clock& clock, const RespSettings& settings, HostPort place,
             std::unique_ptr<Stream> stream);
  std::optional<RespConnected> introduce();
  RespOutcome send_until(std::span<const RespCommand> commands, BootTime until);
  /// Adds replies until there are `count`; empty when they are whole, else why not.
  std::string receive_replies(RespReplies& replies, std::size_t count, BootTime until);
  std::vector<RespCommand> greeting() const;
  std::vector<RespCommand> old_greeting() const;

  Clock& clock_;
  const RespSettings settings_;
  const HostPort place_;
  const std::unique_ptr<Stream> stream_;
  RespDecoder decoder_;
  bool is_broken_ = false;
};

}  // namespace rocky::net
