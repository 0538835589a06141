#pragma once

#include <functional>
#include <string_view>

#include "state/state_backend.h"
#include "state/state_limits.h"

namespace rocky::fakes {

/// A store in front of another one that fails when it is told to. What is not set goes through. Its
/// functions are called by whichever thread uses the store.
class ScriptedStore final : public state::StateBackend {
 public:
  explicit ScriptedStore(state::StateBackend& store) : facts(store.traits()), store_(store) {}

  /// Asked before each verb (`read`, `create`, `replace`, `remove`, `list`); an Error is its
  /// answer.
  std::function<Status(std::string_view verb, std::string_view name)> before = [](auto, auto) {
    return Status{};
  };
  /// Whether a create reaches the store; one that does not is Unknown.
  std::function<bool()> create_arrives = [] { return true; };
  /// What is told of a create that reached it.
  std::function<state::WriteOutcome(state::WriteOutcome)> reply_to_create =
      [](state::WriteOutcome outcome) { return outcome; };
  /// As MinIO: the condition of a remove is not looked at.
  bool removes_whatever = false;
  /// As S3: only what is written once is removed before a stale remove was refused.
  bool wants_to_be_shown = false;
  state::StateTraits facts;

  const state::StateTraits& traits() const override { return facts; }
  Result<std::optional<state::Stored>> read(std::string_view name) override {
    ROCKY_TRY(before("read", name));
    return store_.read(name);
  }
  std::optional<state::Stored> read_cached(std::string_view name) override {
    if (!before("read_cached", name)) return std::nullopt;
    return store_.read_cached(name);
  }
  Result<std::optional<state::Stored>> read_v1_entry(std::string_view key) override {
    ROCKY_TRY(before("read_v1_entry", key));
    return store_.read_v1_entry(key);
  }
  Result<bool> wait_for_change(std::string_view name, const state::Version& version,
                               Millis timeout) override {
    ROCKY_TRY(before("wait_for_change", name));
    return store_.wait_for_change(name, version, timeout);
  }
  Result<state::WriteOutcome> create(std::string_view name, std::string_view value,
                                     const state::WriteHints& hints) override {
    ROCKY_TRY(before("create", name));
    if (!create_arrives()) return state::WriteOutcome(state::Unknown{"no reply"});
    ROCKY_ASSIGN(auto outcome, store_.create(name, value, hints));
    return reply_to_create(std::move(outcome));
  }
  Result<state::WriteOutcome> replace(std::string_view name, const state::Version& expected,
                                      std::string_view value,
                                      const state::WriteHints& hints) override {
    ROCKY_TRY(before("replace", name));
    return store_.replace(name, expected, value, hints);
  }
  Result<state::WriteOutcome> remove(std::string_view name,
                                     const state::Version& expected) override {
    ROCKY_TRY(before("remove", name));
    if (wants_to_be_shown && !state::is_written_once(name))
      return fail(ErrorCode::StoreRefused, "nothing has shown that removing is conditional");
    ROCKY_ASSIGN(const auto there, store_.read(name));
    ROCKY_ASSIGN(auto outcome,
                 store_.remove(name, removes_whatever && there ? there->version : expected));
    if (std::holds_alternative<state::Refused>(outcome)) {
      wants_to_be_shown = false;
      facts.conditional_remove = true;
    }
    return outcome;
  }
  Result<state::Page> list(std::string_view prefix, std::string_view after, int limit) override {
    ROCKY_TRY(before("list", prefix));
    return store_.list(prefix, after, limit);
  }
  state::Liveness* liveness() override { return store_.liveness(); }

 private:
  state::StateBackend& store_;
};

}  // namespace rocky::fakes
