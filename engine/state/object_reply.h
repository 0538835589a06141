#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "errors/error.h"
#include "net/http.h"
#include "state/state_backend.h"

namespace rocky::state {

/// What the status of an object store's reply says of the request (protocol 7).
enum class Answer {
  Done,       ///< 2xx.
  Missing,    ///< 404: the object, or the bucket.
  Refused,    ///< 412: the condition does not hold.
  Denied,     ///< 401 and 403.
  Undecided,  ///< It may have been carried out: 3xx, 408, 409, 425, 429, 5xx.
  Invalid,    ///< Any other 4xx: not carried out, and sending it again is no use.
};
Answer answer_of(int status);

/// How long ago the object of this reply was written: its Date less its Last-Modified, both by the
/// store. Empty when a cache answered (`Age` above 0), when one of them is missing, or when they
/// cannot both be right.
std::optional<Millis> age_of(const net::HttpResponse& reply);
/// The same for an object that the reply speaks of in its body.
std::optional<Millis> age_of(const net::HttpResponse& reply, WallTime written);

/// Names a store in messages, `gs://bucket`, and what its Denied asks for.
struct StoreName {
  std::string text;
  std::string rights;  ///< A hint: which permissions are needed.
};

/// Why a store could not be asked at all.
Error unreachable(const net::NotSent& failure, const StoreName& store);

/// For how long the store asks to be left alone: `Retry-After`, in either of its forms; else 0.
Millis retry_after(const net::HttpResponse& reply);

/// The reply to a request that changes nothing, or why there is none that counts. Done, Missing and
/// Refused are replies; what is Undecided is StoreUnavailable.
Result<net::HttpResponse> reply_to_reading(net::HttpOutcome outcome, const StoreName& store);

/// The reply to a conditional write, or Unknown where it may have been carried out. An Error
/// promises that it was not. Done, Missing and Refused are replies.
Result<std::variant<net::HttpResponse, Unknown>> reply_to_writing(net::HttpOutcome outcome,
                                                                  const StoreName& store);

}  // namespace rocky::state
