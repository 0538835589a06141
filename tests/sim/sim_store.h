#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "sim/faults.h"
#include "sim/host.h"
#include "sim/invariants.h"
#include "state/state_backend.h"

namespace rocky::sim {

enum class StoreKind {
  Remote,  ///< Hosts share it; the lease decides, by its clock.
  Local,   ///< One host's; the kernel's locks decide.
};

/// Whether ages can be believed.
enum class StoreClock {
  Good,
  Hidden,  ///< Caches answer: there is no age, ever.
  Stuck,   ///< An age is told that does not grow.
};

/// What kind of store it is, among those that hosts share.
struct StoreNature {
  StoreClock clock = StoreClock::Good;
  bool removes_conditionally = true;
  bool reads_are_durable = true;
  bool tells_of_changes = false;
  Millis write_spacing{0};  ///< 429 to whoever writes sooner.
};

/// Switched off in mutants: what a store must keep to be a store.
struct StoreRules {
  bool compares_on_claim = true;   ///< A replace by a higher epoch names the version it replaces.
  bool compares_on_finish = true;  ///< A replace by a terminal record does.
  bool replaces_only_what_is_there = true;  ///< A vanished record is not made again.
};

/// A claim by a new owner over a record, as it lands while its sender waits for the reply.
struct RecordWritten {
  ProcessId process = 0;
  const dedup::ClaimRecord* before = nullptr;
  std::string version_before;
  /// Since `before` landed; empty when the store's clock was changed meanwhile.
  std::optional<Nanos> silent_for;
};

/// The state store as it is, whoever asks: values, versions, its own clock, writes under way.
class SimStore {
 public:
  SimStore(Scheduler& scheduler, Faults& faults, Invariants& invariants, StoreKind kind);

  StoreKind kind() const { return kind_; }
  StoreRules rules;
  StoreNature nature;

  /// The store as one process sees it. `host` decides what time a local store shows.
  std::unique_ptr<state::StateBackend> open(ProcessId process, const Host& host, Actor actor);
  void process_died(ProcessId process);

  // What happens to stores:
  void lose_everything();
  /// A replica that had not seen the last `writes` takes over.
  void fail_over(int writes);
  void flip_a_bit(const std::string& name);
  /// One value is gone, as under memory pressure.
  void evict(const std::string& name);
  void down_until(Nanos until) { down_until_ = until; }
  /// Its clock goes ahead: leases and retentions are over.
  void clock_jumps(Nanos by);
  /// As version 1.15 left it, under our name or under one of its own.
  void put_v1(const std::string& name, const std::string& entry);
  void put_v1_verbatim(const std::string& entry);

  /// The record that is there, if it can be read.
  const dedup::ClaimRecord* record(const std::string& name) const;
  bool is_damaged(const std::string& name) const;
  int under_way() const { return under_way_; }
  /// When the newest of a run's applied writes was first sent.
  std::optional<Nanos> last_sent(const std::string& run_id) const;
  bool sent(const std::string& run_id, dedup::ClaimState state) const;
  /// Whether the store said of a run's finish that few copies hold it.
  bool called_finish_weak(const std::string& run_id) const { return weak_.contains(run_id); }
  std::function<void(const RecordWritten&)> on_claim;
  /// Whether a sweep may take a record now; asked when its write would land.
  std::function<bool()> may_sweep;

 private:
  friend class StoreClient;
  friend class SimHold;
  /// What is stored, read once: null when it cannot be read as a record.
  using Decoded = std::shared_ptr<const dedup::ClaimRecord>;
  struct Cell {
    std::string value;
    Decoded record;
    std::uint64_t version = 0;
    Nanos written_at{0};  // By its own clock.
    Nanos landed_at{0};   // By the world's.
  };
  struct Lock {
    ProcessId holder = 0;
    std::uint64_t newest_version = 0;  // When it was taken.
  };
  struct Write {
    std::string name;
    std::optional<state::Version> expected;
    std::optional<std::string> value;  // Empty: remove.
    Decoded record;
    Actor actor = Actor::Run;
    const Host* host = nullptr;
    ProcessId process = 0;  // 0: lands late, nobody waits for it.
    bool durable = false;
  };
  struct Undo {
    std::string name;
    std::optional<Cell> before;
  };

  state::WriteOutcome apply(const Write& write);
  void check_read_under_lock(const Write& write, const Cell* cell);
  bool matches(const Write& write, const Cell* cell) const;
  bool ignores_version(const Write& write) const;
  void note(const Write& write, const Cell* before);
  bool has_lapsed(const dedup::ClaimRecord& record, const Cell& cell, const Host& host) const;
  Nanos clock() const { return scheduler_.now() + clock_offset_; }
  bool is_down() const { return scheduler_.now() < down_until_; }
  void land_later(Write write);
  bool comes_too_soon(const Write& write);
  void acknowledge_weakly(const Write& write);
  std::optional<state::Stored> v1_entry() const;
  void check_v1_success_kept(const Write& write, const Cell* before);

  Scheduler& scheduler_;
  Faults& faults_;
  Invariants& invariants_;
  const StoreKind kind_;
  std::map<std::string, Cell> cells_;
  std::deque<Undo> journal_;
  std::map<std::string, Lock> locks_;
  std::uint64_t last_version_ = 0;
  Nanos clock_offset_{0};
  Nanos down_until_{0};
  int under_way_ = 0;
  Nanos clock_changed_at_{-1};
  int swept_ = 0;
  std::optional<Cell> v1_verbatim_;
  std::map<std::pair<ProcessId, std::string>, Nanos> last_arrival_;  // By owner nonce.
  std::set<std::string> weak_;                                       // Run ids.
  // By run id: when its newest applied write was sent first, and which states it tried to write.
  std::map<std::string, Nanos> last_sent_;
  std::map<std::string, Nanos> first_sent_by_nonce_;
  std::set<std::pair<std::string, dedup::ClaimState>> tried_;
};

}  // namespace rocky::sim
