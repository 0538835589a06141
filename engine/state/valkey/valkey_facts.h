#pragma once

#include <string>
#include <vector>

#include "errors/error.h"
#include "net/resp_client.h"

namespace rocky::state {

/// What a server told of itself when we connected.
struct ValkeyFacts {
  std::string replication_id;  ///< Another one: a replica took over, or data may have been lost.
  bool is_replica = false;
  bool is_cluster = false;
  int replicas = 0;                ///< Connected then.
  bool syncs_every_write = false;  ///< `appendfsync always`.
  bool can_wait_for_disk = false;  ///< There is an append-only file, and WAITAOF.

  /// A durable write waits for more than the server's memory.
  bool has_copies_to_wait_for() const {
    return replicas > 0 || (can_wait_for_disk && !syncs_every_write);
  }
  /// No crash and no failover loses a write that we asked to be durable.
  bool keeps_what_it_acknowledges() const {
    return !is_cluster && replicas == 0 && (syncs_every_write || can_wait_for_disk);
  }
};

/// What is asked of every server before it is trusted with anything.
std::vector<net::RespCommand> facts_questions();

/// What the replies tell. What may not be asked counts as not so.
///
/// `StoreRefused` for a server that may evict keys, naming its policy, unless `allow_lossy`. Role
/// and policy must be told: `PermissionDenied` where INFO is not allowed, unless `allow_lossy`.
Result<ValkeyFacts> facts_of(const net::RespReplies& replies, const net::HostPort& place,
                             bool allow_lossy);

}  // namespace rocky::state
