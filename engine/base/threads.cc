#include "base/threads.h"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace rocky {
namespace {

// The kernel keeps 15 characters of a thread's name.
constexpr std::size_t kThreadNameMax = 15;

class SystemThread final : public Thread {
 public:
  SystemThread(std::string name, std::function<void()> body)
      : thread_([name = std::move(name), body = std::move(body)] {
          ::pthread_setname_np(::pthread_self(), name.substr(0, kThreadNameMax).c_str());
          body();
        }) {}
  ~SystemThread() override { SystemThread::join(); }

  void join() override {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

class SystemSignal final : public Signal {
 public:
  void set() override {
    // Told under the lock: the waiter may destroy us as soon as it can see that we are set.
    std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }

  bool is_set() const override {
    std::lock_guard lock(mutex_);
    return set_;
  }

  bool wait_for(Millis timeout) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [this] { return set_; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

class SystemMutex final : public Mutex {
 public:
  void lock() override { mutex_.lock(); }
  void unlock() override { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class SystemThreads final : public Threads {
 public:
  std::unique_ptr<Thread> start(std::string name, std::function<void()> body) override {
    return std::make_unique<SystemThread>(std::move(name), std::move(body));
  }
  std::unique_ptr<Signal> new_signal() override { return std::make_unique<SystemSignal>(); }
  std::unique_ptr<Mutex> new_mutex() override { return std::make_unique<SystemMutex>(); }
};

}  // namespace

Threads& system_threads() {
  static SystemThreads threads;
  return threads;
}

}  // namespace rocky
