#pragma once

namespace rocky::dedup {

/// The rules of docs/protocol/run_once.md that can be switched off one at a time, so that the
/// simulator can show that each one is needed. Production always runs with all of them.
struct Rules {
  bool inherit_generation = true;  ///< Adopt and retry keep the generation (4).
  bool read_back = true;  ///< Unknown and Refused are decided by the nonce that is there (7).
  bool tombstone_unknown_claim =
      true;                        ///< A claim that is given up leaves `released` behind (7.5).
  bool join_heartbeat = true;      ///< The heartbeat has stopped before the finish is written (4).
  bool accept_own_nonces = true;   ///< Finish and drain accept own unconfirmed writes (4, 7.6).
  bool drain_before_claim = true;  ///< A claim first drains its key's spooled finish (7.6).
  bool open_before_adopt = true;   ///< An exclusive target is opened before the adoption (6).
  bool check_deadline = true;      ///< The owner stops at its deadline (5).
  bool deadline_from_sending = true;   ///< It counts from before the renewal was sent (5).
  bool watch_deadline = true;          ///< Running statements are cancelled at it (5).
  bool observe = true;                 ///< A version that does not move is a sign, too (5).
  bool sighting_names_version = true;  ///< What was seen is this version and no other (5).
  bool sighting_names_boot = true;     ///< It was seen since this boot (5).
  bool honour_v1_entries = true;       ///< What version 1.15 finished is finished (3).
  bool know_own_run = true;            ///< A run does not wait for itself (7.4).
  bool space_writes = true;            ///< Own writes keep the store's spacing (8).
  bool release_weak_claims = true;     ///< A claim that few copies hold is given back (8).
  bool overwrite_swept = true;   ///< Where a remove ignores its condition, nothing is removed (8).
  bool take_over = true;         ///< The fence is raised before the first unit (6).
  bool reconcile = true;         ///< Stamped units are not run again (6).
  bool write_generation = true;  ///< The generation is recorded before the first unit (6).
  bool lock_then_read_again = true;  ///< Local: the record is read under the lock (8).
};

}  // namespace rocky::dedup
