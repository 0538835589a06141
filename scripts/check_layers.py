#!/usr/bin/env python3
"""Checks that includes point down: see "Layers" in ARCHITECTURE.md.

check_layers.py [ROOT]        check the tree (default: the repository)
check_layers.py --self-test   check the checker
"""
import re
import sys
from pathlib import Path

import check_support

# Lowest first. A folder may include its own files and any layer below it; folders that share a layer
# may not include one another.
LAYERS = [["errors"], ["base"], ["net", "sql", "events"], ["state", "warehouse"],
          ["plan", "config", "output"], ["dedup", "stamp", "ledger", "models"],
          ["run", "pipelines"], ["commands"], ["app"]]
LEVEL = {folder: level for level, folders in enumerate(LAYERS) for folder in folders}

# Folders that see less than the layers below them. Their unit tests may use any lower layer.
NARROW = {
    "dedup": ["dedup/", "state/state_backend.h", "events/", "base/", "errors/"],
    "stamp": ["stamp/", "warehouse/warehouse.h", "warehouse/warehouse_traits.h", "sql/", "events/",
              "base/", "errors/"],
}

# Folders whose subfolders are implementations of one contract: only the registry names them.
IMPLEMENTATIONS = {"state": "state/registry.cc", "warehouse": "warehouse/registry.cc"}

# Folders that know no domain words.
NO_DOMAIN_WORDS = ["net", "sql", "base"]
DOMAIN_WORD = re.compile(r"\b(?:pipelines?|claim(?:s|ed|ant)?|idempotency|run_[a-z]\w*|Run[A-Z]\w*|run ids?)\b")

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')

# (including file, included file): reason. May only shrink.
EXCEPTIONS = {}


def include_problem(path, included):
    """Why `path` may not include `included` (both below engine/), or None."""
    folder, target = path.split("/")[0], included.split("/")[0]
    if target not in LEVEL:
        return None  # A library's own header.
    is_test = path.endswith("_test.cc")
    if folder != target and LEVEL[target] >= LEVEL[folder]:
        return f"{folder}/ stands below or beside {target}/: move the type down, or pass it in"
    if folder in NARROW and not is_test and not any(included.startswith(p) for p in NARROW[folder]):
        return f"{folder}/ sees only {', '.join(NARROW[folder][1:])}"
    parts = included.split("/")
    if target in IMPLEMENTATIONS and len(parts) > 2:
        own = path.startswith("/".join(parts[:2]) + "/")
        if not own and not is_test and path != IMPLEMENTATIONS[target]:
            return f"only {IMPLEMENTATIONS[target]} names an implementation; use the contract of {target}/"
    return None


def check_file(engine, file):
    path = file.relative_to(engine).as_posix()
    folder = path.split("/")[0]
    if folder not in LEVEL:
        yield f"engine/{path}:1: folder {folder}/ has no layer: add it to LAYERS"
        return
    for number, line in enumerate(file.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match and (path, match[1]) not in EXCEPTIONS:
            problem = include_problem(path, match[1])
            if problem:
                yield f'engine/{path}:{number}: includes "{match[1]}": {problem}'
        if folder in NO_DOMAIN_WORDS and not match:
            word = DOMAIN_WORD.search(line)
            if word:
                yield f"engine/{path}:{number}: {folder}/ knows no runs, but says '{word[0]}'"


def check(root):
    engine = root / "engine"
    return [p for file in check_support.sources(engine) for p in check_file(engine, file)]


SELF_TEST = [
    ("engine/run/a.cc", '#include "dedup/claim.h"\n', None),
    ("engine/run/a.cc", '#include "pipelines/step_table.h"\n', "beside"),
    ("engine/base/a.cc", '#include "errors/error.h"\n', None),
    ("engine/errors/a.cc", '#include "base/check.h"\n', "below or beside"),
    ("engine/dedup/a.cc", '#include "state/state_backend.h"\n', None),
    ("engine/dedup/a.cc", '#include "state/registry.h"\n', "sees only"),
    ("engine/dedup/a.cc", '#include "sql/identifier.h"\n', "sees only"),
    ("engine/dedup/a_test.cc", '#include "state/memory/memory_backend.h"\n', None),
    ("engine/stamp/a.cc", '#include "warehouse/warehouse.h"\n', None),
    ("engine/stamp/a.cc", '#include "warehouse/registry.h"\n', "sees only"),
    ("engine/state/registry.cc", '#include "state/local/local_backend.h"\n', None),
    ("engine/state/probe.cc", '#include "state/local/local_backend.h"\n', "only state/registry.cc"),
    ("engine/state/tiered/a.cc", '#include "state/local/local_backend.h"\n', "only state/registry.cc"),
    ("engine/state/local/a.cc", '#include "state/local/local_backend.h"\n', None),
    ("engine/commands/a.cc", '#include "warehouse/duckdb/duckdb_api.h"\n', "only warehouse/registry.cc"),
    ("engine/net/a.cc", "void f(RunId);\n", "knows no runs"),
    ("engine/sql/a.cc", "// Runs one statement; it is running.\n", None),
    ("engine/attic/a.cc", "\n", "has no layer"),
]

if __name__ == "__main__":
    sys.exit(check_support.main("layers", check, SELF_TEST))
