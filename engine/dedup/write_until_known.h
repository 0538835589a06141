#pragma once

#include <optional>
#include <string>

#include "dedup/claim_record.h"
#include "dedup/means.h"
#include "dedup/run_key.h"
#include "state/state_backend.h"

namespace rocky::dedup {

/// One logical write of a record: the same bytes, hence the same nonce, each time it is sent.
struct RecordWrite {
  std::string name;
  std::optional<state::Version> expected;  ///< Empty: nothing must be there.
  std::string bytes;
  std::string nonce;
  state::WriteHints hints;
};

/// Hints as the record asks for them: one that is in flight is kept, a finish is worth waiting for
/// every copy, a success may be cached for its retention.
RecordWrite make_write(const ClaimRecord& record, std::optional<state::Version> expected);

/// Sends a conditional write until its outcome is known or `give_up_at` has passed.
///
/// After Unknown or Refused it reads: our nonce there means Applied, with the version that was
/// read; the expected version still there means that the same bytes are sent again; anything else
/// is Refused. Absence proves nothing while a create may still land, so it is sent again. An Error
/// promises that nothing was ever sent. Between two sendings the store's write spacing passes, and
/// what it asked for by `retry_after`, within bounds.
Result<state::WriteOutcome> write_until_known(const Means& means, const RecordWrite& write,
                                              BootTime give_up_at);

/// Sleeps until the store takes another write of a value that it took one of at `last`. That is no
/// time that it was given to answer: `Means::wait_limit` moves, and who calls adds what is
/// returned, how long it was.
Millis keep_spacing(const Means& means, BootTime last);

/// Sleeps a random part of a delay that doubles with each attempt, 10 ms to 2 s (full jitter).
void back_off(const Means& means, int attempt);

}  // namespace rocky::dedup
