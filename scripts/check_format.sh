#!/bin/bash
# check_format.sh [--fix]: every C++ file is as clang-format 19 writes it; --fix makes it so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t files < <(find engine tests \( -name '*.h' -o -name '*.cc' \) | sort)
[[ ${#files[@]} -gt 0 ]] || exit 0
if [[ ${1:-} == --fix ]]; then
  exec clang-format-19 -i "${files[@]}"
fi
# It fails when something differs; what it says is what counts.
differing=$({ clang-format-19 --dry-run -Werror "${files[@]}" 2>&1 || true; } |
  sed -n 's/^\([^: ]*\):[0-9].*/\1/p' | sort -u)
if [[ $differing ]]; then
  echo "format: not as clang-format writes it (cure: ./dev lint --fix):"
  sed 's/^/  /' <<<"$differing"
  exit 1
fi
echo "format: ${#files[@]} files, as they should be"
