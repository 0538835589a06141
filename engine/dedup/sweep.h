#pragma once

#include "dedup/means.h"

namespace rocky::dedup {

/// How long a finished record is kept after its retention. Stamps are kept as long, so that neither
/// is found without the other.
constexpr Millis kKeptAfterRetention = std::chrono::days(7);

struct Swept {
  int examined = 0;
  int removed = 0;     ///< Or, where the store cannot, reduced to a bare tombstone.
  int unreadable = 0;  ///< Passed over; `rocky state claims repair` is their way out.
};

/// Removes records that no longer decide anything: succeeded, failed and released ones 7 days after
/// their retention, in-flight ones silent for `in_flight_ttl_hours` and the retention; none within
/// its first 7 days where the listing tells ages.
///
/// Each is removed only at the exact version that was judged, so a claim that comes in between
/// survives. A store that removes whatever is there gets no remove: the record is replaced by a
/// bare tombstone, which says no more than its epoch and generation. Looks at no more than `limit`
/// records, from a random place in the order of names on, so that its cost is bounded and repeated
/// sweeps come round to all.
Result<Swept> sweep(const Means& means, int limit = 100);

/// The same for all records, from the first name to the last.
Result<Swept> sweep_all(const Means& means);

}  // namespace rocky::dedup
