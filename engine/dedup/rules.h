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
  bool take_over = true;           ///< The fence is raised before the first unit (6).
  bool reconcile = true;           ///< Stamped units are not run again (6).
  bool write_generation = true;    ///< The generation is recorded before the first unit (6).
  bool lock_then_read_again = true;  ///< Local: the record is read under the lock (8).
};

}  // namespace rocky::dedup
