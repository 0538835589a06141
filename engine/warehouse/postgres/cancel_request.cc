#include "warehouse/postgres/cancel_request.h"

#include <utility>
#include <vector>

namespace rocky::warehouse::postgres {
namespace {

// What a server that hears it needs for that.
constexpr Millis kHearing{20};

/// The thread ends when the server hangs up, or with the process.
void leave_behind(std::unique_ptr<Thread> thread) {
  static std::mutex mutex;
  static auto* const left = new std::vector<std::unique_ptr<Thread>>();
  std::lock_guard lock(mutex);
  left->push_back(std::move(thread));
}

void tell(const Api& api, PGcancel* handle) {
  char ignored[256];
  api.cancel(handle, ignored, sizeof ignored);
}

}  // namespace

CancelRequest::CancelRequest(const Api& api, Owned<PGcancel> handle, Threads* threads)
    : api_(api), handle_(std::move(handle)), threads_(threads) {}

CancelRequest::~CancelRequest() {
  if (thread_ && !heard_->wait_for(kHearing)) leave_behind(std::move(thread_));
}

void CancelRequest::send() {
  std::lock_guard lock(mutex_);
  if (thread_ && !heard_->is_set()) return;
  was_sent_ = true;
  if (threads_ == nullptr) return tell(api_, handle_.get());
  heard_ = threads_->new_signal();
  thread_ = threads_->start("cancel", [&api = api_, handle = handle_, heard = heard_] {
    tell(api, handle.get());
    heard->set();
  });
}

}  // namespace rocky::warehouse::postgres
