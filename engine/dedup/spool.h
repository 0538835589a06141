#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "errors/error.h"
#include "state/state_backend.h"

namespace rocky::dedup {

struct Means;

/// A finish that could not be recorded in the store, kept on this host until it can.
struct SpooledFinish {
  std::string key_sha256;
  std::string nonce;                    ///< Of the finished record: which entry this is.
  std::string bytes;                    ///< The finished record.
  state::Version expected;              ///< The version it replaces.
  std::vector<std::string> own_nonces;  ///< Own writes that may have landed since.
  bool operator==(const SpooledFinish&) const = default;
};

/// Where such finishes wait. Safe from several threads and processes; `put` is durable when it
/// returns.
class Spool {
 public:
  virtual ~Spool() = default;
  virtual Status put(const SpooledFinish& entry) = 0;
  /// The entries of one key; of every key when `key_sha256` is empty. One that cannot be read is an
  /// Error for its key; among those of every key, once nothing else is left.
  virtual Result<std::vector<SpooledFinish>> entries(std::string_view key_sha256) = 0;
  virtual Status remove(const SpooledFinish& entry) = 0;
};

/// One file per entry, in the first of `directories` that takes it; each is made on first use.
std::unique_ptr<Spool> open_file_spool(std::vector<std::string> directories);

/// A finish that will never be recorded, for people.
struct DroppedFinish {
  std::string key_sha256;
  std::string run_id;  ///< Empty: the entry could not be read.
  std::string why;
};
std::string describe(const DroppedFinish& dropped);
/// Told of each that is dropped, before it is: whatever fails then, it was said.
using TellDropped = std::function<void(const DroppedFinish&)>;

/// What became of the entries that were looked at.
struct Drained {
  int recorded = 0;
  int undecided = 0;   ///< The store did not say of one; that entry and those after it are kept.
  int unreadable = 0;  ///< Kept: a newer version wrote them or the record that they are to replace,
                       ///< or that record is damaged.
  /// Superseded, or the record is gone: the next claim recovers from the stamps.
  std::vector<DroppedFinish> dropped;
  /// Why an entry that is dealt with could not be removed. Recorded again it changes nothing.
  std::optional<Error> not_removed;
};

/// Records the spooled finishes of one key (all keys when empty) by compare-and-swap on what each
/// one expects or on an own unconfirmed write. Entries whose outcome stays unknown are kept; an
/// Error means that the store could not be asked.
Result<Drained> drain(const Means& means, std::string_view key_sha256,
                      const TellDropped& tell = {});

}  // namespace rocky::dedup
