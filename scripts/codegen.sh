#!/bin/bash
# codegen.sh [--check]: writes schemas/ from the types of the engine; --check compares instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
./dev build dev rocky >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build/dev/rocky export-schemas "$work/schemas" >/dev/null
case ${1:-} in
  --check)
    diff -ru schemas "$work/schemas" || { echo "codegen: schemas/ is not what the types say (cure: ./dev codegen)"; exit 1; }
    echo "codegen: schemas/ is what the types say"
    ;;
  "")
    mkdir -p schemas
    rm -f schemas/*.json
    cp "$work"/schemas/*.json schemas/
    echo "codegen: $(ls schemas/*.json | wc -l) schemas written"
    ;;
  *) echo "codegen: unknown option $1" >&2; exit 2 ;;
esac
