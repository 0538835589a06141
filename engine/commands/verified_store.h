#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/threads.h"
#include "commands/probe_cache.h"
#include "commands/world.h"
#include "state/probe.h"
#include "state/state_backend.h"

namespace rocky::commands {

/// A store that hosts share, looked at before anything is written to it: its layout is one that we
/// know, and it keeps what it promises. A write to one that does not is an Error of nothing
/// written.
///
/// Reading costs nothing more, so that a skip is one exchange. Safe from several threads.
class VerifiedStore final : public state::StateBackend {
 public:
  VerifiedStore(const World& world, std::unique_ptr<state::StateBackend> store, ProbeCache cache,
                std::string server_id);

  /// Looks at once, for who wants to know before any work. Looks once only.
  Status verify();
  /// Probes whatever is known of the store; what passes is known from then on.
  Result<state::ProbeReport> probe();

  /// Removing is conditional there if a probe has shown that it is, now or before.
  const state::StateTraits& traits() const override;
  Result<std::optional<state::Stored>> read(std::string_view name) override;
  std::optional<state::Stored> read_cached(std::string_view name) override;
  Result<std::optional<state::Stored>> read_v1_entry(std::string_view key) override;
  Result<state::WriteOutcome> create(std::string_view name, std::string_view value,
                                     const state::WriteHints& hints) override;
  Result<state::WriteOutcome> replace(std::string_view name, const state::Version& expected,
                                      std::string_view value,
                                      const state::WriteHints& hints) override;
  Result<state::WriteOutcome> remove(std::string_view name,
                                     const state::Version& expected) override;
  Result<state::Page> list(std::string_view prefix, std::string_view after, int limit) override;
  state::Liveness* liveness() override { return store_->liveness(); }
  Result<bool> wait_for_change(std::string_view name, const state::Version& version,
                               Millis timeout) override;

 private:
  Status look();
  Status look_for_promises();
  /// A store may want to be shown once in each process that it removes conditionally.
  Status show_that_it_removes();

  const World& world_;
  const std::unique_ptr<state::StateBackend> store_;
  const ProbeCache cache_;
  const std::string server_id_;
  const std::unique_ptr<Mutex> mutex_;  // Guards what follows.
  bool verified_ = false;
  enum class Removes { Unknown, Conditionally, Whatever };
  std::atomic<Removes> removes_ = Removes::Unknown;
  mutable std::mutex shown_mutex_;  // Guards what follows.
  /// Every traits that was given out: few, and each stays where it is.
  mutable std::list<state::StateTraits> shown_;
};

}  // namespace rocky::commands
