#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "errors/error.h"
#include "net/resp_client.h"
#include "net/resp_routes.h"
#include "net/resp_url.h"
#include "state/registry.h"
#include "state/valkey/valkey_facts.h"

namespace rocky::state {

/// A connection to a server that was examined. For one thread at a time.
class ValkeyLine {
 public:
  ValkeyLine(std::unique_ptr<net::RespClient> client, ValkeyFacts facts)
      : client_(std::move(client)), facts_(std::move(facts)) {}

  const ValkeyFacts& facts() const { return facts_; }
  const net::HostPort& place() const { return client_->place(); }
  net::RespOutcome send(std::span<const net::RespCommand> commands);
  net::RespOutcome send(const net::RespCommand& command) { return send({&command, 1}); }

  /// Each command follows ASKING from now on: the key is moving to this server.
  void ask_first() { is_asking_ = true; }
  /// The server is not what its facts say: the next connection examines it again.
  void distrust() { is_outdated_ = true; }
  bool may_be_kept() { return !is_outdated_ && !is_asking_ && client_->is_usable(); }

 private:
  std::unique_ptr<net::RespClient> client_;
  ValkeyFacts facts_;
  bool is_outdated_ = false;
  bool is_asking_ = false;
};

struct Done {};
/// How speaking to a server ended: it is done; with an Error reply, after which surely nothing was
/// changed; or unheard, likewise.
using Spoken = std::variant<Done, net::RespValue, net::NotSent>;
using Speech = std::function<Spoken(ValkeyLine&)>;

/// The replies, where losing them means that nothing was changed (all commands only read), or how
/// the speech ends. An Error among the replies ends it.
std::variant<net::RespReplies, Spoken> only_read(net::RespOutcome outcome);

/// Connections to the servers that keep our keys, and the way to them. Safe from several threads.
class ValkeyLink {
 public:
  /// Connects to nothing yet. `ConfigValue` for an address that is none.
  static Result<std::unique_ptr<ValkeyLink>> open(Clock& clock, const WaitLimit* wait_limit,
                                                  const StateSettings& settings);

  /// Speaks to the server that has the key. The speech is held again where it surely changed
  /// nothing: the key is elsewhere, the server is loading or busy, the connection had been closed.
  /// An Error promises that nothing was changed.
  Status speak(std::string_view key, const Speech& speech);
  /// Speaks to that server and no other.
  Status speak_at(const net::HostPort& place, const Speech& speech);
  /// Every server of a cluster that has keys; else the one server.
  Result<std::vector<net::HostPort>> primaries();
  /// A connection for messages, its server not examined. Null when there is none to be had.
  std::unique_ptr<net::RespClient> connect_for_messages();

  /// Whether every server so far keeps what it acknowledges; false while there was none.
  bool keeps_what_it_acknowledges() const { return kept_ == Kept::Yes; }
  /// Whether a durable write waits for copies of what can be read already, on any server so far.
  bool has_copies_to_wait_for() const { return has_copies_; }

 private:
  enum class Kept { NotSeen, Yes, No };
  struct Way {
    net::HostPort place;
    bool is_asking = false;
    bool was_known = false;  ///< From an earlier exchange: it may be out of date.
  };
  struct Journey;

  ValkeyLink(Clock& clock, const WaitLimit* wait_limit, const StateSettings& settings,
             net::RespUrl url, std::vector<net::HostPort> sentinels);

  Status travel(Journey journey, const Speech& speech);
  Result<Way> way_to(const Journey& journey);
  std::optional<Way> known_way_to(const Journey& journey);
  Status go_on(Journey& journey, const Way& way, const Spoken& spoken);
  Status follow(Journey& journey, const net::RespRedirect& redirect, const Way& way);
  Result<Spoken> speak_once(const Way& way, const Speech& speech);
  Result<std::variant<ValkeyLine, Spoken>> line_to(const Way& way);
  std::optional<ValkeyLine> idle_line_to(const net::HostPort& place);
  void forget(const net::HostPort& place);
  void note(const ValkeyFacts& facts);

  Clock& clock_;
  const net::RespUrl url_;
  const std::vector<net::HostPort> sentinels_;
  const std::string sentinel_master_;
  const bool allow_lossy_;
  std::unique_ptr<net::TlsContext> tls_;
  net::RespSettings resp_;
  std::atomic<Kept> kept_ = Kept::NotSeen;
  std::atomic<bool> has_copies_ = false;

  std::mutex mutex_;                            // Guards the rest; never held while waiting.
  std::optional<net::HostPort> master_;         // As the sentinels told last.
  std::map<int, net::HostPort> place_of_slot_;  // As the servers of a cluster told.
  std::map<net::HostPort, std::vector<ValkeyLine>> idle_;
};

}  // namespace rocky::state
