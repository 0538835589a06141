#include "state/valkey/valkey_change.h"

#include "base/number_text.h"
#include "state/valkey/valkey_errors.h"
#include "state/valkey/valkey_script.h"

namespace rocky::state {
namespace {

using net::NotSent;
using net::ReplyLost;
using net::RespCommand;
using net::RespOutcome;
using net::RespReplies;
using net::RespValue;
using Kind = RespValue::Kind;

std::string_view name_of(ValkeyChange::Kind kind) {
  switch (kind) {
    case ValkeyChange::Kind::Create: return "create";
    case ValkeyChange::Kind::Replace: return "replace";
    case ValkeyChange::Kind::Remove: return "remove";
  }
  return "";
}

/// `0`: never.
std::string expiry_of(const ValkeyChange& change) {
  if (!change.keep_for) return "0";
  return std::to_string(std::max<Millis::rep>(1, change.keep_for->count()));
}

/// What is left of a lost or garbled answer to something that may have changed the key.
ChangeEnd in_doubt(std::string why) { return Unknown{std::move(why)}; }

ChangeEnd answer_of_script(const RespValue& reply, const ValkeyChange& change) {
  if (reply.items.size() != 2) return in_doubt("the server answered a script with something else");
  const std::string& word = reply.items[0].text;
  const auto number = to_number<std::int64_t>(reply.items[1].text);
  if (word == "refused") return Refused{};
  if (word == "vanished") return Refused{.vanished = true};
  if (word == "young") return TooYoung{Millis(number.value_or(1))};
  if (word == "applied" && number) return Changed{to_stored(*number, change.body)};
  return in_doubt("the server answered a script with something else");
}

/// Errors by which a server says that it runs no scripts for us. The script itself fails only with
/// the server's words for what it cannot do now.
bool forbids_scripts(const RespValue& reply) {
  return reply.error_code() == "NOPERM" || reply.error_code() == "ERR" ||
         reply.error_code() == "NOSCRIPT";
}

// ---------------------------------------------------------------------------------- without
// scripts

struct Watched {
  ServerMillis now = 0;
  std::optional<std::string> found;
};

std::variant<Watched, ChangeEnd> watch(ValkeyLine& line, const std::string& key) {
  const std::vector<RespCommand> commands{{"WATCH", key}, {"TIME"}, {"GET", key}};
  auto read = only_read(line.send(commands));
  if (auto* spoken = std::get_if<Spoken>(&read)) {
    line.distrust();  // It may go on watching.
    return ChangeEnd(std::move(*spoken));
  }
  RespReplies& replies = std::get<RespReplies>(read);
  const auto now = time_in(replies[1]);
  if (!now) {
    line.distrust();
    return ChangeEnd(in_doubt("the server does not tell its time"));
  }
  Watched watched{*now, std::nullopt};
  if (replies[2].is(Kind::Text)) watched.found = std::move(replies[2].text);
  return watched;
}

/// Opens a transaction; how the speech ends where that is refused. Alone: what followed a refused
/// MULTI at once would be done outside of any transaction, whatever is there.
std::optional<Spoken> begin_transaction(ValkeyLine& line) {
  auto begun = only_read(line.send(RespCommand{"MULTI"}));
  if (std::holds_alternative<RespReplies>(begun)) return std::nullopt;
  line.distrust();
  return std::get<Spoken>(std::move(begun));
}

/// Why the change must not be made over what is there.
std::optional<ChangeEnd> objection(const Watched& watched, const ValkeyChange& change) {
  if (change.kind == ValkeyChange::Kind::Create) {
    if (watched.found) return Refused{};
    return std::nullopt;
  }
  if (!watched.found) return Refused{.vanished = true};
  if (*watched.found != change.expected) return Refused{};
  const auto mark = written_at(*watched.found);
  if (change.kind == ValkeyChange::Kind::Remove && is_too_young_to_remove(watched.now, mark))
    return TooYoung{Millis(*mark - watched.now + 1)};
  return std::nullopt;
}

/// The answer to EXEC: Null where somebody was first.
ChangeEnd answer_of_exec(const RespReplies& replies, std::string stored) {
  const RespValue& done = replies.back();
  if (done.is(Kind::Null)) return Refused{};
  if (done.is(Kind::Error)) {
    // EXECABORT: the reason is the error of what was queued.
    const RespValue& queued = replies.front();
    return Spoken(queued.is(Kind::Error) ? queued : done);
  }
  if (!done.is(Kind::Array) || done.items.size() != 1)
    return in_doubt("the server answered EXEC with something else");
  if (done.items[0].is(Kind::Error)) return Spoken(done.items[0]);
  return Changed{std::move(stored)};
}

RespCommand command_of(const ValkeyChange& change, const std::string& stored) {
  if (change.kind == ValkeyChange::Kind::Remove) return {"DEL", change.key};
  RespCommand set{"SET", change.key, stored};
  if (change.keep_for) set.insert(set.end(), {"PX", expiry_of(change)});
  return set;
}

}  // namespace

std::optional<ServerMillis> time_in(const RespValue& reply) {
  if (reply.items.size() != 2) return std::nullopt;
  const auto seconds = to_number<std::int64_t>(reply.items[0].text);
  const auto micros = to_number<std::int64_t>(reply.items[1].text);
  if (!seconds || !micros) return std::nullopt;
  return *seconds * 1000 + *micros / 1000;
}

ChangeEnd change_by_script(ValkeyLine& line, const ValkeyChange& change) {
  RespOutcome outcome = line.send(RespCommand{"EVAL", std::string(kChangeScript), "1", change.key,
                                              std::string(name_of(change.kind)), change.expected,
                                              change.body, expiry_of(change)});
  if (auto* not_sent = std::get_if<NotSent>(&outcome)) return Spoken(std::move(*not_sent));
  if (auto* lost = std::get_if<ReplyLost>(&outcome)) return in_doubt(std::move(lost->text));
  RespValue& reply = std::get<RespReplies>(outcome).front();
  if (forbids_scripts(reply)) return NoScripts{};
  if (reply.is(Kind::Error)) return Spoken(std::move(reply));
  return answer_of_script(reply, change);
}

ChangeEnd change_by_watching(ValkeyLine& line, const ValkeyChange& change) {
  auto looked = watch(line, change.key);
  if (auto* end = std::get_if<ChangeEnd>(&looked)) return std::move(*end);
  const Watched& watched = std::get<Watched>(looked);
  if (auto end = objection(watched, change)) {
    (void)line.send(RespCommand{"UNWATCH"});
    return std::move(*end);
  }
  const auto before = watched.found ? written_at(*watched.found) : std::nullopt;
  std::string stored = to_stored(next_mark(watched.now, before), change.body);
  if (auto refused = begin_transaction(line)) return std::move(*refused);
  const std::vector<RespCommand> commands{command_of(change, stored), {"EXEC"}};
  RespOutcome outcome = line.send(commands);
  if (auto* not_sent = std::get_if<NotSent>(&outcome)) return Spoken(std::move(*not_sent));
  if (auto* lost = std::get_if<ReplyLost>(&outcome)) return in_doubt(std::move(lost->text));
  ChangeEnd end = answer_of_exec(std::get<RespReplies>(outcome), std::move(stored));
  // After an EXEC that was refused, the transaction may be open still.
  if (std::holds_alternative<Spoken>(end)) line.distrust();
  // Wakes who waits; whether it may be said decides nothing.
  if (std::holds_alternative<Changed>(end))
    (void)line.send(RespCommand{"PUBLISH", change.key, "changed"});
  return end;
}

namespace {

/// On how many copies a write is, by the answer to WAITAOF or WAIT; none by anything else, as by an
/// error.
std::int64_t copies_on_disk(const RespValue& reply) {
  return reply.is(Kind::Array) && !reply.items.empty() ? reply.items[0].number : 0;
}
std::int64_t copies_on_replicas(const RespValue& reply) {
  return reply.is(Kind::Integer) ? reply.number : 0;
}

}  // namespace

bool is_on_all_copies(ValkeyLine& line, Millis timeout) {
  const ValkeyFacts& facts = line.facts();
  const std::string limit = std::to_string(timeout.count());
  const bool waits_for_disk = facts.can_wait_for_disk && !facts.syncs_every_write;
  std::vector<RespCommand> commands;
  if (waits_for_disk) commands.push_back({"WAITAOF", "1", "0", limit});
  if (facts.replicas > 0) commands.push_back({"WAIT", std::to_string(facts.replicas), limit});
  if (commands.empty()) return true;
  const RespOutcome outcome = line.send(commands);
  const auto* replies = std::get_if<RespReplies>(&outcome);
  if (!replies) return false;
  if (waits_for_disk && copies_on_disk(replies->front()) < 1) return false;
  return facts.replicas == 0 || copies_on_replicas(replies->back()) >= facts.replicas;
}

}  // namespace rocky::state
