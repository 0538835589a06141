#!/bin/bash
# run_tests.sh [--quick|--update|--e2e [--full]]: the sections of `./dev test`, each with what passed and how long it took.
#
# A section that fails does not stop the others. The last line is `N passed, N failed`; each test of
# ctest counts, and each other section counts as one.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
JOBS=${JOBS:-$(nproc)}
passed=0
failed=0
failures=()

# section TITLE COMMAND...: runs the command under a headline.
section() {
  local title=$1 start=$SECONDS status
  shift
  echo
  echo "== $title"
  "$@"
  status=$?
  echo "-- $title: $([[ $status == 0 ]] && echo ok || echo FAILED), $((SECONDS - start)) s"
  [[ $status == 0 ]] || failures+=("$title")
  return $status
}

count_one() {
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); return 1; fi
}

# ctest_in PRESET [CTEST ARGUMENT...]: runs tests and adds up what it says of them.
ctest_in() {
  local preset=$1 log="build/$1.ctest.log" summary skipped status
  shift
  ctest --test-dir "build/$preset" -j "$JOBS" --output-on-failure --no-tests=error "$@" >"$log" 2>&1
  status=$?
  summary=$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$log")
  if [[ $status != 0 ]]; then grep -vE '^ *[0-9]+/[0-9]+ .* Passed ' "$log"; fi
  if [[ -z $summary ]]; then failed=$((failed + 1)); return 1; fi
  skipped=$(grep -c '\*\*\*Skipped' "$log")
  passed=$((passed + ${summary#* } - ${summary% *} - skipped))
  failed=$((failed + ${summary% *}))
  sed -n '/^The following tests did not run/,/^$/p' "$log"
  echo "${summary#* } tests, ${summary% *} failed, $skipped skipped"
  return $status
}

# build_of PRESET [TARGET...]: what the compiler says is shown only when it fails.
build_of() {
  local log="build/$1.build.log"
  mkdir -p build
  count_one ./dev build "$@" >"$log" 2>&1 || { grep -vE '^\[[0-9]+/[0-9]+\]' "$log" | tail -n 200; return 1; }
}

# Installed while the compiler works; what is there is there after a moment.
install_services() {
  mkdir -p build
  nice scripts/services setup >build/services.setup.log 2>&1 &
  services_installation=$!
}

# What was started here is stopped at the end. Without a server the tests that need it say so and are skipped,
# but not in CI.
start_services() {
  local to_start
  wait "$services_installation" || cat build/services.setup.log
  to_start=$(scripts/services status | awk '!/ runs on port / { print $1 }')
  [[ -z $to_start ]] && return
  # shellcheck disable=SC2064,SC2086  # The names are words, and those of now.
  trap "scripts/services stop ${to_start//$'\n'/ } 2>/dev/null" EXIT
  # shellcheck disable=SC2086
  scripts/services start $to_start && return
  [[ ! ${CI:-} ]] && echo "not fatal outside CI"
}

use_running_services() { eval "$(scripts/services env)"; }

report() {
  echo
  for title in ${failures[@]+"${failures[@]}"}; do echo "failed: $title"; done
  echo "$passed passed, $failed failed"
  [[ $failed == 0 && ${#failures[@]} == 0 ]]
  exit
}

# Other worlds with each commit, the same ones for the same commit.
simulated_schedules() {
  local commit
  commit=$(git rev-parse --short=8 HEAD 2>/dev/null) || commit=1
  count_one ./dev sim --seeds 20000 --first "$((16#${commit:0:8}))"
}

# scenarios [ARGUMENT...]: each cell of the table counts.
scenarios() {
  local log=build/scenarios.log summary status
  ROCKY_BUILD=$PWD/build/dev python3 tests/scenarios/suite.py "$@" >"$log" 2>&1
  status=$?
  grep -vE '^ok ' "$log"
  summary=$(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log")
  if [[ -z $summary ]]; then failed=$((failed + 1)); return 1; fi
  passed=$((passed + ${summary% *}))
  failed=$((failed + ${summary#* }))
  return $status
}

# Real processes on the development build: killed at every step, and the examples as users run them.
e2e() {
  export ROCKY=$PWD/build/dev/rocky
  local script
  for script in examples/*/run.sh; do
    [[ -x $script ]] || continue
    section "$script" count_one "$script"
  done
}

use_running_services
case ${1:-} in
  --quick)
    section "development build" build_of dev && section "tests" ctest_in dev -LE "crash|sim"
    report
    ;;
  --update)
    section "development build" build_of dev || exit
    ROCKY_UPDATE_GOLDEN=1 ctest --test-dir build/dev -j "$JOBS" -LE "checks|crash|e2e|sim" >/dev/null
    git status --short tests/golden docs/user
    section "tests" ctest_in dev -LE "checks|crash|e2e|sim"
    report
    ;;
  --e2e)
    [[ ${2:---full} == --full ]] || { echo "run_tests: unknown option $2" >&2; exit 2; }
    [[ ! ${2:-} ]] || export ROCKY_RANDOM_KILLS=300
    install_services
    section "real servers" count_one start_services
    use_running_services
    section "real processes" ctest_in dev -L "crash|e2e"
    section "scenarios" scenarios ${2:+--full}
    e2e
    report
    ;;
  "") ;;
  *) echo "run_tests: unknown option $1" >&2; exit 2 ;;
esac

install_services
section "lint" count_one ./dev lint
section "development build" build_of dev
built=$?
section "real servers" count_one start_services
use_running_services
if [[ $built == 0 ]]; then
  section "tests" ctest_in dev
  section "scenarios" scenarios
  e2e
  section "schemas" count_one ./dev codegen --check
fi
if [[ -d tests/sim ]]; then
  section "simulated schedules" simulated_schedules
  section "simulated schedules find every mutant" count_one ./dev sim --mutants
fi
if section "build with address and undefined-behaviour sanitizers" build_of asan; then
  section "tests with address and undefined-behaviour sanitizers" ctest_in asan -LE "crash|sim|checks"
fi
# Where threads meet.
threaded=(base state ledger stamp dedup run)
if section "build with thread sanitizer: ${threaded[*]}" build_of tsan "${threaded[@]/%/_test}"; then
  section "tests with thread sanitizer" ctest_in tsan -L "^($(IFS='|'; echo "${threaded[*]}"))\$"
fi
report
