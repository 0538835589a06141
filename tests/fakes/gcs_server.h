#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "fakes/http_server.h"

namespace rocky::fakes {

/// What becomes of an upload or a removal that the service would carry out.
enum class GcsWriteFault {
  None,
  RefuseAfterwards,  ///< Carried out, answered with 412: something between sent it twice.
  FailAfterwards,    ///< Carried out, answered with 503.
  DropAfterwards,    ///< Carried out, the reply is lost.
  FailBefore,        ///< Not carried out, answered with 503.
  DropBefore,        ///< Not carried out, the reply is lost.
};

struct GcsBehaviour {
  GcsWriteFault on_write = GcsWriteFault::None;
  bool heeds_conditions = true;  ///< Of uploads.
  bool heeds_conditions_of_remove = true;
  bool one_write_a_second = false;  ///< Faster writes of one object are answered with 429.
  bool empty_page_first = false;    ///< A listing starts with a page without names.
  bool date_stands = false;         ///< `Date` does not advance.
  std::string token;                ///< What requests must show; empty: nothing.
  std::string next_token;           ///< What the metadata server gives out.
};

/// Google Cloud Storage's JSON API for the objects of one bucket, and the metadata server beside
/// it, as far as a state store needs them. Safe from several threads.
///
/// Stricter than the real one: a write without a condition, an object that caches may keep, a read
/// that a cache may answer, and every argument that it does not know are answered with 400.
class GcsServer final {
 public:
  GcsServer(Clock& clock, std::string bucket) : clock_(clock), bucket_(std::move(bucket)) {}

  ServedReply answer(const ServedRequest& request);

  void behave(GcsBehaviour behaviour);
  /// Makes an object that Rocky did not write.
  void put(const std::string& name, std::string value);
  /// How often an object was written or removed.
  int writes() const;
  /// Requests answered with 400.
  int misuses() const;
  /// How often a token was asked for.
  int tokens_given() const;

 private:
  struct Object {
    std::string value;
    std::uint64_t generation = 0;
    WallTime written;
  };
  struct Upload {
    std::string name;
    std::string value;
  };

  ServedReply dispatch(const ServedRequest& request);
  ServedReply give_token(const ServedRequest& request);
  ServedReply get(const ServedRequest& request, const std::string& name);
  ServedReply upload(const ServedRequest& request);
  ServedReply remove(const ServedRequest& request, const std::string& name);
  ServedReply list(const ServedRequest& request);
  ServedReply misuse(std::string why);
  std::optional<Upload> parse_upload(const ServedRequest& request);
  /// 412 or 429, or nothing that stands against the write.
  std::optional<ServedReply> objection(const std::string& name, std::uint64_t expected,
                                       bool heeds_conditions);
  /// Carries the write out, unless the behaviour says otherwise.
  template <class Change>
  ServedReply carry_out(ServedReply reply, Change change);
  void write(const std::string& name, std::string value);

  Clock& clock_;
  const std::string bucket_;
  mutable std::mutex mutex_;
  GcsBehaviour behaviour_;
  WallTime date_stood_at_;
  std::map<std::string, Object> objects_;
  std::map<std::string, WallTime> last_writes_;
  std::uint64_t generation_ = 1'700'000'000'000'000;
  int writes_ = 0;
  int misuses_ = 0;
  int tokens_given_ = 0;
};

}  // namespace rocky::fakes
