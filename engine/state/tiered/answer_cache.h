#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "state/state_backend.h"
#include "state/tiered/cache_entry.h"

namespace rocky::state {

/// Answers of a store, kept in a faster one. Of two entries for a name the one with the higher rank
/// stays, so that a late writer brings nothing back. Safe from several threads.
///
/// A cache that cannot be reached has no answers, and is left alone for a while: only revoke()
/// tells.
class AnswerCache {
 public:
  AnswerCache(Clock& clock, std::unique_ptr<StateBackend> store);

  /// An answer that nobody revoked, with its age.
  std::optional<Stored> find(std::string_view name);
  void put(std::string_view name, const CacheEntry& entry, Millis time_to_live);
  /// After this the answer that is there is not given, nor one of that rank or a lower one that is
  /// put later. An Error: it may still be given.
  Status revoke(std::string_view name, Rank rank, Millis time_to_live);
  void remove(std::string_view name);
  /// What version 1.15 kept there: it asked the cache and nothing else.
  std::optional<Stored> find_v1_entry(std::string_view key);
  /// What is kept under the name now, to be told from what is put later; empty: out of reach.
  std::optional<Version> newest(std::string_view name);
  /// Waits until something else than `seen` is there, at most `timeout`; false at once where the
  /// cache does not tell.
  bool wait_for_news(std::string_view name, const Version& seen, Millis timeout);

 private:
  using Next = std::function<std::optional<CacheEntry>(const CacheEntry* there)>;
  Status change(std::string_view name, const WriteHints& hints, const Next& next);
  bool is_left_alone() const;
  /// Whether it failed; the cache is left alone for a while then.
  template <class T>
  bool notes_failure(const Result<T>& result);

  Clock& clock_;
  const std::unique_ptr<StateBackend> store_;
  std::atomic<std::int64_t> left_alone_until_{0};  // Milliseconds since boot.
};

}  // namespace rocky::state
