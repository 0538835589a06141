#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "net/http.h"

namespace rocky::net {

/// What became of bytes that were to be sent.
struct SendResult {
  bool whole = false;
  bool none = false;  ///< Surely not a byte has left.
  std::string why;    ///< Of what is not whole; for people, without secrets.
};

struct ReceiveResult {
  enum class End { Bytes, Closed, TimedOut, Failed };
  End end = End::Bytes;
  std::string why;  ///< Empty when bytes came.
};

/// A connected stream of bytes. Every wait ends at a given moment; no signal is raised when the
/// peer is gone. Not safe from several threads.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual SendResult send(std::string_view bytes, BootTime until) = 0;
  /// Appends what is there, at least one byte.
  virtual ReceiveResult receive(std::string& onto, BootTime until) = 0;
  /// Whether the peer is there and has sent nothing: what a stream between two exchanges must be.
  virtual bool is_quiet() = 0;
};

using StreamOpened = std::variant<std::unique_ptr<Stream>, NotSent>;

}  // namespace rocky::net
