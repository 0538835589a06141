#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "net/http.h"

namespace rocky::fakes {

/// Answers each request with the next outcome of a script; past its end nothing can be reached.
/// Safe from several threads.
class ScriptedHttpClient final : public net::HttpClient {
 public:
  net::HttpOutcome send(const net::HttpRequest& request) override {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (script_.empty()) return net::NotSent{net::NotSent::Why::Connect, "the script has ended"};
    net::HttpOutcome next = std::move(script_.front());
    script_.pop_front();
    return next;
  }

  void then(net::HttpOutcome outcome) {
    std::lock_guard lock(mutex_);
    script_.push_back(std::move(outcome));
  }
  void then(int status, std::string body) { then(net::HttpResponse{status, {}, std::move(body)}); }

  /// What was sent so far.
  std::vector<net::HttpRequest> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<net::HttpOutcome> script_;
  std::vector<net::HttpRequest> requests_;
};

}  // namespace rocky::fakes
