#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "base/threads.h"
#include "warehouse/postgres/postgres_api.h"

namespace rocky::warehouse::postgres {

/// Asks the server to end the statement of one session. Safe from several threads.
///
/// libpq returns when the server has hung up on the request, which one that hangs never does. So it
/// is sent from a thread of its own, and a request that is not heard is left behind.
class CancelRequest {
 public:
  /// Without threads `send` waits for the server.
  CancelRequest(const Api& api, Owned<PGcancel> handle, Threads* threads);
  CancelRequest(const CancelRequest&) = delete;
  CancelRequest& operator=(const CancelRequest&) = delete;
  ~CancelRequest();

  /// Does nothing while an earlier one is on its way.
  void send();
  /// One was sent at some time; it may still arrive.
  bool was_sent() const { return was_sent_; }

 private:
  const Api& api_;
  const std::shared_ptr<PGcancel> handle_;  ///< With the thread that sends.
  Threads* const threads_;
  std::atomic<bool> was_sent_ = false;
  std::mutex mutex_;               ///< Guards what follows.
  std::shared_ptr<Signal> heard_;  ///< Of the last request, with its thread.
  std::unique_ptr<Thread> thread_;
};

}  // namespace rocky::warehouse::postgres
