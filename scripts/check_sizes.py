#!/usr/bin/env python3
"""Checks that no file outgrows one idea. clang-tidy limits the functions.

check_sizes.py [ROOT]        check the tree (default: the repository)
check_sizes.py --self-test   check the checker
"""
import sys

import check_support

# Path: (lines allowed, reason). May only shrink.
EXCEPTIONS = {}


def kind_and_limit(path):
    """Unit tests stand beside the code; below tests/ everything is one."""
    if path.startswith("tests/") or path.endswith("_test.cc"):
        return "test", 800
    return ("header", 250) if path.endswith(".h") else ("source", 600)


def check(root):
    problems = []
    for file in check_support.sources(root / "engine") + check_support.sources(root / "tests"):
        path = file.relative_to(root).as_posix()
        kind, limit = kind_and_limit(path)
        limit, _ = EXCEPTIONS.get(path, (limit, ""))
        lines = file.read_text().count("\n")
        if lines > limit:
            problems.append(f"{path}:{limit}: {lines} lines; a {kind} file has at most {limit}: "
                            "it holds two ideas, make it two files")
    return problems


SELF_TEST = [
    ("engine/run/a.h", "\n" * 250, None),
    ("engine/run/a.h", "\n" * 251, "header"),
    ("engine/run/a.cc", "\n" * 600, None),
    ("engine/run/a.cc", "\n" * 601, "source"),
    ("engine/run/a_test.cc", "\n" * 800, None),
    ("engine/run/a_test.cc", "\n" * 801, "test"),
    ("tests/sim/world.h", "\n" * 800, None),
    ("tests/sim/world.h", "\n" * 801, "test"),
]

if __name__ == "__main__":
    sys.exit(check_support.main("sizes", check, SELF_TEST))
