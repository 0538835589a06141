#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dedup/spool.h"
#include "sim/faults.h"

namespace rocky::sim {

/// One host's spool: what a process put there stays when it dies.
class SimSpool {
 public:
  SimSpool(Scheduler& scheduler, Faults& faults) : scheduler_(scheduler), faults_(faults) {}
  std::unique_ptr<dedup::Spool> open();
  bool is_empty() const { return entries_.empty(); }
  bool was_ever_put(const std::string& nonce) const { return put_.contains(nonce); }
  /// Whether a finish that was here before `since` could still be recorded over this record.
  bool holds_finish_for(const std::string& version, const std::string& nonce, Nanos since) const;

 private:
  friend class SpoolClient;
  struct Entry {
    dedup::SpooledFinish finish;
    Nanos put_at;
  };
  Scheduler& scheduler_;
  Faults& faults_;
  std::vector<Entry> entries_;
  std::set<std::string> put_;
};

}  // namespace rocky::sim
