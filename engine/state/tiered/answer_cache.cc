#include "state/tiered/answer_cache.h"

#include <algorithm>

namespace rocky::state {
namespace {

// Somebody who writes the same name at the same time has the higher rank, or lets us go first.
constexpr int kRacesMax = 8;
// A cache that is down must not cost every call a time-out.
constexpr Millis kLeftAlone{15'000};

/// Apart from records that the same server may keep as a store of its own.
std::string cache_name(std::string_view name) { return "cache/" + std::string(name); }

std::int64_t millis_of(BootTime time) {
  return std::chrono::duration_cast<Millis>(time.since_boot).count();
}

/// Whether what is there makes the new entry pointless. Of one rank a mark outdoes an answer.
bool outranks(const CacheEntry& there, const CacheEntry& ours) {
  if (there.rank != ours.rank) return there.rank > ours.rank;
  return !there.is_answer || ours.is_answer;
}

}  // namespace

AnswerCache::AnswerCache(Clock& clock, std::unique_ptr<StateBackend> store)
    : clock_(clock), store_(std::move(store)) {}

bool AnswerCache::is_left_alone() const { return millis_of(clock_.boot_now()) < left_alone_until_; }

template <class T>
bool AnswerCache::notes_failure(const Result<T>& result) {
  if (result) return false;
  left_alone_until_ = millis_of(clock_.boot_now() + kLeftAlone);
  return true;
}

std::optional<Stored> AnswerCache::find(std::string_view name) {
  if (is_left_alone()) return std::nullopt;
  auto found = store_->read(cache_name(name));
  if (notes_failure(found) || !*found) return std::nullopt;
  auto entry = decode_cache_entry((*found)->value);
  // Without its age nobody could tell whether it still holds.
  if (!entry || !entry->is_answer || !(*found)->age) return std::nullopt;
  return Stored{std::move(entry->value), std::move(entry->version), entry->age + *(*found)->age};
}

void AnswerCache::put(std::string_view name, const CacheEntry& entry, Millis time_to_live) {
  if (is_left_alone()) return;
  notes_failure(change(name, {.keep_for = time_to_live}, [&](const CacheEntry* there) {
    const bool is_pointless = there && outranks(*there, entry);
    return is_pointless ? std::nullopt : std::optional(entry);
  }));
}

Status AnswerCache::revoke(std::string_view name, Rank rank, Millis time_to_live) {
  // On every copy: a fail-over must not bring the answer back.
  const WriteHints hints{.keep_for = time_to_live, .durable = true};
  return change(name, hints, [&](const CacheEntry* there) -> std::optional<CacheEntry> {
    // What is to go goes, whatever its rank is: a repair may not know how high it was.
    if (there && !there->is_answer && there->rank >= rank) return std::nullopt;
    return CacheEntry{.rank = there ? std::max(there->rank, rank) : rank};
  });
}

/// Writes what `next` makes of what is there, or nothing if it makes nothing.
Status AnswerCache::change(std::string_view name, const WriteHints& hints, const Next& next) {
  const std::string cached = cache_name(name);
  for (int race = 0; race < kRacesMax; ++race) {
    ROCKY_ASSIGN(const auto found, store_->read(cached));
    const auto there = found ? decode_cache_entry(found->value) : std::nullopt;
    const auto entry = next(there ? &*there : nullptr);
    if (!entry) return {};
    ROCKY_ASSIGN(const auto outcome,
                 found ? store_->replace(cached, found->version, encode(*entry), hints)
                       : store_->create(cached, encode(*entry), hints));
    // Refused or unknown: what is there now tells.
    const auto* applied = std::get_if<Applied>(&outcome);
    if (!applied) continue;
    if (!applied->weak) return {};
    return fail(ErrorCode::StoreUnavailable, "not every copy of the cache confirmed the change");
  }
  return fail(ErrorCode::StoreBusy, "the cache does not say whether it took the change");
}

void AnswerCache::remove(std::string_view name) {
  if (is_left_alone()) return;
  const auto found = store_->read(cache_name(name));
  if (notes_failure(found) || !*found) return;
  notes_failure(store_->remove(cache_name(name), (*found)->version));
}

std::optional<Stored> AnswerCache::find_v1_entry(std::string_view key) {
  if (is_left_alone()) return std::nullopt;
  auto found = store_->read_v1_entry(key);
  return notes_failure(found) ? std::nullopt : std::move(*found);
}

std::optional<Version> AnswerCache::newest(std::string_view name) {
  if (is_left_alone()) return std::nullopt;
  const auto found = store_->read(cache_name(name));
  if (notes_failure(found)) return std::nullopt;
  return *found ? (*found)->version : Version{};
}

bool AnswerCache::wait_for_news(std::string_view name, const Version& seen, Millis timeout) {
  const auto news = store_->wait_for_change(cache_name(name), seen, timeout);
  return !notes_failure(news) && *news;
}

}  // namespace rocky::state
