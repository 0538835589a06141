#include "state/tiered/tiered_backend.h"

#include <algorithm>
#include <list>
#include <mutex>

#include "state/tiered/answer_cache.h"

namespace rocky::state {
namespace {

// An answer that is put later than this after its write began is not put at all: a mark against it
// may be gone by then.
constexpr Millis kLateMax{60'000};
// Long past anybody who could still put an answer of a lower rank.
constexpr Millis kMarkLives = std::chrono::hours(24);

class TieredBackend final : public StateBackend {
 public:
  TieredBackend(Clock& clock, std::unique_ptr<StateBackend> objects,
                std::unique_ptr<StateBackend> cache)
      : clock_(clock), objects_(std::move(objects)), cache_(clock, std::move(cache)) {}

  const StateTraits& traits() const override;
  Result<std::optional<Stored>> read(std::string_view name) override {
    return objects_->read(name);
  }
  std::optional<Stored> read_cached(std::string_view name) override { return cache_.find(name); }
  Result<std::optional<Stored>> read_v1_entry(std::string_view key) override {
    return cache_.find_v1_entry(key);
  }
  Result<WriteOutcome> create(std::string_view name, std::string_view value,
                              const WriteHints& hints) override {
    return write(name, value, hints, [&] { return objects_->create(name, value, hints); });
  }
  Result<WriteOutcome> replace(std::string_view name, const Version& expected,
                               std::string_view value, const WriteHints& hints) override {
    return write(name, value, hints,
                 [&] { return objects_->replace(name, expected, value, hints); });
  }
  Result<WriteOutcome> remove(std::string_view name, const Version& expected) override;
  Result<Page> list(std::string_view prefix, std::string_view after, int limit) override {
    return objects_->list(prefix, after, limit);
  }
  Liveness* liveness() override { return objects_->liveness(); }
  Result<bool> wait_for_change(std::string_view name, const Version& version,
                               Millis timeout) override;

 private:
  template <class Write>
  Result<WriteOutcome> write(std::string_view name, std::string_view value, const WriteHints& hints,
                             Write write);
  Status revoke(std::string_view name, const WriteHints& hints);
  void tell_cache(std::string_view name, std::string_view value, const WriteHints& hints,
                  const Version& version, Millis since_sent);

  Clock& clock_;
  const std::unique_ptr<StateBackend> objects_;
  AnswerCache cache_;
  mutable std::mutex mutex_;               // Guards traits_.
  mutable std::list<StateTraits> traits_;  // Each that was ever told; those told stay as they are.
};

const StateTraits& TieredBackend::traits() const {
  StateTraits now = objects_->traits();
  now.scheme = "tiered";
  const std::lock_guard lock(mutex_);
  const auto known = std::find(traits_.begin(), traits_.end(), now);
  return known != traits_.end() ? *known : traits_.emplace_back(now);
}

template <class Write>
Result<WriteOutcome> TieredBackend::write(std::string_view name, std::string_view value,
                                          const WriteHints& hints, Write write) {
  // Before, so that no answer outlives what it answers; after, should the cache have lost it.
  ROCKY_TRY(revoke(name, hints));
  const BootTime sent_at = clock_.boot_now();
  auto outcome = write();
  const Applied* applied = outcome ? std::get_if<Applied>(&*outcome) : nullptr;
  if (!applied) return outcome;
  (void)revoke(name, hints);
  tell_cache(name, value, hints, applied->version,
             std::chrono::ceil<Millis>(clock_.boot_now() - sent_at));
  return outcome;
}

Status TieredBackend::revoke(std::string_view name, const WriteHints& hints) {
  if (hints.cached_answers == CachedAnswers::MayStay) return {};
  Status revoked = cache_.revoke(name, {hints.epoch, hints.rev}, kMarkLives);
  if (revoked || hints.cached_answers == CachedAnswers::ShouldGo) return {};
  return fail(ErrorCode::StoreUnavailable,
              "the cache cannot be told that its answer is out of date: {}",
              revoked.error().message)
      .with_hint(
          "nothing was changed; try again when the cache can be reached, or use --force-cache");
}

void TieredBackend::tell_cache(std::string_view name, std::string_view value,
                               const WriteHints& hints, const Version& version, Millis since_sent) {
  const Rank rank{hints.epoch, hints.rev};
  const bool is_answer = hints.cacheable_for > since_sent && since_sent <= kLateMax;
  if (is_answer) {
    const CacheEntry entry{rank, true, version, since_sent, std::string(value)};
    return cache_.put(name, entry, hints.cacheable_for - since_sent);
  }
  // An end that is no answer wakes who waits for it.
  const bool is_end = hints.keep_for.has_value();
  if (is_end && hints.cached_answers == CachedAnswers::MayStay)
    cache_.put(name, {.rank = rank}, kMarkLives);
}

Result<WriteOutcome> TieredBackend::remove(std::string_view name, const Version& expected) {
  auto outcome = objects_->remove(name, expected);
  if (outcome && std::holds_alternative<Applied>(*outcome)) cache_.remove(name);
  return outcome;
}

Result<bool> TieredBackend::wait_for_change(std::string_view name, const Version& version,
                                            Millis timeout) {
  const BootTime until = clock_.boot_now() + timeout;
  // The cache is looked at first: what is put there after the store was read is news.
  const auto seen = cache_.newest(name);
  ROCKY_ASSIGN(const auto found, objects_->read(name));
  if (found ? found->version != version : !version.token.empty()) return true;
  const auto left = std::chrono::floor<Millis>(until - clock_.boot_now());
  return seen && left.count() > 0 && cache_.wait_for_news(name, *seen, left);
}

}  // namespace

std::unique_ptr<StateBackend> make_tiered(Clock& clock, std::unique_ptr<StateBackend> objects,
                                          std::unique_ptr<StateBackend> cache) {
  return std::make_unique<TieredBackend>(clock, std::move(objects), std::move(cache));
}

}  // namespace rocky::state
