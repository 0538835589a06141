#include "net/resp_reply.h"

#include <algorithm>

#include "base/check.h"
#include "fuzz/targets.h"
#include "state/valkey/valkey_errors.h"
#include "state/valkey/valkey_facts.h"

namespace rocky::fuzz {
namespace {

using Kind = net::RespValue::Kind;

// Small, so that small inputs reach them.
constexpr net::RespLimits kLimits{.line_bytes_max = 48,
                                  .text_bytes_max = 96,
                                  .reply_bytes_max = 256,
                                  .items_max = 24,
                                  .depth_max = 4};

struct Decoded {
  std::vector<net::RespValue> values;
  bool malformed = false;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece_bytes) {
  Decoded decoded;
  net::RespDecoder decoder(kLimits);
  while (!bytes.empty() && !decoded.malformed) {
    decoder.feed(bytes.substr(0, piece_bytes));
    bytes.remove_prefix(std::min(piece_bytes, bytes.size()));
    auto next = decoder.next();
    for (; std::holds_alternative<net::RespValue>(next); next = decoder.next())
      decoded.values.push_back(std::get<net::RespValue>(std::move(next)));
    decoded.malformed = std::holds_alternative<net::RespDecoder::Malformed>(next);
  }
  return decoded;
}

/// A list of words is what a command is.
void check_command(const net::RespValue& value) {
  std::vector<std::string> words;
  for (const net::RespValue& item : value.items) words.push_back(item.text);
  net::RespDecoder decoder;
  decoder.feed(net::encode_command(words));
  const auto next = decoder.next();
  const auto* command = std::get_if<net::RespValue>(&next);
  ROCKY_CHECK(command && command->is(Kind::Array) && decoder.is_empty());
  ROCKY_CHECK(std::equal(words.begin(), words.end(), command->items.begin(), command->items.end(),
                         [](const auto& word, const auto& item) { return word == item.text; }));
}

}  // namespace

/// What a server sends.
void resp_reply(std::string_view bytes) {
  Decoded decoded = decode(bytes, bytes.size());
  for (const std::size_t piece_bytes : {1, 2, 7})
    ROCKY_CHECK(decode(bytes, piece_bytes) == decoded);
  for (const net::RespValue& value : decoded.values) {
    check_command(value);
    if (value.is(Kind::Error)) state::will_pass(value);
    ROCKY_CHECK(!state::error_of(value).message.empty());
  }
  decoded.values.resize(state::facts_questions().size());
  for (const bool lossy : {false, true}) (void)state::facts_of(decoded.values, {"h", 1}, lossy);
}

}  // namespace rocky::fuzz
