#!/bin/bash
# run_fuzz.sh SECONDS TARGET...: runs the programs that `./dev fuzz` built, one after the other.
#
# What is new and interesting is kept in build/fuzz/corpus/TARGET and the next run starts from it. An input that
# breaks something is left in build/fuzz/findings/TARGET; `build/fuzz/fuzz_TARGET FILE` repeats it. Mend what it
# found, write a test by hand, and put the input, minimised (-minimize_crash=1 -max_total_time=60), into
# tests/fuzz/corpus/TARGET under a name that says what it is.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=$1
shift
# Names of functions come from binutils, which came with the compiler.
ASAN_SYMBOLIZER_PATH=$(command -v addr2line)
export ASAN_SYMBOLIZER_PATH UBSAN_OPTIONS=print_stacktrace=1
broken=()
for target; do
  corpus=build/fuzz/corpus/$target findings=build/fuzz/findings/$target log=build/fuzz/$target.log
  mkdir -p "$corpus" "$findings"
  if "build/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=10 -max_len=4096 -print_final_stats=1 \
    -artifact_prefix="$findings/" "$corpus" "tests/fuzz/corpus/$target" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "$target: $runs inputs, nothing found"
  else
    broken+=("$target")
    grep -vE '^(INFO:|#[0-9]+)' "$log" | tail -n 60
    echo "$target: BROKEN, see $log"
  fi
done
[[ ${#broken[@]} == 0 ]]
