#include "run/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

namespace rocky::run {
namespace {

// Signals that come together are one request.
constexpr Millis kOneOccasion{1'000};

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

const char* name_of_signal(int signal) {
  if (signal == SIGINT) return "SIGINT";
  return signal == SIGHUP ? "SIGHUP" : "SIGTERM";
}

/// Dies of the signal itself, so that whoever waits for us sees why.
void die_of(int signal) {
  ::signal(signal, SIG_DFL);
  unblock_stop_signals();
  ::raise(signal);
}

class SignalThread final : public StopSignals {
 public:
  SignalThread(int signals, int wake, Clock& clock, Threads& threads, Cancellation& cancellation)
      : signals_(signals), wake_(wake), clock_(clock), cancellation_(cancellation) {
    thread_ = threads.start("signals", [this] { listen(); });
  }

  ~SignalThread() override {
    const std::uint64_t one = 1;
    // Cannot fail: the counter is far from its limit.
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
    thread_->join();
    ::close(signals_);
    ::close(wake_);
  }

 private:
  void listen() {
    pollfd waiting[] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
    while (true) {
      if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return;
      if (waiting[1].revents) return;
      if (waiting[0].revents) receive();
    }
  }

  void receive() {
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) != sizeof info) return;
    const int signal = static_cast<int>(info.ssi_signo);
    const BootTime now = clock_.boot_now();
    if (first_at_ && now >= *first_at_ + kOneOccasion) die_of(signal);
    if (first_at_) return;
    first_at_ = now;
    cancellation_.request(fail(ErrorCode::Interrupted, "stopped by {}", name_of_signal(signal))
                              .with_hint("run the same command again to do the rest"));
  }

  const int signals_;
  const int wake_;
  Clock& clock_;
  Cancellation& cancellation_;
  std::optional<BootTime> first_at_;
  std::unique_ptr<Thread> thread_;
};

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void unblock_stop_signals() {
  const sigset_t set = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Result<std::unique_ptr<StopSignals>> StopSignals::watch(Clock& clock, Threads& threads,
                                                        Cancellation& cancellation) {
  const sigset_t set = stop_signals();
  const int signals = ::signalfd(-1, &set, SFD_CLOEXEC);
  const int wake = ::eventfd(0, EFD_CLOEXEC);
  if (signals < 0 || wake < 0) {
    return fail(ErrorCode::Io, "cannot listen for signals: {}", std::strerror(errno));
  }
  return std::unique_ptr<StopSignals>(
      std::make_unique<SignalThread>(signals, wake, clock, threads, cancellation));
}

}  // namespace rocky::run
