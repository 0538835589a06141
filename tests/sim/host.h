#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/threads.h"
#include "dedup/sightings.h"
#include "sim/scheduler.h"

namespace rocky::sim {

/// A simulated machine: what its clocks show, and what survives its processes.
struct Host {
  std::string name;
  Nanos boot_offset{0};  ///< Its CLOCK_BOOTTIME started this long before the world.
  Nanos wall_offset{0};  ///< Its wall clock against the world's; people and NTP change it.
  int boots = 1;
  std::map<std::string, dedup::Sighting> sightings{};  ///< By key.
};

/// The clocks of one host.
class SimClock final : public Clock {
 public:
  SimClock(Scheduler& scheduler, const Host& host) : scheduler_(scheduler), host_(host) {}
  BootTime boot_now() const override { return {scheduler_.now() + host_.boot_offset}; }
  WallTime wall_now() const override;
  void sleep_for(Millis duration) override { scheduler_.sleep_for(duration); }

 private:
  Scheduler& scheduler_;
  const Host& host_;
};

/// One host's sightings: what a process saw stays when it dies.
class SimSightings final : public dedup::Sightings {
 public:
  SimSightings(Scheduler& scheduler, Host& host)
      : scheduler_(scheduler), host_(host), boot_id_(std::to_string(host.boots)) {}
  std::vector<dedup::Sighting> find(std::string_view key_sha256) override;
  Status put(const dedup::Sighting& sighting) override;
  const std::string& boot_id() const override { return boot_id_; }

 private:
  Scheduler& scheduler_;
  Host& host_;
  const std::string boot_id_;
};

/// Starts simulated threads within the calling simulated process.
class SimThreads final : public Threads {
 public:
  explicit SimThreads(Scheduler& scheduler) : scheduler_(scheduler) {}
  std::unique_ptr<Thread> start(std::string name, std::function<void()> body) override;
  std::unique_ptr<Signal> new_signal() override;
  std::unique_ptr<Mutex> new_mutex() override;

 private:
  Scheduler& scheduler_;
};

}  // namespace rocky::sim
