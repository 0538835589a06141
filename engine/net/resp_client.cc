#include "net/resp_client.h"

#include <fmt/format.h>

#include <algorithm>

namespace rocky::net {
namespace {

using Kind = RespValue::Kind;

/// Whether the server knows no HELLO, or no third protocol.
bool is_too_old(const RespValue& reply) {
  return reply.error_code() == "ERR" || reply.error_code() == "NOPROTO";
}

const RespValue* first_error(std::span<const RespValue> replies) {
  for (const RespValue& reply : replies) {
    if (reply.is(Kind::Error)) return &reply;
  }
  return nullptr;
}

}  // namespace

RespClient::RespClient(Clock& clock, const RespSettings& settings, HostPort place,
                       std::unique_ptr<Stream> stream)
    : clock_(clock), settings_(settings), place_(std::move(place)), stream_(std::move(stream)) {}

RespConnected RespClient::connect(Clock& clock, const RespSettings& settings,
                                  const HostPort& place) {
  const BootTime until = clock.boot_now() + settings.connect_timeout;
  StreamOpened opened = connect_socket(clock, place, until, settings.wait_limit);
  if (auto* failed = std::get_if<NotSent>(&opened)) return std::move(*failed);
  if (settings.tls) {
    opened = settings.tls->connect(std::get<0>(std::move(opened)), place.host, until);
    if (auto* failed = std::get_if<NotSent>(&opened)) return std::move(*failed);
  }
  std::unique_ptr<RespClient> client(
      new RespClient(clock, settings, place, std::get<0>(std::move(opened))));
  if (auto failed = client->introduce()) return std::move(*failed);
  return client;
}

std::vector<RespCommand> RespClient::greeting() const {
  RespCommand hello{"HELLO", "3"};
  if (!settings_.password.empty()) {
    hello.insert(hello.end(), {"AUTH", settings_.user.empty() ? "default" : settings_.user,
                               settings_.password.reveal()});
  }
  if (!settings_.client_name.empty()) hello.insert(hello.end(), {"SETNAME", settings_.client_name});
  std::vector<RespCommand> commands{std::move(hello)};
  if (settings_.database != 0) commands.push_back({"SELECT", std::to_string(settings_.database)});
  return commands;
}

std::vector<RespCommand> RespClient::old_greeting() const {
  std::vector<RespCommand> commands;
  if (!settings_.password.empty()) {
    RespCommand auth{"AUTH"};
    if (!settings_.user.empty()) auth.push_back(settings_.user);
    auth.push_back(settings_.password.reveal());
    commands.push_back(std::move(auth));
  }
  if (settings_.database != 0) commands.push_back({"SELECT", std::to_string(settings_.database)});
  // Tells a server that wants a password.
  if (commands.empty()) commands.push_back({"PING"});
  return commands;
}

std::optional<RespConnected> RespClient::introduce() {
  const BootTime until = clock_.boot_now() + settings_.connect_timeout;
  RespOutcome outcome = send_until(greeting(), until);
  if (const auto* replies = std::get_if<RespReplies>(&outcome);
      replies && is_too_old(replies->front())) {
    outcome = send_until(old_greeting(), until);
  }
  if (auto* failed = std::get_if<NotSent>(&outcome)) return std::move(*failed);
  // Nothing that was said so far changes anything: lost or not sent is the same.
  if (auto* lost = std::get_if<ReplyLost>(&outcome))
    return NotSent{NotSent::Why::Connect, std::move(lost->text)};
  if (const RespValue* error = first_error(std::get<RespReplies>(outcome)))
    return RespTurnedAway{*error};
  return std::nullopt;
}

RespOutcome RespClient::send(std::span<const RespCommand> commands) {
  return send_until(commands, clock_.boot_now() + settings_.exchange_timeout);
}

RespOutcome RespClient::send_until(std::span<const RespCommand> commands, BootTime until) {
  if (!is_usable()) {
    is_broken_ = true;
    return NotSent{NotSent::Why::Connect,
                   fmt::format("the connection to {} was closed", to_string(place_))};
  }
  std::string bytes;
  for (const RespCommand& command : commands) bytes += encode_command(command);
  const SendResult sent = stream_->send(bytes, until);
  RespReplies replies;
  const std::string why = sent.whole ? receive_replies(replies, commands.size(), until) : sent.why;
  if (why.empty()) return replies;
  is_broken_ = true;
  std::string text = fmt::format("no reply from {}: {}", to_string(place_), why);
  if (sent.none) return NotSent{NotSent::Why::Connect, std::move(text)};
  return ReplyLost{std::move(text)};
}

std::string RespClient::receive_replies(RespReplies& replies, std::size_t count, BootTime until) {
  std::string bytes;
  while (true) {
    RespDecoder::Next next = decoder_.next();
    if (auto* bad = std::get_if<RespDecoder::Malformed>(&next))
      return "not the Redis protocol: " + bad->why;
    if (auto* value = std::get_if<RespValue>(&next)) {
      // What is pushed is no answer to what was asked.
      if (!value->is(Kind::Push)) replies.push_back(std::move(*value));
      if (replies.size() == count) return "";
      continue;
    }
    bytes.clear();
    const ReceiveResult got = stream_->receive(bytes, until);
    if (got.end != ReceiveResult::End::Bytes) return got.why;
    decoder_.feed(bytes);
  }
}

bool RespClient::is_usable() { return !is_broken_ && decoder_.is_empty() && stream_->is_quiet(); }

bool RespClient::post(const RespCommand& command) {
  const BootTime until = clock_.boot_now() + settings_.exchange_timeout;
  if (!is_broken_ && stream_->send(encode_command(command), until).whole) return true;
  is_broken_ = true;
  return false;
}

std::optional<RespValue> RespClient::wait_for_message(BootTime until) {
  std::string bytes;
  while (!is_broken_) {
    RespDecoder::Next next = decoder_.next();
    if (auto* value = std::get_if<RespValue>(&next)) return std::move(*value);
    if (std::holds_alternative<RespDecoder::Malformed>(next)) break;
    bytes.clear();
    const ReceiveResult got = stream_->receive(bytes, until);
    if (got.end == ReceiveResult::End::TimedOut) return std::nullopt;
    if (got.end != ReceiveResult::End::Bytes) break;
    decoder_.feed(bytes);
  }
  is_broken_ = true;
  return std::nullopt;
}

}  // namespace rocky::net
