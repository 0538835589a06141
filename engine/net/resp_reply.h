#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rocky::net {

/// A value of the Redis serialization protocol, version 2 or 3.
struct RespValue {
  enum class Kind { Null, Text, Error, Integer, Boolean, Double, Array, Map, Set, Push };
  Kind kind = Kind::Null;
  std::string text;              ///< Of Text, Error and Double; a big number is Text.
  std::int64_t number = 0;       ///< Of Integer and Boolean.
  std::vector<RespValue> items;  ///< Of Array, Set and Push; of Map: key, value, key, value, …

  bool is(Kind wanted) const { return kind == wanted; }
  /// The first word of an Error, by which errors are told apart: `WRONGPASS`, `MOVED`. Empty for
  /// what is no error.
  std::string_view error_code() const;
  bool operator==(const RespValue&) const = default;
};

/// What a reply may be at most. More is no reply: nothing that we ask for is larger.
struct RespLimits {
  std::size_t line_bytes_max = 64 * 1024;
  std::size_t text_bytes_max = 16 * 1024 * 1024;
  std::size_t reply_bytes_max = 64 * 1024 * 1024;
  std::size_t items_max = 250'000;  ///< Of one reply, at all depths.
  std::size_t depth_max = 16;
};

/// Turns bytes, in whatever pieces they arrive, into values. No memory is set aside for what is
/// only announced. Not safe from several threads.
class RespDecoder {
 public:
  explicit RespDecoder(RespLimits limits = {}) : limits_(limits) {}

  struct NeedMore {};
  /// What came is not the protocol; nothing that follows can be understood.
  struct Malformed {
    std::string why;
  };
  using Next = std::variant<RespValue, NeedMore, Malformed>;

  void feed(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole value, at its own level. Attributes are passed over.
  Next next();
  /// Whether no byte is left of a value that has begun.
  bool is_empty() const { return buffer_.size() == position_ && open_.empty(); }

 private:
  struct Open {
    RespValue value;
    std::size_t missing = 0;  ///< Values until it is whole.
    bool is_attribute = false;
  };
  enum class Step { More, Bad, Value, Opened };

  Step step(RespValue& value);
  Step read_header(char type, std::string_view rest, RespValue& value);
  Step read_text(char type, std::string_view rest, RespValue& value);
  Step read_aggregate(char type, std::string_view rest, RespValue& value);
  Step bad(std::string why);
  /// Puts a whole value where it belongs; true when a value of the outermost level is whole.
  bool close(RespValue& value);
  void forget_consumed();

  RespLimits limits_;
  std::string buffer_;
  std::size_t position_ = 0;     // Of the first byte that is not consumed.
  std::size_t searched_ = 0;     // Up to here there is no end of line.
  std::size_t reply_bytes_ = 0;  // Of the current reply, consumed.
  std::size_t items_ = 0;
  std::vector<Open> open_;
  std::string why_bad_;
};

/// A command as it is sent: an array of bulk strings.
std::string encode_command(std::span<const std::string> words);

}  // namespace rocky::net
