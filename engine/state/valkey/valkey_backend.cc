#include "state/valkey/valkey_backend.h"

#include <algorithm>
#include <set>

#include "state/registry.h"
#include "state/state_limits.h"
#include "state/valkey/known_values.h"
#include "state/valkey/valkey_change.h"
#include "state/valkey/valkey_errors.h"
#include "state/valkey/valkey_link.h"
#include "state/valkey/valkey_names.h"
#include "state/valkey/valkey_value.h"

namespace rocky::state {
namespace {

using net::RespCommand;
using net::RespReplies;
using net::RespValue;
using Kind = RespValue::Kind;

constexpr StateTraits traits_with(bool may_lose, bool waits_for_copies) {
  return {.scheme = "valkey",
          .may_lose_acknowledged_writes = may_lose,
          .reads_are_durable = !waits_for_copies,
          .expires_values = true};
}
// By whether acknowledged writes may be lost, and whether durable ones wait for copies.
constexpr StateTraits kTraits[2][2] = {{traits_with(false, false), traits_with(false, true)},
                                       {traits_with(true, false), traits_with(true, true)}};

// Copies that have not answered by then are taken for missing.
constexpr Millis kCopiesTimeout{5'000};
constexpr std::string_view kScanCount = "1000";
// Each is waited for as long as the server's own clock says.
constexpr int kTooYoungMax = 8;
// Values of one reply while listing: 16 MiB at most.
constexpr std::size_t kReadTogether = 16;

class ValkeyBackend final : public StateBackend {
 public:
  ValkeyBackend(Clock& clock, const StateSettings& settings, std::unique_ptr<ValkeyLink> link)
      : clock_(clock),
        copies_timeout_(std::min(kCopiesTimeout, settings.exchange_timeout / 2)),
        names_(settings.valkey.prefix),
        link_(std::move(link)) {}

  const StateTraits& traits() const override {
    return kTraits[link_->keeps_what_it_acknowledges() ? 0 : 1]
                  [link_->has_copies_to_wait_for() ? 1 : 0];
  }
  Result<std::optional<Stored>> read(std::string_view name) override {
    ROCKY_TRY(check_name(name));
    return read_key(names_.key_of(name));
  }
  Result<std::optional<Stored>> read_v1_entry(std::string_view key) override {
    return read_key(names_.v1_key_of(key));
  }
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints& hints) override;
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints& hints) override;
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override;
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override;
  Result<bool> wait_for_change(std::string_view name, const Version& version,
                               Millis timeout) override;

 private:
  Result<std::optional<Stored>> read_key(const std::string& key);

  struct Wish;
  Result<WriteOutcome> apply(const Wish& wish);
  Spoken attempt(ValkeyLine& line, const Wish& wish, std::optional<ChangeEnd>& end);
  std::variant<std::string, ChangeEnd> expected_bytes(ValkeyLine& line, const Wish& wish);
  ChangeEnd change(ValkeyLine& line, const ValkeyChange& change);

  Status scan(const net::HostPort& place, const std::string& pattern, std::size_t limit,
              std::string_view after, std::set<std::string>& names);
  Result<std::vector<ListedName>> describe(const std::vector<std::string>& names);
  Status describe_together(std::span<const std::string> names, std::vector<ListedName>& listed);

  std::unique_ptr<net::RespClient> listener_of(const std::string& key, BootTime until);
  void keep_listener(const std::string& key, std::unique_ptr<net::RespClient> listener);

