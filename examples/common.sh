# Sourced by each example's run.sh: finds the binary, makes a working copy, shows and checks each step.
#
# A run.sh never writes into the repository: it works on a copy in a temporary folder, deleted at the end
# (KEEP=1 keeps it and says where it is).

EXAMPLES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(dirname "$EXAMPLES")

fail() { echo "FAILED: $*" >&2; exit 1; }

# The newest of the builds, unless $ROCKY or the PATH says otherwise.
find_rocky() {
  if [[ ${ROCKY:-} ]]; then echo "$ROCKY"; return; fi
  if command -v rocky; then return; fi
  local newest
  newest=$(ls -t "$REPOSITORY"/build/*/rocky 2>/dev/null | head -n 1)
  [[ $newest ]] || fail "no rocky binary: type ./dev build, or set ROCKY"
  echo "$newest"
}

ROCKY=$(find_rocky)
command -v jq >/dev/null || fail "this script reads JSON with jq: apt-get install jq"

# work_on_copy_of FOLDER: goes to a fresh copy of the example.
work_on_copy_of() {
  WORK=$(mktemp -d "${TMPDIR:-/tmp}/rocky-example.XXXXXX")
  trap 'if [[ ${KEEP:-} ]]; then echo "kept: $WORK"; else rm -rf "$WORK"; fi' EXIT
  cp -r "$1/." "$WORK"
  cd "$WORK"
}

step() { echo; echo "── $*"; }

# rocky_run EXIT ARGUMENT...: types `rocky ARGUMENT...`, keeps its document in result.json, and expects
# that exit code.
rocky_run() {
  local expected=$1 status=0
  shift
  echo "\$ rocky $*"
  # The outer redirection keeps bash's own "Killed" out of what is shown.
  { "$ROCKY" --output json "$@" >result.json 2>errors.log || status=$?; } 2>/dev/null
  [[ $status == "$expected" ]] || {
    cat errors.log result.json >&2
    fail "exit code $status, expected $expected"
  }
}

# shows JQ...: one line of the last document.
shows() { jq -r "$@" result.json; }

# expect JQ VALUE: the expression over the last document has that value.
expect() {
  local got
  got=$(jq -r "$1" result.json)
  [[ $got == "$2" ]] || { jq . result.json >&2; fail "$1 is '$got', expected '$2'"; }
}

# rows DATABASE SQL: the result of a query, as a table for people.
rows() { "$(dirname "$ROCKY")/print_query" "$1" "$2"; }

# value DATABASE SQL: the one cell of the result.
value() { "$(dirname "$ROCKY")/print_query" --value "$1" "$2"; }

# expect_rows DATABASE TABLE N
expect_rows() {
  local got
  got=$(value "$1" "SELECT count(*) FROM $2")
  [[ $got == "$3" ]] || fail "$2 has $got rows, expected $3"
}
