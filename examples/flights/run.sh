#!/bin/bash
# Builds the flights project from its files, with a key; then once more with the same key.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

data=$REPOSITORY/.deps/vega-datasets/data
[[ -f $data/flights-3m.parquet ]] || fail "the data is not there: type ./dev setup"
work_on_copy_of "$EXAMPLES/flights"
ln -s "$data" data

key=flights-2001
declare -A first_run

step "The files become source tables, the tables are copied, the models answer: key $key"
for pipeline in raw staging marts; do
  rocky_run 0 run --pipeline "$pipeline" --idempotency-key "$key"
  expect .status Success
  expect .dedup.decision fresh
  first_run[$pipeline]=$(shows .run_id)
  shows '"  \(.status): \(.tables_copied) tables in \(.duration_ms) ms, run \(.run_id)"'
done
expect_rows flights.duckdb staging__bts.flights 3000000
expect_rows flights.duckdb staging__faa.airports 3376
expect_rows flights.duckdb marts.worst_airports 10

step "The same key again: nothing runs, and the first run is named"
for pipeline in raw staging marts; do
  rocky_run 0 run --pipeline "$pipeline" --idempotency-key "$key"
  expect .status SkippedIdempotent
  expect .skipped_by_run_id "${first_run[$pipeline]}"
  shows '"  \(.status) by \(.skipped_by_run_id), \(.duration_ms) ms"'
done

step "Where flights were late most often (January to June 2001, airports with 10,000 flights or more)"
rows flights.duckdb "SELECT * FROM marts.worst_airports ORDER BY place"

step "Delays beside what the month's weather is usually like (2012 to 2015)"
rows flights.duckdb "SELECT * EXCLUDE month_number FROM marts.delays_and_weather ORDER BY city, month_number"
echo
