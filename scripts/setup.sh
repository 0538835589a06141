#!/bin/bash
# setup.sh [build|examples|test|tidy|fuzz]...: installs the Debian packages of the named groups (default: all) and
# fetches the pinned files into .deps/, libcurl as source. Does nothing, quickly, when nothing is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

BUILD_PACKAGES="ca-certificates g++ cmake ninja-build ccache mold python3 libcli11-dev libtomlplusplus-dev
  nlohmann-json3-dev libfmt-dev libspdlog-dev libexpected-dev libsqlite3-dev libssl-dev dpkg-dev
  libpq-dev libpugixml-dev libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev"
EXAMPLE_PACKAGES="jq"
TEST_PACKAGES="$EXAMPLE_PACKAGES clang-format-19 procps libfaketime iproute2"
TIDY_PACKAGES="clang-19 clang-tidy-19"
FUZZ_PACKAGES="clang-19 libclang-rt-19-dev"

# Pinned by version and content: name, SHA-256 of the package, folder below .deps/, what is taken from it.
NPM_PACKAGES="
@duckdb/node-bindings-linux-x64@1.5.5-r.5 86d2bda909785550e8a14a57a8a4584827aff0e268d8f1a58c3fd48559f7020e duckdb package/libduckdb.so package/LICENSE
vega-datasets@3.2.1 6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3 vega-datasets package/data/airports.csv package/data/flights-3m.parquet package/data/weather.csv package/data/seattle-weather.csv
"

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

as_root() {
  if [[ $EUID == 0 ]]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    die "needs root to install packages; ask for: apt-get install ${missing[*]}"
  fi
}

# The packages among the arguments that are not installed.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p') || true
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$installed")
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" >/dev/null
}

install_packages() {
  command -v dpkg-query >/dev/null || { say "not Debian: expecting these to be installed: $*"; return; }
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} == 0 ]] && return
  say "installing ${missing[*]}"
  # Once more after a failure: a mirror may have moved on between the list and the download.
  local attempt
  for attempt in 1 2; do
    if apt_install update && apt_install install -y --no-install-recommends "${missing[@]}"; then return; fi
    [[ $attempt == 2 ]] || say "apt failed; once more"
  done
  die "apt could not install the packages named above"
}

fetched() { [[ -f .deps/$2/.sha256 && $(<".deps/$2/.sha256") == "$1" ]]; }

# fetch NAME SHA256 FOLDER FILE...
fetch() {
  local name=$1 sha256=$2 folder=$3 work package
  shift 3
  fetched "$sha256" "$folder" && return
  command -v npm >/dev/null || install_packages npm
  say "fetching $name"
  work=$(mktemp -d)
  (cd "$work" && npm pack --silent "$name" >/dev/null) || die "npm could not fetch $name"
  package=$(echo "$work"/*.tgz)
  echo "$sha256  $package" | sha256sum --check --quiet || die "$name is not the package that was pinned"
  rm -rf ".deps/$folder.new" && mkdir -p ".deps/$folder.new"
  tar -xzf "$package" -C ".deps/$folder.new" --no-same-owner --strip-components=1 "$@"
  echo "$sha256" >".deps/$folder.new/.sha256"
  rm -rf ".deps/$folder" "$work" && mv ".deps/$folder.new" ".deps/$folder"
}

fetch_pinned_files() {
  local line
  while read -r line; do
    # shellcheck disable=SC2086  # The fields of the line are the arguments.
    [[ -z $line ]] || fetch $line </dev/null
  done <<<"$NPM_PACKAGES"
}

packages=()
for group in "${@:-all}"; do
  # shellcheck disable=SC2206  # The lists are words.
  case $group in
    all) packages+=($BUILD_PACKAGES $TEST_PACKAGES $TIDY_PACKAGES $FUZZ_PACKAGES) ;;
    build) packages+=($BUILD_PACKAGES) ;;
    examples) packages+=($EXAMPLE_PACKAGES) ;;
    test) packages+=($TEST_PACKAGES) ;;
    tidy) packages+=($TIDY_PACKAGES) ;;
    fuzz) packages+=($FUZZ_PACKAGES) ;;
    *) die "no such group: $group (build, examples, test, tidy, fuzz)" ;;
  esac
done
install_packages "${packages[@]}"
fetch_pinned_files
scripts/libcurl.sh
