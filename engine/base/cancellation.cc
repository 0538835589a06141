#include "base/cancellation.h"

#include <utility>

namespace rocky {

Cancellation::Registration::Registration(Registration&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), id_(other.id_) {}

Cancellation::Registration::~Registration() {
  if (!owner_) return;
  // Callbacks run under this lock, so having it means that ours is not being called; the lock is
  // recursive so that a callback may take back its own registration.
  std::lock_guard lock(owner_->mutex_);
  owner_->callbacks_.erase(id_);
}

void Cancellation::request(Error reason) {
  std::lock_guard lock(mutex_);
  if (reason_) return;
  reason_ = std::move(reason);
  while (!callbacks_.empty()) {
    const auto callback = std::move(callbacks_.begin()->second);
    callbacks_.erase(callbacks_.begin());
    callback();
  }
}

bool Cancellation::requested() const {
  std::lock_guard lock(mutex_);
  return reason_.has_value();
}

std::optional<Error> Cancellation::reason() const {
  std::lock_guard lock(mutex_);
  return reason_;
}

Status Cancellation::check() const {
  std::lock_guard lock(mutex_);
  if (reason_) return *reason_;
  return {};
}

Cancellation::Registration Cancellation::on_request(std::function<void()> callback) {
  std::lock_guard lock(mutex_);
  const std::uint64_t id = next_id_++;
  if (reason_) {
    callback();
  } else {
    callbacks_.emplace(id, std::move(callback));
  }
  return Registration(this, id);
}

}  // namespace rocky
