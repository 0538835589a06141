#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "errors/error.h"

namespace rocky::state {

/// Values are small; a larger one is refused with `StoreTooLarge`.
constexpr std::size_t kValueBytesMax = 1024 * 1024;

/// What a store gave out for one write of one value. Opaque: compared, kept, never interpreted.
struct Version {
  std::string token;
  auto operator<=>(const Version&) const = default;
};

/// A value as read, with the version that a conditional write must name.
struct Stored {
  std::string value;
  Version version;
  /// How long ago this version was written, by the store's own clock; empty where that clock hides
  /// its time. One that stands still gives an age that does not grow.
  std::optional<Millis> age;
};

struct Applied {
  Version version;
  bool weak = false;  ///< Applied, but acknowledged by fewer copies than were asked for.
};
/// Another writer was first, or the value is gone; ours was not written and never will be.
struct Refused {
  bool vanished = false;  ///< The value that was to be replaced or removed does not exist.
};
/// Ours may be there, now or later: read back.
struct Unknown {
  std::string why;
  Millis retry_after{0};  ///< The store asked to be left alone for so long; 0: it did not.
};

/// What became of a conditional write. Three cases, and the caller must treat all three.
using WriteOutcome = std::variant<Applied, Refused, Unknown>;

/// What becomes of answers that a cache beside the store keeps, when a write contradicts them.
enum class CachedAnswers {
  MayStay,   ///< The write contradicts none.
  MustGo,    ///< First they go; where that cannot be done, nothing is written.
  ShouldGo,  ///< They go if the cache can be reached; else they may be given until they expire.
};

/// What a store may use to be faster or safer. Decides nothing.
struct WriteHints {
  std::uint64_t epoch = 0;  ///< With `rev` the rank of this value: a cache keeps the higher.
  std::uint64_t rev = 0;
  std::optional<Millis>
      keep_for;             ///< A store that expires values may drop it after this; empty: never.
  Millis cacheable_for{0};  ///< How long a cache may answer with this value; 0: not at all.
  bool durable = false;     ///< Worth waiting for every copy: a claim, a finish.
  CachedAnswers cached_answers = CachedAnswers::MayStay;  ///< MustGo and ShouldGo: a release.
};

struct ListedName {
  std::string name;
  Version version;
  std::optional<Millis> age;
};
/// One page of names in byte order. `next` is the argument for the following page; empty: the last.
struct Page {
  std::vector<ListedName> names;
  std::string next;
};

/// Who holds a liveness lock, as far as the kernel tells. pid 0: unknown.
struct LockHolder {
  int pid = 0;
};

/// A lock that the operating system frees when its holder is gone, however it ended.
class LivenessHold {
 public:
  virtual ~LivenessHold() = default;
  /// False once the lock file was replaced under us: whoever opens it now does not see our lock.
  virtual bool still_valid() = 0;
};

/// Liveness by the kernel, where store and claimant are on one machine. Safe from several threads.
class Liveness {
 public:
  virtual ~Liveness() = default;
  /// The lock of `name`, or that somebody holds it (pid 0: finding out takes longer, see holder()).
  /// Never waits.
  virtual Result<std::variant<std::unique_ptr<LivenessHold>, LockHolder>> try_hold(
      std::string_view name) = 0;
  /// Who holds the lock of `name`. Looking never disturbs a claimant.
  virtual Result<std::optional<LockHolder>> holder(std::string_view name) = 0;
};

/// What is true of a backend, read by the protocol and by the conformance suite alike.
struct StateTraits {
  std::string_view scheme;
  bool shared_across_hosts = true;
  bool survives_reopen = true;
  /// An acknowledged write may be lost (asynchronous replica, network file system).
  bool may_lose_acknowledged_writes = false;
  /// False: `remove` is not conditional there, or has not shown that it is, so nothing is removed
  /// but what is_written_once(); the sweep overwrites keys instead. May become true, never false.
  bool conditional_remove = true;
  /// Least time between two writes of one value; the store refuses or delays faster ones.
  Millis write_spacing{0};
  /// What a read shows is as safe as what was acknowledged. False where a `durable` write waits for
  /// more copies than the one that is read.
  bool reads_are_durable = true;
  /// It drops values by itself after `keep_for`, and listing them costs it a look at all that it
  /// holds: no run sweeps it in passing.
  bool expires_values = false;
  bool operator==(const StateTraits&) const = default;
};

/// A store of small named values, each written atomically and conditionally.
///
/// This is all a backend has to provide. The claim protocol is written once, above it, in dedup/.
/// Safe to call from several threads. Names are ASCII paths (`idempotency/<64 hex>`), at most 512
/// bytes.
///
/// An Error from a write promises that nothing was written. A backend that cannot promise it
/// returns `Unknown`. Losing a race is `Refused`, never an Error. No call retries a conditional
/// write. Absent (an empty optional), unreadable (`StoreCorrupt`) and unreachable
/// (`StoreUnavailable`) are three answers.
class StateBackend {
 public:
  virtual ~StateBackend() = default;
  virtual const StateTraits& traits() const = 0;

  /// Sees every write that was acknowledged before the call.
  virtual Result<std::optional<Stored>> read(std::string_view name) = 0;
  /// What a cache beside the store may answer at once: a value that was written with
  /// `cacheable_for`, not necessarily the newest. Empty: it knows nothing, or there is none; ask
  /// `read`. Never tells that something is absent, and never fails.
  virtual std::optional<Stored> read_cached(std::string_view name);
  /// Writes where nothing is.
  virtual Result<WriteOutcome> create(std::string_view name, std::string_view value,
                                      const WriteHints& hints) = 0;
  /// Writes where exactly `expected` is.
  virtual Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                                       std::string_view value, const WriteHints& hints) = 0;
  virtual Result<WriteOutcome> remove(std::string_view name, const Version& expected) = 0;
  /// What version 1.15 keeps for a key under a name that is not ours, where it does: `key` is the
  /// key's own bytes. Read only; where it used our name, `read` finds it. Kept by a cache, it is
  /// absent while the cache is out of reach.
  virtual Result<std::optional<Stored>> read_v1_entry(std::string_view key);
  /// Names that start with `prefix`, from `after` (exclusive; "" from the start), at most `limit`.
  virtual Result<Page> list(std::string_view prefix, std::string_view after, int limit) = 0;

  /// Null where the platform has no such lock.
  virtual Liveness* liveness() { return nullptr; }
  /// Waits until `name` no longer has `version`, at most `timeout`; returns whether it changed. An
  /// empty version stands for an absent value. A backend that cannot be told of changes returns
  /// false at once: the caller polls.
  virtual Result<bool> wait_for_change(std::string_view name, const Version& version,
                                       Millis timeout);
};

}  // namespace rocky::state
