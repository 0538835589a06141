#!/bin/bash
# A run with a key happens once: fresh, again, another key, a crash between two commits, a kill -9.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
work_on_copy_of "$EXAMPLES/idempotency"

# Each time the work was done adds 1000 rows to each region, exactly.
expect_done() {
  local region
  for region in africa america asia europe; do
    expect_rows books.duckdb "payments_$region" $(($1 * 1000))
  done
  echo "  rows: the work was done $1 time$([[ $1 == 1 ]] || echo s), in every region"
}

step "1. A key nobody used: the work is done"
rocky_run 0 run --idempotency-key monday
expect .status Success
expect .dedup.decision fresh
monday=$(shows .run_id)
shows '"  \(.status), run \(.run_id)"'
expect_done 1

step "2. The same key: nothing happens, and the answer names who did it"
rocky_run 0 run --idempotency-key monday
expect .status SkippedIdempotent
expect .skipped_by_run_id "$monday"
shows '"  \(.status) by \(.skipped_by_run_id)"'
expect_done 1

step "3. Another key: the work is done again"
rocky_run 0 run --idempotency-key tuesday
expect .status Success
shows '"  \(.status), run \(.run_id)"'
expect_done 2

step "4. The process dies (SIGKILL) when it has committed its second piece of work"
echo "  ROCKY_CRASH_AT=unit_committed:2"
ROCKY_CRASH_AT=unit_committed:2 rocky_run 137 run --idempotency-key wednesday
rocky_run 0 state claims show wednesday
expect .claim.state in_flight
expect .claim.owner_alive false
shows '"  the record says \(.claim.state), its owner is gone"'

step "5. The same key again: at once, only what is missing is done"
rocky_run 0 run --idempotency-key wednesday
expect .status Success
expect .dedup.decision adopted
expect '.dedup.units.already_done >= 1' true
expect '.dedup.units.already_done + .dedup.units.done == .dedup.units.total' true
shows '"  \(.status), \(.dedup.decision): \(.dedup.units.already_done) pieces were done already, \(.dedup.units.done) were missing"'
expect_done 3

step "6. While a run is at work, a second one with its key stands back; then somebody types kill -9"
"$ROCKY" --output json run --idempotency-key thursday >owner.json 2>&1 &
owner=$!
until "$ROCKY" --output json state claims show thursday 2>/dev/null | jq -e '.claim.state == "in_flight"' >/dev/null; do
  kill -0 "$owner" 2>/dev/null || { cat owner.json >&2; fail "the run ended before it was seen in flight"; }
done
rocky_run 0 run --idempotency-key thursday
expect .status SkippedInFlight
expect .dedup.owner.pid "$owner"
shows '"  \(.status): process \(.dedup.owner.pid) is at it"'
kill -9 "$owner"
wait "$owner" 2>/dev/null || echo "  kill -9 $owner"
rocky_run 0 run --idempotency-key thursday
expect .status Success
expect .dedup.decision adopted
shows '"  \(.status), \(.dedup.decision): \(.dedup.units.already_done) of \(.dedup.units.total) pieces were done already"'
expect_done 4

step "7. All keys, as the state store knows them"
rocky_run 0 state claims list
expect .count 4
expect '[.claims[] | select(.state == "succeeded")] | length' 4
shows '.claims[] | "  \(.key): \(.state), epoch \(.epoch), run \(.run_id)"'
echo
echo "Four keys, the work done four times, whatever happened in between."
