#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "errors/error.h"

namespace rocky {

/// A request to stop, with its reason, that reaches running statements. Safe from several threads.
///
/// The first request wins and stays. Whoever blocks for long (a statement, a wait) registers a
/// callback that ends the wait; it is called once, from the requesting thread, or at once when the
/// request came before the registration.
class Cancellation {
 public:
  /// Takes the callback back on destruction; waits for one that is being called.
  class Registration {
   public:
    Registration(Registration&& other) noexcept;
    Registration& operator=(Registration&&) = delete;
    ~Registration();

   private:
    friend class Cancellation;
    Registration(Cancellation* owner, std::uint64_t id) : owner_(owner), id_(id) {}
    Cancellation* owner_;
    std::uint64_t id_;
  };

  void request(Error reason);
  bool requested() const;
  /// The reason of the first request.
  std::optional<Error> reason() const;
  /// The reason as a failure, or success: `ROCKY_TRY(cancellation.check())`.
  Status check() const;
  [[nodiscard]] Registration on_request(std::function<void()> callback);

 private:
  mutable std::recursive_mutex mutex_;
  std::optional<Error> reason_;
  std::map<std::uint64_t, std::function<void()>> callbacks_;
  std::uint64_t next_id_ = 1;
};

}  // namespace rocky
