#include "state/s3/s3_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "net/xml.h"
#include "state/object_reply.h"

namespace rocky::state {
namespace {

using net::HttpResponse;

constexpr std::array<std::string_view, 3> kEndedKeys = {"ExpiredToken", "InvalidToken",
                                                        "TokenRefreshRequired"};
constexpr std::string_view kOutOfTime = "RequestTimeTooSkewed";
constexpr std::array<std::string_view, 3> kOtherRegion = {
    "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"};

template <class Codes>
bool is_one_of(const Codes& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// Of a refusal that S3 itself made: it has a code.
S3Says refusal(int status, std::string_view code) {
  if (code.empty()) return S3Says::Undecided;
  if (is_one_of(kEndedKeys, code)) return S3Says::Denied;
  // The store did not get the whole request in time, or did not look at it to its end.
  if (code == "RequestTimeout" || code == "OperationAborted") return S3Says::Undecided;
  return status == 501 ? S3Says::NotKnown : S3Says::Invalid;
}

/// By the status too: what stands in the body of a 503 or a 409 decides nothing.
bool is_elsewhere(int status, const S3Verdict& verdict) {
  if (status == 301 && !verdict.region.empty()) return true;
  return (status == 301 || status == 400) && is_one_of(kOtherRegion, verdict.code);
}

S3Says meaning_of(int status, std::string_view code) {
  switch (status) {
    case 401: return S3Says::Denied;
    case 403: return code == kOutOfTime ? S3Says::OutOfTime : S3Says::Denied;
    case 404:
      if (code == "NoSuchKey") return S3Says::NoObject;
      return code == "NoSuchBucket" ? S3Says::NoBucket : S3Says::Undecided;
    case 412: return S3Says::Refused;
    // A competing write is in progress: that decides nothing about ours.
    case 409:
    case 408:
    case 425:
    case 429: return S3Says::Undecided;
    default: break;
  }
  const bool definite = (status >= 400 && status < 500) || status == 501;
  return definite ? refusal(status, code) : S3Says::Undecided;
}

std::string said(const HttpResponse& reply, std::string_view code) {
  std::string text = fmt::format("status=`{}`", reply.status);
  if (!code.empty()) text += fmt::format(" code=`{}`", code);
  return text;
}

Error denied(const S3Verdict& verdict, const HttpResponse& reply, const S3Place& place) {
  const char* hint =
      verdict.says == S3Says::OutOfTime
          ? "set the clock of this machine"
          : "grant s3:GetObject, s3:PutObject and s3:DeleteObject on the objects and s3:ListBucket "
            "on the bucket, and check the keys";
  return fail(ErrorCode::PermissionDenied, "state store denies access store=`{}` {}", place.text(),
              said(reply, verdict.code))
      .with_hint(hint);
}

Error wrong_region(const S3Verdict& verdict, const S3Place& place) {
  const std::string right = verdict.region.empty() ? "unknown" : verdict.region;
  return fail(ErrorCode::ConfigValue,
              "bucket is in another region store=`{}` region=`{}` asked=`{}`", place.text(), right,
              place.region)
      .with_hint(verdict.region.empty() ? "set s3_region in [state] to the bucket's region"
                                        : fmt::format("set s3_region = \"{}\" in [state]", right));
}

WriteOutcome in_doubt(const HttpResponse& reply, const S3Verdict& verdict) {
  return Unknown{said(reply, verdict.code), retry_after(reply)};
}

/// What was written, from the reply that says so.
WriteOutcome applied(const HttpResponse& reply) {
  std::string tag = entity_tag_of(reply.header("etag").value_or(""));
  if (tag.empty()) return Unknown{"the reply has no entity tag"};
  return Applied{{std::move(tag)}};
}

}  // namespace

S3Verdict verdict_of(const HttpResponse& reply) {
  S3Verdict verdict;
  const auto root = net::parse_xml(reply.body);
  const bool is_error = root && root->name == "Error";
  if (is_error) {
    verdict.code = std::string(root->text_of("Code"));
    verdict.region = std::string(root->text_of("Region"));
  }
  if (const auto region = reply.header("x-amz-bucket-region"); region && verdict.region.empty())
    verdict.region = std::string(*region);
  if (reply.status >= 200 && reply.status < 300) {
    verdict.says = is_error ? S3Says::Undecided : S3Says::Done;
  } else if (is_elsewhere(reply.status, verdict)) {
    verdict.says = S3Says::WrongRegion;
  } else {
    verdict.says = meaning_of(reply.status, verdict.code);
  }
  return verdict;
}

std::string entity_tag_of(std::string_view header) {
  // A weak tag names no exact bytes, so no condition holds for it.
  if (header.starts_with("W/")) return "";
  if (header.size() >= 2 && header.front() == '"' && header.back() == '"')
    header = header.substr(1, header.size() - 2);
  return header.find('"') == std::string_view::npos ? std::string(header) : "";
}

Error s3_error(const S3Verdict& verdict, const HttpResponse& reply, const S3Place& place) {
  switch (verdict.says) {
    case S3Says::Denied:
    case S3Says::OutOfTime: return denied(verdict, reply, place);
    case S3Says::WrongRegion: return wrong_region(verdict, place);
    case S3Says::NoBucket:
      return fail(ErrorCode::NotFound, "bucket of the state store does not exist store=`{}`",
                  place.text())
          .with_hint("make the bucket, or correct s3_bucket in [state]");
    case S3Says::NotKnown:
      return fail(ErrorCode::StoreRefused, "state store lacks what a claim needs store=`{}` {}",
                  place.text(), said(reply, verdict.code))
          .with_hint("use a store with conditional writes");
    case S3Says::Invalid:
      return fail(ErrorCode::StoreRefused, "state store does not take a request store=`{}` {}",
                  place.text(), said(reply, verdict.code));
    case S3Says::Done:
    case S3Says::NoObject:
    case S3Says::Refused:
    case S3Says::Undecided: break;
  }
  return fail(ErrorCode::StoreUnavailable, "state store did not answer store=`{}` {}", place.text(),
              said(reply, verdict.code));
}

Result<WriteOutcome> outcome_of(S3Write write, const HttpResponse& reply, const S3Place& place) {
  const S3Verdict verdict = verdict_of(reply);
  switch (verdict.says) {
    case S3Says::Done: return write == S3Write::Remove ? WriteOutcome(Applied{}) : applied(reply);
    case S3Says::Refused: return WriteOutcome(Refused{});
    case S3Says::NoObject:
      // To a creation it says that a removal got in between, and nothing about what is there now.
      if (write != S3Write::Create) return WriteOutcome(Refused{.vanished = true});
      return in_doubt(reply, verdict);
    case S3Says::Undecided: return in_doubt(reply, verdict);
    case S3Says::NoBucket:
    case S3Says::Denied:
    case S3Says::OutOfTime:
    case S3Says::WrongRegion:
    case S3Says::NotKnown:
    case S3Says::Invalid: break;
  }
  return s3_error(verdict, reply, place);
}

}  // namespace rocky::state
