#include "commands/verified_store.h"

#include <algorithm>
#include <utility>

#include "ledger/layout.h"
#include "state/state_limits.h"

namespace rocky::commands {

VerifiedStore::VerifiedStore(const World& world, std::unique_ptr<state::StateBackend> store,
                             ProbeCache cache, std::string server_id)
    : world_(world),
      store_(std::move(store)),
      cache_(std::move(cache)),
      server_id_(std::move(server_id)),
      mutex_(world.threads.new_mutex()) {}

Status VerifiedStore::verify() {
  const std::lock_guard guard(*mutex_);
  if (verified_) return {};
  ROCKY_TRY(look());
  verified_ = true;
  return {};
}

Status VerifiedStore::look() {
  // In this order: a newer layout may not bear a probe, and a layout is only said where it stays.
  ROCKY_TRY(ledger::read_layout(*store_));
  ROCKY_TRY(look_for_promises());
  return ledger::agree_on_layout({*store_, world_.clock, world_.random}, world_.version);
}

Status VerifiedStore::look_for_promises() {
  if (const auto known = cache_.find(server_id_)) {
    removes_ = known->conditional_remove ? Removes::Conditionally : Removes::Whatever;
    return {};
  }
  ROCKY_ASSIGN(const state::ProbeReport report, probe());
  return report.verdict();
}

Result<state::ProbeReport> VerifiedStore::probe() {
  ROCKY_ASSIGN(state::ProbeReport report, state::probe(world_.threads, world_.random, *store_));
  const bool removes = report.passed(state::ProbeCheck::ConditionalRemove);
  removes_ = removes ? Removes::Conditionally : Removes::Whatever;
  if (report.verdict()) cache_.put(server_id_, removes);
  return report;
}

Status VerifiedStore::show_that_it_removes() {
  const std::lock_guard guard(*mutex_);
  if (store_->traits().conditional_remove || removes_ != Removes::Conditionally) return {};
  ROCKY_TRY(probe());
  return {};
}

const state::StateTraits& VerifiedStore::traits() const {
  state::StateTraits now = store_->traits();
  const Removes removes = removes_;
  if (removes != Removes::Unknown) now.conditional_remove = removes == Removes::Conditionally;
  const std::lock_guard guard(shown_mutex_);
  const auto known = std::find(shown_.begin(), shown_.end(), now);
  return known != shown_.end() ? *known : shown_.emplace_back(now);
}

Result<std::optional<state::Stored>> VerifiedStore::read(std::string_view name) {
  return store_->read(name);
}

std::optional<state::Stored> VerifiedStore::read_cached(std::string_view name) {
  return store_->read_cached(name);
}

Result<std::optional<state::Stored>> VerifiedStore::read_v1_entry(std::string_view key) {
  return store_->read_v1_entry(key);
}

Result<state::WriteOutcome> VerifiedStore::create(std::string_view name, std::string_view value,
                                                  const state::WriteHints& hints) {
  ROCKY_TRY(verify());
  return store_->create(name, value, hints);
}

Result<state::WriteOutcome> VerifiedStore::replace(std::string_view name,
                                                   const state::Version& expected,
                                                   std::string_view value,
                                                   const state::WriteHints& hints) {
  ROCKY_TRY(verify());
  return store_->replace(name, expected, value, hints);
}

Result<state::WriteOutcome> VerifiedStore::remove(std::string_view name,
                                                  const state::Version& expected) {
  ROCKY_TRY(verify());
  if (!state::is_written_once(name)) ROCKY_TRY(show_that_it_removes());
  return store_->remove(name, expected);
}

Result<state::Page> VerifiedStore::list(std::string_view prefix, std::string_view after,
                                        int limit) {
  return store_->list(prefix, after, limit);
}

Result<bool> VerifiedStore::wait_for_change(std::string_view name, const state::Version& version,
                                            Millis timeout) {
  return store_->wait_for_change(name, version, timeout);
}

}  // namespace rocky::commands
