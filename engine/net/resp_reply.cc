#include "net/resp_reply.h"

#include <algorithm>
#include <optional>

#include "base/number_text.h"

namespace rocky::net {
namespace {

using Kind = RespValue::Kind;

std::optional<std::int64_t> to_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return to_number<std::int64_t>(text);
}

RespValue text_value(Kind kind, std::string_view text) {
  return {.kind = kind, .text = std::string(text)};
}

void append_bulk(std::string& out, std::string_view text) {
  out += '$';
  out += std::to_string(text.size());
  out += "\r\n";
  out += text;
  out += "\r\n";
}

}  // namespace

std::string_view RespValue::error_code() const {
  if (kind != Kind::Error) return {};
  return std::string_view(text).substr(0, text.find(' '));
}

RespDecoder::Step RespDecoder::bad(std::string why) {
  why_bad_ = std::move(why);
  return Step::Bad;
}

RespDecoder::Next RespDecoder::next() {
  while (why_bad_.empty()) {
    RespValue value;
    const Step done = step(value);
    if (done == Step::More) return NeedMore{};
    if (done == Step::Bad) break;
    if (done == Step::Opened) continue;
    if (!close(value)) continue;
    forget_consumed();
    return value;
  }
  return Malformed{why_bad_};
}

void RespDecoder::forget_consumed() {
  // Not for each value: a megabyte of small ones would be moved once for each.
  if (position_ == buffer_.size() || position_ > 64 * 1024) {
    buffer_.erase(0, position_);
    position_ = 0;
  }
  searched_ = position_;
  reply_bytes_ = 0;
  items_ = 0;
}

RespDecoder::Step RespDecoder::step(RespValue& value) {
  const std::size_t end = buffer_.find("\r\n", std::max(searched_, position_));
  if (end == std::string::npos) {
    // A carriage return at the very end may get its line feed yet.
    if (buffer_.size() - position_ > limits_.line_bytes_max + 1) return bad("a line is too long");
    searched_ = buffer_.empty() ? 0 : std::max(position_, buffer_.size() - 1);
    return Step::More;
  }
  const std::string_view line(buffer_.data() + position_, end - position_);
  if (line.empty()) return bad("an empty line");
  if (line.size() > limits_.line_bytes_max) return bad("a line is too long");
  const std::size_t before = position_;
  position_ = end + 2;
  const Step done = read_header(line[0], line.substr(1), value);
  if (done == Step::More) {
    position_ = before;
    return done;
  }
  searched_ = position_;
  reply_bytes_ += position_ - before;
  if (reply_bytes_ > limits_.reply_bytes_max) return bad("a reply is too large");
  if (++items_ > limits_.items_max) return bad("a reply has too many values");
  return done;
}

RespDecoder::Step RespDecoder::read_header(char type, std::string_view rest, RespValue& value) {
  switch (type) {
    case '+':
    case '(': value = text_value(Kind::Text, rest); return Step::Value;
    case '-': value = text_value(Kind::Error, rest); return Step::Value;
    case ',': value = text_value(Kind::Double, rest); return Step::Value;
    case '_': return rest.empty() ? Step::Value : bad("a null with a value");
    case '#':
      if (rest != "t" && rest != "f") return bad("a boolean that is neither");
      value = {.kind = Kind::Boolean, .number = rest == "t"};
      return Step::Value;
    case ':': {
      const auto number = to_integer(rest);
      if (!number) return bad("an integer that is none");
      value = {.kind = Kind::Integer, .number = *number};
      return Step::Value;
    }
    case '$':
    case '!':
    case '=': return read_text(type, rest, value);
    case '*':
    case '~':
    case '>':
    case '%':
    case '|': return read_aggregate(type, rest, value);
    default: return bad("an unknown type");
  }
}

RespDecoder::Step RespDecoder::read_text(char type, std::string_view rest, RespValue& value) {
  const auto size = to_integer(rest);
  if (size == -1 && type == '$') return Step::Value;
  if (!size || *size < 0) return bad("a text without a length");
  const auto bytes = static_cast<std::size_t>(*size);
  if (bytes > limits_.text_bytes_max) return bad("a text is too large");
  if (buffer_.size() - position_ < bytes + 2) return Step::More;
  std::string_view text(buffer_.data() + position_, bytes);
  if (std::string_view(buffer_).substr(position_ + bytes, 2) != "\r\n")
    return bad("a text of another length");
  if (type == '=') {
    if (bytes < 4 || text[3] != ':') return bad("a verbatim text without its form");
    text.remove_prefix(4);
  }
  value = text_value(type == '!' ? Kind::Error : Kind::Text, text);
  position_ += bytes + 2;
  return Step::Value;
}

RespDecoder::Step RespDecoder::read_aggregate(char type, std::string_view rest, RespValue& value) {
  const auto size = to_integer(rest);
  if (size == -1 && type == '*') return Step::Value;
  if (!size || *size < 0) return bad("an aggregate without a length");
  if (static_cast<std::size_t>(*size) > limits_.items_max)
    return bad("a reply has too many values");
  const bool pairs = type == '%' || type == '|';
  value.kind = type == '~' ? Kind::Set : type == '>' ? Kind::Push : pairs ? Kind::Map : Kind::Array;
  const std::size_t missing = static_cast<std::size_t>(*size) * (pairs ? 2 : 1);
  if (missing == 0) return type == '|' ? Step::Opened : Step::Value;
  if (open_.size() >= limits_.depth_max) return bad("a reply is too deep");
  open_.push_back({std::move(value), missing, type == '|'});
  return Step::Opened;
}

bool RespDecoder::close(RespValue& value) {
  while (!open_.empty()) {
    Open& outer = open_.back();
    outer.value.items.push_back(std::move(value));
    if (--outer.missing > 0) return false;
    const bool is_attribute = outer.is_attribute;
    value = std::move(outer.value);
    open_.pop_back();
    if (is_attribute) return false;
  }
  return true;
}

std::string encode_command(std::span<const std::string> words) {
  std::string out = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) append_bulk(out, word);
  return out;
}

}  // namespace rocky::net
