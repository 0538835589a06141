#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/faults.h"
#include "sim/host.h"
#include "sim/invariants.h"
#include "stamp/fence.h"
#include "stamp/target.h"

namespace rocky::sim {

enum class TargetKind {
  Exclusive,  ///< As DuckDB: one process holds it; transactions see a snapshot, conflicts show at
              ///< COMMIT.
  Shared,  ///< As PostgreSQL: sessions outlive their clients, inserts wait, replies to COMMIT get
           ///< lost.
};

/// The rules of protocol 6 that a target's implementation keeps; switched off in mutants.
struct TargetRules {
  bool checks_fence = true;      ///< A unit commits only under the fence.
  bool fence_has_owner = true;   ///< Two owners of one epoch are told apart.
  bool refuses_older = true;     ///< A take-over does not lower the fence.
  bool keeps_generation = true;  ///< A take-over never counts an older generation than the fence.
  bool ages = true;              ///< A fence past its retention is a new generation.
  bool honours_afresh = true;
  bool inserts_stamps = true;
  bool shares_fence = true;  ///< A take-over waits for the units of the old owner.
  bool compares_request = true;
};

/// The target's one key as it is, whoever asks: fence, stamps, open sessions.
class SimTarget {
 public:
  SimTarget(Scheduler& scheduler, Faults& faults, Invariants& invariants, TargetKind kind);

  TargetKind kind() const { return kind_; }
  TargetRules rules;

  /// The target as one process sees it.
  std::unique_ptr<stamp::Target> open(ProcessId process);
  /// However it ended, it holds nothing any more; what it had open is the server's to end.
  void process_ended(ProcessId process);

  void clock_jumps(Nanos by) { clock_offset_ += by; }
  /// Deletes fence and stamps together if they are old and nobody uses them.
  bool sweep();
  /// Nothing happened under the fence for its retention and some days, by the target's clock.
  bool has_aged(std::int64_t extra_days) const;

  std::optional<ProcessId> holder() const { return holder_; }
  int open_sessions() const { return static_cast<int>(sessions_.size()); }
  const std::optional<stamp::Fence>& fence() const { return fence_; }
  /// Asked for every unit that is about to be committed or begun, on the caller's thread.
  std::function<void(const stamp::Grant&)> before_commit;
  /// Told of every statement that ran to its end, with when it began.
  std::function<void(ProcessId, const stamp::Grant&, Nanos)> after_statement;

 private:
  friend class SessionClient;
  friend class TargetClient;
  using StampId = std::pair<std::uint64_t, std::string>;  // generation, unit

  /// A session as the server keeps it.
  struct Session {
    int id = 0;
    ProcessId process = 0;
    stamp::Grant grant;
    bool in_transaction = false;
    bool shares_fence = false;
    bool commit_sent = false;
    bool is_broken = false;  // The client hears an error at its next call.
    bool is_abandoned = false;
    std::vector<stamp::Stamp> inserted;
    std::vector<std::string> changed;
    // What a snapshot saw (exclusive).
    std::optional<stamp::Fence> fence_seen;
    std::map<StampId, stamp::Stamp> stamps_seen;
  };

  bool fence_admits(const std::optional<stamp::Fence>& fence, const stamp::Grant& grant) const;
  stamp::TakeOver raise_fence(const stamp::Grant& grant);
  std::optional<stamp::FoundFence> seen_by_rules(const stamp::Grant& grant) const;
  stamp::Grant asked_by_rules(const stamp::Grant& grant) const;
  bool is_shared_by_others() const;
  void terminate_older(std::uint64_t epoch);
  bool commits(Session& session);
  void close(int session);
  Session* session_with(int id);
  void abandon(Session& session);
  bool is_stamped(std::uint64_t generation, const std::string& unit) const;
  bool is_inserted_elsewhere(const Session& session, const std::string& unit) const;

  Scheduler& scheduler_;
  Faults& faults_;
  Invariants& invariants_;
  const TargetKind kind_;
  std::optional<stamp::Fence> fence_;
  int retention_days_ = 0;
  Nanos newest_change_{0};  // greatest(raised_at, newest committed_at)
  std::map<StampId, stamp::Stamp> stamps_;
  std::list<Session> sessions_;
  int last_session_ = 0;
  std::optional<ProcessId> holder_;
  Nanos clock_offset_{0};
  // By owner: what was stamped when it took over, so that a repetition is noticed.
  std::map<std::string, std::set<std::string>> stamped_at_take_over_;
};

}  // namespace rocky::sim
