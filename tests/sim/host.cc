#include "sim/host.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"

namespace rocky::sim {
namespace {

// 2026-01-01T00:00:00Z: the day the world begins.
constexpr Nanos kWorldBegins = std::chrono::seconds(1'767'225'600);

class SimSignal final : public Signal {
 public:
  explicit SimSignal(Scheduler& scheduler) : scheduler_(scheduler) {}
  void set() override { set_ = true; }
  bool is_set() const override { return set_; }
  bool wait_for(Millis timeout) override {
    return scheduler_.wait(timeout, [this] { return set_; });
  }

 private:
  Scheduler& scheduler_;
  bool set_ = false;
};

class SimMutex final : public Mutex {
 public:
  explicit SimMutex(Scheduler& scheduler) : scheduler_(scheduler) {}
  void lock() override {
    while (locked_) scheduler_.wait(Nanos::max(), [this] { return !locked_; });
    locked_ = true;
  }
  void unlock() override {
    ROCKY_CHECK(locked_);
    locked_ = false;
  }

 private:
  Scheduler& scheduler_;
  bool locked_ = false;
};

class SimThread final : public Thread {
 public:
  SimThread(Scheduler& scheduler, int id) : scheduler_(scheduler), id_(id) {}
  ~SimThread() override { join(); }
  void join() override {
    if (!scheduler_.is_over(id_)) {
      scheduler_.wait(Nanos::max(), [this] { return scheduler_.is_over(id_); });
    }
  }

 private:
  Scheduler& scheduler_;
  const int id_;
};

}  // namespace

WallTime SimClock::wall_now() const {
  return {kWorldBegins + scheduler_.now() + host_.wall_offset};
}

std::vector<dedup::Sighting> SimSightings::find(std::string_view key_sha256) {
  scheduler_.pause();
  const auto found = host_.sightings.find(std::string(key_sha256));
  if (found == host_.sightings.end()) return {};
  return {found->second};
}

Status SimSightings::put(const dedup::Sighting& sighting) {
  scheduler_.pause();
  host_.sightings[sighting.key_sha256] = sighting;
  return {};
}

std::unique_ptr<Thread> SimThreads::start(std::string name, std::function<void()> body) {
  const ProcessId process = scheduler_.current_process();
  const int id = scheduler_.spawn(process, fmt::format("p{}/{}", process, name), std::move(body));
  return std::make_unique<SimThread>(scheduler_, id);
}

std::unique_ptr<Signal> SimThreads::new_signal() { return std::make_unique<SimSignal>(scheduler_); }
std::unique_ptr<Mutex> SimThreads::new_mutex() { return std::make_unique<SimMutex>(scheduler_); }

}  // namespace rocky::sim