  Clock& clock_;
  const Millis copies_timeout_;
  const ValkeyNames names_;
  const std::unique_ptr<ValkeyLink> link_;
  KnownValues known_;
  std::atomic<bool> may_use_scripts_ = true;
  std::mutex mutex_;  // Guards listeners_; never held while waiting.
  std::multimap<std::string, std::unique_ptr<net::RespClient>> listeners_;
};

// -------------------------------------------------------------------------------------------- read

Result<std::optional<Stored>> ValkeyBackend::read_key(const std::string& key) {
  std::optional<Stored> found;
  ROCKY_TRY(link_->speak(key, [&](ValkeyLine& line) -> Spoken {
    // TIME first: a server that stalls in between makes a value look younger, never stale.
    const std::vector<RespCommand> commands{{"TIME"}, {"GET", key}};
    auto read = only_read(line.send(commands));
    if (auto* spoken = std::get_if<Spoken>(&read)) return std::move(*spoken);
    const auto& replies = std::get<RespReplies>(read);
    found.reset();
    if (!replies[1].is(Kind::Text)) return Done{};
    const std::string& stored = replies[1].text;
    known_.remember(key, line.facts().replication_id, stored);
    const auto now = time_in(replies[0]);
    found = to_stored_value(now.value_or(0), stored);
    if (!now) found->age.reset();
    return Done{};
  }));
  return found;
}

// ------------------------------------------------------------------------------------------- write

/// What a verb wants changed.
struct ValkeyBackend::Wish {
  ValkeyChange change;
  std::optional<Version> expected;
  bool durable = false;
};

Result<WriteOutcome> ValkeyBackend::create(std::string_view name, std::string_view value,
                                           const WriteHints& hints) {
  ROCKY_TRY(check_name(name));
  ROCKY_TRY(check_value(name, value));
  return apply({.change = {.kind = ValkeyChange::Kind::Create,
                           .key = names_.key_of(name),
                           .body = std::string(value),
                           .keep_for = hints.keep_for},
                .durable = hints.durable});
}

Result<WriteOutcome> ValkeyBackend::replace(std::string_view name, const Version& expected,
                                            std::string_view value, const WriteHints& hints) {
  ROCKY_TRY(check_name(name));
  ROCKY_TRY(check_value(name, value));
  return apply({.change = {.kind = ValkeyChange::Kind::Replace,
                           .key = names_.key_of(name),
                           .body = std::string(value),
                           .keep_for = hints.keep_for},
                .expected = expected,
                .durable = hints.durable});
}

Result<WriteOutcome> ValkeyBackend::remove(std::string_view name, const Version& expected) {
  ROCKY_TRY(check_name(name));
  return apply({.change = {.kind = ValkeyChange::Kind::Remove, .key = names_.key_of(name)},
                .expected = expected});
}

Result<WriteOutcome> ValkeyBackend::apply(const Wish& wish) {
  for (int tries = 0; tries < kTooYoungMax; ++tries) {
    std::optional<ChangeEnd> end;
    bool weak = false;
    ROCKY_TRY(link_->speak(wish.change.key, [&](ValkeyLine& line) -> Spoken {
      Spoken spoken = attempt(line, wish, end);
      if (!wish.durable || !end || !std::holds_alternative<Changed>(*end)) return spoken;
      weak = !is_on_all_copies(line, copies_timeout_);
      if (weak) line.distrust();
      return spoken;
    }));
    if (const auto* young = std::get_if<TooYoung>(&*end)) {
      // A definite answer: nothing was removed, so asking again is no blind repetition.
      clock_.sleep_for(young->wait);
      continue;
    }
    if (auto* unknown = std::get_if<Unknown>(&*end)) return WriteOutcome(std::move(*unknown));
    if (auto* refused = std::get_if<Refused>(&*end)) return WriteOutcome(*refused);
    return WriteOutcome(Applied{version_of(std::get<Changed>(*end).stored), weak});
  }
  return fail(ErrorCode::StoreBusy, "the server's clock stands still: nothing was removed");
}

Spoken ValkeyBackend::attempt(ValkeyLine& line, const Wish& wish, std::optional<ChangeEnd>& end) {
  ValkeyChange change = wish.change;
  if (wish.expected) {
    auto bytes = expected_bytes(line, wish);
    if (auto* early = std::get_if<ChangeEnd>(&bytes)) {
      if (auto* spoken = std::get_if<Spoken>(early)) return std::move(*spoken);
      end = std::move(*early);
      return Done{};
    }
    change.expected = std::get<std::string>(std::move(bytes));
  }
  end = this->change(line, change);
  if (auto* spoken = std::get_if<Spoken>(&*end)) return std::move(*spoken);
  if (const auto* changed = std::get_if<Changed>(&*end);
      changed && change.kind != ValkeyChange::Kind::Remove)
    known_.remember(change.key, line.facts().replication_id, changed->stored);
  return Done{};
}

/// The value that is expected, whole: as known, else as it is there now.
std::variant<std::string, ChangeEnd> ValkeyBackend::expected_bytes(ValkeyLine& line,
                                                                   const Wish& wish) {
  const std::string& key = wish.change.key;
  if (auto known = known_.find(key, line.facts().replication_id, *wish.expected))
    return std::move(*known);
  auto read = only_read(line.send(RespCommand{"GET", key}));
  if (auto* spoken = std::get_if<Spoken>(&read)) return ChangeEnd(std::move(*spoken));
  RespValue& found = std::get<RespReplies>(read).front();
  if (!found.is(Kind::Text)) return ChangeEnd(Refused{.vanished = true});
  if (version_of(found.text) != *wish.expected) return ChangeEnd(Refused{});
  return std::move(found.text);
}

ChangeEnd ValkeyBackend::change(ValkeyLine& line, const ValkeyChange& change) {
  if (may_use_scripts_) {
    ChangeEnd end = change_by_script(line, change);
    if (!std::holds_alternative<NoScripts>(end)) return end;
    may_use_scripts_ = false;
  }
  return change_by_watching(line, change);
}

// -------------------------------------------------------------------------------------------- list

Result<Page> ValkeyBackend::list(std::string_view prefix, std::string_view after, int limit) {
  ROCKY_ASSIGN(const auto places, link_->primaries());
  // One more than asked for tells whether there is a following page.
  const std::size_t wanted = static_cast<std::size_t>(limit) + 1;
  std::set<std::string> names;
  for (const net::HostPort& place : places)
    ROCKY_TRY(scan(place, names_.pattern_of(prefix), wanted, after, names));
  std::vector<std::string> page_names(names.begin(), names.end());
  Page page;
  if (page_names.size() == wanted) {
    page_names.pop_back();
    page.next = page_names.back();
  }
  ROCKY_ASSIGN(page.names, describe(page_names));
  return page;
}

/// Adds the names on one server behind `after`; keeps the first `limit` of all.
Status ValkeyBackend::scan(const net::HostPort& place, const std::string& pattern,
                           std::size_t limit, std::string_view after,
                           std::set<std::string>& names) {
  std::string cursor = "0";
  do {
    ROCKY_TRY(link_->speak_at(place, [&](ValkeyLine& line) -> Spoken {
      auto read = only_read(line.send(
          RespCommand{"SCAN", cursor, "MATCH", pattern, "COUNT", std::string(kScanCount)}));
      if (auto* spoken = std::get_if<Spoken>(&read)) return std::move(*spoken);
      const RespValue& reply = std::get<RespReplies>(read).front();
      cursor = reply.items.empty() ? "0" : reply.items[0].text;
      if (reply.items.size() < 2) return Done{};
      for (const RespValue& key : reply.items[1].items) {
        auto name = names_.name_of(key.text);
        if (!name || *name <= after) continue;
        names.insert(std::move(*name));
        if (names.size() > limit) names.erase(std::prev(names.end()));
      }
      return Done{};
    }));
  } while (cursor != "0");
  return {};
}

Result<std::vector<ListedName>> ValkeyBackend::describe(const std::vector<std::string>& names) {
  std::vector<ListedName> listed;
  for (std::size_t begin = 0; begin < names.size(); begin += kReadTogether) {
    const auto count = std::min(kReadTogether, names.size() - begin);
    ROCKY_TRY(describe_together(std::span(names).subspan(begin, count), listed));
  }
  return listed;
}

/// What vanished meanwhile, and what is no value of ours, is left out.
Status ValkeyBackend::describe_together(std::span<const std::string> names,
                                        std::vector<ListedName>& listed) {
  bool is_cluster = false;
  const std::string first_key = names_.key_of(names[0]);
  ROCKY_TRY(link_->speak(first_key, [&](ValkeyLine& line) -> Spoken {
    is_cluster = line.facts().is_cluster;
    if (is_cluster) return Done{};
    RespCommand get{"MGET"};
    for (const std::string& name : names) get.push_back(names_.key_of(name));
    const std::vector<RespCommand> commands{{"TIME"}, std::move(get)};
    auto read = only_read(line.send(commands));
    if (auto* spoken = std::get_if<Spoken>(&read)) return std::move(*spoken);
    const auto& replies = std::get<RespReplies>(read);
    const auto now = time_in(replies[0]);
    for (std::size_t i = 0; i < names.size() && i < replies[1].items.size(); ++i) {
      const RespValue& stored = replies[1].items[i];
      if (!stored.is(Kind::Text)) continue;
      listed.push_back(
          {names[i], version_of(stored.text), now ? age_at(*now, stored.text) : std::nullopt});
    }
    return Done{};
  }));
  if (!is_cluster) return {};
  for (const std::string& name : names) {
    ROCKY_ASSIGN(const auto stored, read(name));
    if (stored) listed.push_back({name, stored->version, stored->age});
  }
  return {};
}

// ------------------------------------------------------------------------------------------
// waiting

Result<bool> ValkeyBackend::wait_for_change(std::string_view name, const Version& version,
                                            Millis timeout) {
  ROCKY_TRY(check_name(name));
  const std::string key = names_.key_of(name);
  const BootTime until = clock_.boot_now() + timeout;
  auto listener = listener_of(key, until);
  if (!listener) return false;
  // Only from here on is every change heard of: what is there now is looked at first.
  while (true) {
    ROCKY_ASSIGN(const auto found, read(name));
    const bool changed = found ? found->version != version : !version.token.empty();
    if (changed || !listener->wait_for_message(until)) {
      if (!listener->is_lost()) keep_listener(key, std::move(listener));
      return changed;
    }
  }
}

/// A connection on which the changes of a key are told; null where there is none to be had.
std::unique_ptr<net::RespClient> ValkeyBackend::listener_of(const std::string& key,
                                                            BootTime until) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = listeners_.find(key); found != listeners_.end()) {
      auto listener = std::move(found->second);
      listeners_.erase(found);
      return listener;
    }
  }
  auto listener = link_->connect_for_messages();
  if (!listener || !listener->post({"SUBSCRIBE", key})) return nullptr;
  const auto confirmed =
      listener->wait_for_message(std::max(until, clock_.boot_now() + Millis{500}));
  if (!confirmed || confirmed->is(Kind::Error)) return nullptr;
  return listener;
}

void ValkeyBackend::keep_listener(const std::string& key,
                                  std::unique_ptr<net::RespClient> listener) {
  const std::lock_guard lock(mutex_);
  listeners_.emplace(key, std::move(listener));
}

}  // namespace

Result<std::unique_ptr<StateBackend>> open_valkey(const StoreWorld& world,
                                                  const StateSettings& settings) {
  ROCKY_ASSIGN(auto link, ValkeyLink::open(world.clock, world.wait_limit, settings));
  return std::make_unique<ValkeyBackend>(world.clock, settings, std::move(link));
}

}  // namespace rocky::state
