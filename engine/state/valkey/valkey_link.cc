#include "state/valkey/valkey_link.h"

#include <algorithm>
#include <set>

#include "state/valkey/valkey_errors.h"

namespace rocky::state {
namespace {

using net::HostPort;
using net::NotSent;
using net::ReplyLost;
using net::RespClient;
using net::RespCommand;
using net::RespOutcome;
using net::RespReplies;
using net::RespTurnedAway;
using net::RespValue;

constexpr Millis kConnectTimeout{5'000};
constexpr std::uint16_t kSentinelPort = 26379;
// A slot that moves twice while we ask is possible; five hops are servers that disagree.
constexpr int kHopsMax = 5;
constexpr std::size_t kIdleMax = 8;

Millis pause_before(int tries) { return Millis(20LL << std::min(tries, 5)); }

Result<std::vector<HostPort>> sentinels_of(const ValkeySettings& settings) {
  std::vector<HostPort> places;
  for (const std::string& text : settings.sentinels) {
    const auto place = net::parse_host_port(text, kSentinelPort);
    if (!place) {
      return fail(ErrorCode::ConfigValue, "not the address of a sentinel given=`{}`", text)
          .with_hint("HOST:PORT");
    }
    places.push_back(*place);
  }
  return places;
}

/// The masters among {{first slot, last slot, {host, port, …}, replica…}, …}.
std::set<HostPort> masters_in(const RespValue& slots, const HostPort& told_by) {
  std::set<HostPort> masters;
  for (const RespValue& range : slots.items) {
    if (range.items.size() < 3 || range.items[2].items.size() < 2) continue;
    const RespValue& master = range.items[2];
    const std::string& host = master.items[0].text;
    masters.insert(
        {host.empty() ? told_by.host : host, static_cast<std::uint16_t>(master.items[1].number)});
  }
  return masters;
}

Error not_a_master(const HostPort& place) {
  return fail(ErrorCode::StoreUnavailable, "the Valkey server is a replica server=`{}`",
              to_string(place))
      .with_hint("point valkey_url to the master, or use valkey_sentinel");
}

}  // namespace

// --------------------------------------------------------------------------------------- one line

RespOutcome ValkeyLine::send(std::span<const RespCommand> commands) {
  if (!is_asking_) return client_->send(commands);
  std::vector<RespCommand> asking;
  for (const RespCommand& command : commands) {
    asking.push_back({"ASKING"});
    asking.push_back(command);
  }
  RespOutcome outcome = client_->send(asking);
  auto* replies = std::get_if<RespReplies>(&outcome);
  if (!replies) return outcome;
  RespReplies asked_for;
  for (std::size_t i = 1; i < replies->size(); i += 2)
    asked_for.push_back(std::move((*replies)[i]));
  return asked_for;
}

std::variant<RespReplies, Spoken> only_read(RespOutcome outcome) {
  if (auto* not_sent = std::get_if<NotSent>(&outcome)) return Spoken(std::move(*not_sent));
  if (auto* lost = std::get_if<ReplyLost>(&outcome))
    return Spoken(NotSent{NotSent::Why::Connect, std::move(lost->text)});
  auto& replies = std::get<RespReplies>(outcome);
  for (RespValue& reply : replies) {
    if (reply.is(RespValue::Kind::Error)) return Spoken(std::move(reply));
  }
  return std::move(replies);
}

// --------------------------------------------------------------------------------------- the link

/// One speech on its way to whoever has the key.
struct ValkeyLink::Journey {
  std::string key;
  std::optional<HostPort> fixed;  ///< There and nowhere else.
  BootTime until;
  int tries = 0;
  int hops = 0;
  std::optional<HostPort> ask_at;  ///< The next time only.
};

ValkeyLink::ValkeyLink(Clock& clock, const WaitLimit* wait_limit, const StateSettings& settings,
                       net::RespUrl url, std::vector<HostPort> sentinels)
    : clock_(clock),
      url_(std::move(url)),
      sentinels_(std::move(sentinels)),
      sentinel_master_(settings.valkey.sentinel_master),
      allow_lossy_(settings.valkey.allow_lossy) {
  resp_.user = url_.user;
  resp_.password = url_.password;
  resp_.database = url_.database;
  resp_.client_name = "rocky";
  resp_.connect_timeout = std::min(kConnectTimeout, settings.exchange_timeout);
  resp_.exchange_timeout = settings.exchange_timeout;
  resp_.wait_limit = wait_limit;
}

Result<std::unique_ptr<ValkeyLink>> ValkeyLink::open(Clock& clock, const WaitLimit* wait_limit,
                                                     const StateSettings& settings) {
  ROCKY_ASSIGN(auto sentinels, sentinels_of(settings.valkey));
  net::RespUrl url;
  if (!settings.valkey.url.empty() || sentinels.empty()) {
    ROCKY_ASSIGN(url, net::parse_resp_url(settings.valkey.url));
  }
  const bool with_tls = url.tls;
  std::unique_ptr<ValkeyLink> link(
      new ValkeyLink(clock, wait_limit, settings, std::move(url), std::move(sentinels)));
  if (with_tls) {
    auto tls = net::load_tls_context(settings.ca_file);
    if (!tls) {
      return std::move(tls).error().with_hint(
          "ca_file in [state] names a file of certificates in PEM form");
    }
    link->tls_ = std::move(*tls);
    link->resp_.tls = link->tls_.get();
  }
  return link;
}

Status ValkeyLink::speak(std::string_view key, const Speech& speech) {
  return travel({.key = std::string(key), .until = clock_.boot_now() + resp_.exchange_timeout},
                speech);
}

Status ValkeyLink::speak_at(const HostPort& place, const Speech& speech) {
  return travel({.fixed = place, .until = clock_.boot_now() + resp_.exchange_timeout}, speech);
}

Status ValkeyLink::travel(Journey journey, const Speech& speech) {
  for (;; ++journey.tries) {
    ROCKY_ASSIGN(const Way way, way_to(journey));
    journey.ask_at.reset();
    ROCKY_ASSIGN(const Spoken spoken, speak_once(way, speech));
    if (std::holds_alternative<Done>(spoken)) return {};
    ROCKY_TRY(go_on(journey, way, spoken));
  }
}

Status ValkeyLink::go_on(Journey& journey, const Way& way, const Spoken& spoken) {
  const bool is_late = clock_.boot_now() >= journey.until ||
                       (resp_.wait_limit != nullptr && resp_.wait_limit->is_over());
  if (const auto* not_sent = std::get_if<NotSent>(&spoken)) {
    // What we knew may be out of date: a connection that was closed, a master that is no more.
    forget(way.place);
    if (!way.was_known || is_late) return error_of(*not_sent);
    return {};
  }
  const RespValue& reply = std::get<RespValue>(spoken);
  if (const auto redirect = net::redirect_of(reply)) return follow(journey, *redirect, way);
  if (!will_pass(reply) || is_late) return error_of(reply);
  // A master that became a replica: whoever took over may be found by asking anew.
  if (reply.error_code() == "READONLY") forget(way.place);
  clock_.sleep_for(pause_before(journey.tries));
  return {};
}

Status ValkeyLink::follow(Journey& journey, const net::RespRedirect& redirect, const Way& way) {
  if (++journey.hops > kHopsMax || journey.fixed) {
    return fail(ErrorCode::StoreUnavailable,
                "the servers of the cluster disagree on who has a key server=`{}`",
                to_string(way.place))
        .with_hint("look at CLUSTER NODES there, and try again later");
  }
  HostPort place = redirect.place;
  if (place.host.empty()) place.host = way.place.host;
  if (redirect.ask_only) {
    journey.ask_at = std::move(place);
    return {};
  }
  const std::lock_guard lock(mutex_);
  place_of_slot_[redirect.slot] = std::move(place);
  return {};
}

std::optional<ValkeyLink::Way> ValkeyLink::known_way_to(const Journey& journey) {
  const std::lock_guard lock(mutex_);
  const auto has_idle = [&](const HostPort& place) {
    const auto found = idle_.find(place);
    return found != idle_.end() && !found->second.empty();
  };
  if (journey.ask_at) return Way{*journey.ask_at, true, false};
  if (journey.fixed) return Way{*journey.fixed, false, has_idle(*journey.fixed)};
  if (!place_of_slot_.empty()) {
    const auto moved = place_of_slot_.find(net::slot_of(journey.key));
    if (moved != place_of_slot_.end()) return Way{moved->second, false, true};
  }
  if (sentinels_.empty()) return Way{url_.place, false, has_idle(url_.place)};
  if (master_) return Way{*master_, false, true};
  return std::nullopt;
}

Result<ValkeyLink::Way> ValkeyLink::way_to(const Journey& journey) {
  if (auto known = known_way_to(journey)) return std::move(*known);
  auto told = net::ask_sentinels(clock_, resp_, {sentinels_, sentinel_master_});
  if (const auto* not_sent = std::get_if<NotSent>(&told)) return error_of(*not_sent);
  const std::lock_guard lock(mutex_);
  master_ = std::get<HostPort>(told);
  return Way{*master_, false, false};
}

void ValkeyLink::forget(const HostPort& place) {
  const std::lock_guard lock(mutex_);
  idle_.erase(place);
  std::erase_if(place_of_slot_, [&](const auto& route) { return route.second == place; });
  if (master_ == place) master_.reset();
}

Result<Spoken> ValkeyLink::speak_once(const Way& way, const Speech& speech) {
  ROCKY_ASSIGN(auto found, line_to(way));
  if (auto* spoken = std::get_if<Spoken>(&found)) return std::move(*spoken);
  ValkeyLine& line = std::get<ValkeyLine>(found);
  Spoken spoken = speech(line);
  if (!line.may_be_kept()) return spoken;
  const std::lock_guard lock(mutex_);
  auto& idle = idle_[way.place];
  if (idle.size() < kIdleMax) idle.push_back(std::move(line));
  return spoken;
}

std::optional<ValkeyLine> ValkeyLink::idle_line_to(const HostPort& place) {
  const std::lock_guard lock(mutex_);
  const auto found = idle_.find(place);
  while (found != idle_.end() && !found->second.empty()) {
    ValkeyLine line = std::move(found->second.back());
    found->second.pop_back();
    if (line.may_be_kept()) return line;
  }
  return std::nullopt;
}

Result<std::variant<ValkeyLine, Spoken>> ValkeyLink::line_to(const Way& way) {
  using Line = std::variant<ValkeyLine, Spoken>;
  if (!way.is_asking) {
    if (auto idle = idle_line_to(way.place)) return Line(std::move(*idle));
  }
  auto connected = RespClient::connect(clock_, resp_, way.place);
  if (auto* not_sent = std::get_if<NotSent>(&connected)) return Line(Spoken(std::move(*not_sent)));
  if (auto* away = std::get_if<RespTurnedAway>(&connected))
    return Line(Spoken(std::move(away->error)));
  auto client = std::get<0>(std::move(connected));
  RespOutcome told = client->send(facts_questions());
  auto* replies = std::get_if<RespReplies>(&told);
  if (!replies) return Line(std::get<Spoken>(only_read(std::move(told))));
  for (RespValue& reply : *replies) {
    if (will_pass(reply)) return Line(Spoken(std::move(reply)));
  }
  ROCKY_ASSIGN(const ValkeyFacts facts, facts_of(*replies, way.place, allow_lossy_));
  // A server of a cluster sends us on by itself; elsewhere whoever took over is to be found.
  if (facts.is_replica && !facts.is_cluster) {
    if (sentinels_.empty()) return not_a_master(way.place);
    return Line(Spoken(
        RespValue{.kind = RespValue::Kind::Error, .text = "READONLY the master became a replica"}));
  }
  note(facts);
  ValkeyLine line(std::move(client), facts);
  if (way.is_asking) line.ask_first();
  return Line(std::move(line));
}

void ValkeyLink::note(const ValkeyFacts& facts) {
  if (facts.has_copies_to_wait_for()) has_copies_ = true;
  Kept not_seen = Kept::NotSeen;
  if (!facts.keeps_what_it_acknowledges() || !sentinels_.empty()) {
    kept_ = Kept::No;
  } else {
    kept_.compare_exchange_strong(not_seen, Kept::Yes);
  }
}

Result<std::vector<HostPort>> ValkeyLink::primaries() {
  std::set<HostPort> places;
  ROCKY_TRY(speak("", [&](ValkeyLine& line) -> Spoken {
    if (!line.facts().is_cluster) {
      places = {line.place()};
      return Done{};
    }
    auto read = only_read(line.send(RespCommand{"CLUSTER", "SLOTS"}));
    if (auto* spoken = std::get_if<Spoken>(&read)) return std::move(*spoken);
    places = masters_in(std::get<RespReplies>(read).front(), line.place());
    return Done{};
  }));
  return std::vector<HostPort>(places.begin(), places.end());
}

std::unique_ptr<RespClient> ValkeyLink::connect_for_messages() {
  const auto way = way_to({});
  if (!way) return nullptr;
  auto connected = RespClient::connect(clock_, resp_, way->place);
  if (auto* client = std::get_if<0>(&connected)) return std::move(*client);
  return nullptr;
}

}  // namespace rocky::state
