#pragma once

#include <string>

#include "errors/error.h"
#include "net/http.h"
#include "state/s3/s3_place.h"
#include "state/state_backend.h"

namespace rocky::state {

/// What S3 says with a reply, from its status and the code in its body; never from its message.
enum class S3Says {
  Done,         ///< 2xx without an error in its body.
  NoObject,     ///< 404 NoSuchKey.
  NoBucket,     ///< 404 NoSuchBucket.
  Refused,      ///< 412: the condition does not hold.
  Denied,       ///< 401, 403; 400 for keys that have ended.
  OutOfTime,    ///< 403: signed for another time than the store's.
  WrongRegion,  ///< The bucket is in another region than the request was signed for.
  NotKnown,     ///< 501: the store lacks what was asked for.
  Invalid,      ///< Another 4xx that S3 itself gave out: not carried out.
  Undecided,    ///< It may have been carried out, or it was not S3 that answered.
};

struct S3Verdict {
  S3Says says = S3Says::Undecided;
  std::string code;    ///< As S3 spells it; empty when the body has none.
  std::string region;  ///< WrongRegion: the right one, where the reply tells it.
};

/// Of any reply but an object as it was asked for: that may look like an error and be none.
S3Verdict verdict_of(const net::HttpResponse& reply);

/// The entity tag, without its quotes; empty when there is none that a condition could name.
std::string entity_tag_of(std::string_view header);

/// Why nothing can be had from a reply, for a request that was not carried out.
Error s3_error(const S3Verdict& verdict, const net::HttpResponse& reply, const S3Place& place);

enum class S3Write { Create, Replace, Remove };
/// What a reply tells about a conditional write. An Error promises that it was not carried out.
Result<WriteOutcome> outcome_of(S3Write write, const net::HttpResponse& reply,
                                const S3Place& place);

}  // namespace rocky::state
