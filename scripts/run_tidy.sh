#!/bin/bash
# run_tidy.sh [JOBS] [FILE...]: clang-tidy over the files (default: all) as the tidy preset compiles them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${1:-2}
shift || true
if [[ $# == 0 ]]; then
  mapfile -t files < <(find engine -name '*.cc' ! -name '*_test.cc' | sort)
else
  files=("$@")
fi
printf '%s\0' "${files[@]}" |
  xargs -0 -n 4 -P "$jobs" clang-tidy-19 -p build/tidy --quiet --warnings-as-errors='*'
echo "tidy: ${#files[@]} files, clean"
