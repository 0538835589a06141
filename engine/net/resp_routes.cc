#include "net/resp_routes.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/number_text.h"

namespace rocky::net {
namespace {

using Kind = RespValue::Kind;

std::optional<int> to_number(std::string_view text, int max) {
  const auto number = rocky::to_number<int>(text);
  return number && *number >= 0 && *number <= max ? number : std::nullopt;
}

/// CRC-16/XMODEM: polynomial 0x1021, begun with 0.
std::uint16_t crc16(std::string_view bytes) {
  std::uint32_t crc = 0;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return static_cast<std::uint16_t>(crc);
}

/// A place, the answer of one that knows none, or why there is no answer.
using SentinelAnswer = std::variant<HostPort, std::string>;

SentinelAnswer place_in(const RespOutcome& outcome) {
  if (const auto* failed = std::get_if<NotSent>(&outcome)) return failed->text;
  if (const auto* lost = std::get_if<ReplyLost>(&outcome)) return lost->text;
  const RespValue& reply = std::get<RespReplies>(outcome).front();
  if (reply.is(Kind::Error)) return reply.text;
  if (!reply.is(Kind::Array) || reply.items.size() != 2) return "it knows no such master";
  const auto port = to_number(reply.items[1].text, 65535);
  if (!port || *port == 0) return "it tells no port";
  return HostPort{reply.items[0].text, static_cast<std::uint16_t>(*port)};
}

SentinelAnswer ask(Clock& clock, RespSettings settings, const HostPort& place,
                   const std::string& master) {
  RespConnected connected = RespClient::connect(clock, settings, place);
  if (std::holds_alternative<RespTurnedAway>(connected) && !settings.password.empty()) {
    // Sentinels often know no users, also where the servers that they watch do.
    settings.user.clear();
    settings.password = {};
    connected = RespClient::connect(clock, settings, place);
  }
  if (auto* failed = std::get_if<NotSent>(&connected)) return std::move(failed->text);
  if (auto* away = std::get_if<RespTurnedAway>(&connected)) return std::move(away->error.text);
  RespClient& sentinel = *std::get<0>(connected);
  return place_in(sentinel.send(RespCommand{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master}));
}

}  // namespace

std::optional<RespRedirect> redirect_of(const RespValue& reply) {
  const std::string_view code = reply.error_code();
  if (code != "MOVED" && code != "ASK") return std::nullopt;
  std::string_view rest = std::string_view(reply.text).substr(code.size());
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  const auto space = rest.find(' ');
  const auto colon = rest.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space)
    return std::nullopt;
  const auto slot = to_number(rest.substr(0, space), kRespSlots - 1);
  const auto port = to_number(rest.substr(colon + 1), 65535);
  if (!slot || !port || *port == 0) return std::nullopt;
  return RespRedirect{
      code == "ASK",
      *slot,
      {std::string(rest.substr(space + 1, colon - space - 1)), static_cast<std::uint16_t>(*port)}};
}

int slot_of(std::string_view key) {
  if (const auto open = key.find('{'); open != std::string_view::npos) {
    const auto close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1)
      key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % kRespSlots;
}

std::variant<HostPort, NotSent> ask_sentinels(Clock& clock, RespSettings settings,
                                              const RespSentinels& sentinels) {
  settings.database = 0;
  std::string why = "none is named";
  for (const HostPort& place : sentinels.places) {
    SentinelAnswer answer = ask(clock, settings, place, sentinels.master);
    if (auto* found = std::get_if<HostPort>(&answer)) return std::move(*found);
    why = fmt::format("{}: {}", to_string(place), std::get<std::string>(answer));
  }
  return NotSent{NotSent::Why::Resolve,
                 fmt::format("no sentinel tells where `{}` is: {}", sentinels.master, why)};
}

}  // namespace rocky::net
