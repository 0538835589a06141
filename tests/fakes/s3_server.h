#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "fakes/http_server.h"

namespace rocky::fakes {

/// What becomes of a write that the store would carry out.
enum class S3WriteFault {
  None,
  RefuseAfterwards,  ///< Carried out, answered with 412: something between sent it twice.
  FailAfterwards,    ///< Carried out, answered with 500.
  ErrorAfterwards,   ///< Carried out, answered with 200 and an error in the body.
  DropAfterwards,    ///< Carried out, the reply is lost.
  FailBefore,        ///< Not carried out, answered with 503.
  DropBefore,        ///< Not carried out, the reply is lost.
};

struct S3Behaviour {
  S3WriteFault on_write = S3WriteFault::None;
  bool heeds_conditions = true;  ///< Of writes.
  bool heeds_conditions_of_remove = true;
  int conflicts = 0;         ///< So many further writes are answered with 409.
  int dropped_reads = 0;     ///< The replies to so many further reads are lost.
  bool date_stands = false;  ///< `Date` does not advance.
  std::string age;           ///< Of the `Age` header; empty: there is none.
  std::string region = "us-east-1";
  std::string key_id = "test-id";
  std::string secret = "test-secret";
  std::string session_token;  ///< What requests must show; empty: none.
};

/// One bucket of S3, its name in the path, as far as a state store needs it. Safe from several
/// threads.
///
/// Stricter than the real one. Answered with 400 and counted: a write without a condition, or one
/// that caches may keep; a read that a cache may answer; an argument that is not known; a condition
/// or an `x-amz-` header that is not signed; a digest that is not that of the body. Signatures are
/// verified, and may be a minute old.
class S3Server final {
 public:
  S3Server(Clock& clock, std::string bucket) : clock_(clock), bucket_(std::move(bucket)) {}

  ServedReply answer(const ServedRequest& request);

  void behave(S3Behaviour behaviour);
  /// Makes an object that Rocky did not write.
  void put(const std::string& key, std::string value);
  /// The bytes of an object; "" when it is not there.
  std::string value(const std::string& key) const;
  int writes() const;
  /// Requests to remove something, whatever became of them.
  int removals() const;
  /// Requests answered with 400 because the real one would merely tolerate them.
  int misuses() const;

 private:
  struct Object {
    std::string value;
    std::string entity_tag;
    WallTime written;
  };

  ServedReply dispatch(const ServedRequest& request, const std::string& key);
  ServedReply get(const ServedRequest& request, const std::string& key);
  ServedReply put(const ServedRequest& request, const std::string& key);
  ServedReply remove(const ServedRequest& request, const std::string& key);
  ServedReply list(const ServedRequest& request);
  ServedReply misuse(std::string why);
  /// Why the request is not let in.
  std::optional<ServedReply> objection_to(const ServedRequest& request);
  std::optional<ServedReply> objection_to_signature(const ServedRequest& request);
  /// 404 or 412, or nothing that stands against the write.
  std::optional<ServedReply> unmet(const ServedRequest& request, const std::string& key,
                                   bool heeds) const;
  /// Carries the write out, unless the behaviour says otherwise.
  template <class Change>
  ServedReply carry_out(ServedReply reply, Change change);
  Object object_of(std::string value) const;

  Clock& clock_;
  const std::string bucket_;
  mutable std::mutex mutex_;
  S3Behaviour behaviour_;
  WallTime date_stood_at_;
  std::map<std::string, Object> objects_;
  int writes_ = 0;
  int removals_ = 0;
  int misuses_ = 0;
};

}  // namespace rocky::fakes
