#!/usr/bin/env python3
"""Every scenario of docs/protocol/scenarios.md on every store and target it applies to, and the table of what came of it.

suite.py [--store NAME]... [--target NAME]... [--only N,N-N] [--jobs N] [--full] [--write FILE]

A cell is `ok`, `FAILED`, `pending` (the feature it waits for stands in the last column), `-` (does not apply), or names where
else the promise is tested: `sim` (the simulator), `unit`, `as N` (another scenario). What cannot be played because this
machine lacks something is `missing`, which fails when CI is set. A file that a note names must be there. What fails while others are played beside it is played once more alone, and that is said: leases of
a few seconds end early on a machine that is too busy. The last line is `N passed, N failed`.
"""
import argparse
import concurrent.futures
import os
import re
import sys
import traceback
from pathlib import Path

import scenario
import scenarios_crash  # noqa: F401  Each module adds its scenarios.
import scenarios_faults  # noqa: F401
import scenarios_hosts  # noqa: F401
import scenarios_keys  # noqa: F401
import scenarios_kills  # noqa: F401
import scenarios_races  # noqa: F401
import scenarios_stops  # noqa: F401
from stores import STORES
from targets import TARGETS


AGAIN_MAX = 15
REPOSITORY = Path(__file__).resolve().parents[2]


def numbers(text):
    """Whether a number is in `3,11.2,20-25`."""
    ranges = [part.partition("-") for part in text.split(",")]
    return lambda number: any(float(first) <= number <= float(last or first) for first, _, last in ranges)


def outcome_of(case, store, target):
    """The cell, and what went wrong if it did."""
    word = case.word_for(store, target)
    if word:
        return word, ""
    missing = store.missing() or target.missing() or case.missing()
    if missing:
        return ("FAILED" if os.environ.get("CI") else "missing"), missing
    try:
        case.play(store, target)
        return "ok", ""
    except Exception:  # Whatever it is, the other cells are still worth knowing.
        return "FAILED", traceback.format_exc(limit=6)


def notes_without_their_file(cases):
    """What the notes name between backquotes and is not in the tree: a file from its root or from engine/, or a folder."""
    for case in cases:
        for named in re.findall(r"`([\w./]+(?:/|\.(?:cc|py|test)))`", case.note):
            if not any((root / named).exists() for root in (REPOSITORY, REPOSITORY / "engine")):
                yield f"{case.number} names `{named}`, which does not exist"


def play_again_alone(cells):
    """The cells that failed, once more; more than a few are no accident of the machine."""
    failed = [place for place, (word, _) in cells.items() if word == "FAILED"]
    for number, store, target in failed if len(failed) <= AGAIN_MAX else []:
        case = next(case for case in scenario.ALL if case.number == number)
        cells[number, store, target] = outcome_of(case, store, target)
        word, why = cells[number, store, target]
        print(f"{word:6} {number} {store.name} {target.name}: played again, alone\n{why}", flush=True)


def table(cases, cells, pairs):
    heads = [f"{store.name} {target.name}" for store, target in pairs]
    lines = ["| # | Scenario | " + " | ".join(heads) + " | Elsewhere, or waits for |",
             "|---|---|" + "---|" * len(pairs) + "---|"]
    for case in cases:
        row = " | ".join(cells[case.number, store, target][0] for store, target in pairs)
        lines.append(f"| {case.number} | {case.title} | {row} | {case.note} |")
    return "\n".join(lines)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--store", action="append")
    arguments.add_argument("--target", action="append")
    arguments.add_argument("--only", type=numbers)
    arguments.add_argument("--jobs", type=int, default=4)
    arguments.add_argument("--full", action="store_true")
    arguments.add_argument("--write")
    options = arguments.parse_args()
    scenario.FULL = options.full

    stores = [s for s in STORES if not options.store or s.name in options.store]
    targets = [t for t in TARGETS if not options.target or t.name in options.target]
    pairs = [(store, target) for target in targets for store in stores]
    cases = [case for case in scenario.ALL if not options.only or options.only(case.number)]
    lost = list(notes_without_their_file(scenario.ALL))
    print("".join(f"FAILED {each}\n" for each in lost), end="", flush=True)
    cells = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = {pool.submit(outcome_of, case, *pair): (case, *pair) for case in cases for pair in pairs}
        for job in concurrent.futures.as_completed(jobs):
            case, store, target = jobs[job]
            cells[case.number, store, target] = job.result()
            if job.result()[0] in ("FAILED", "ok"):
                print(f"{job.result()[0]:6} {case.number} {store.name} {target.name}: {case.title}", flush=True)
            if job.result()[0] == "FAILED":
                print(job.result()[1], flush=True)
    play_again_alone(cells)
    printed = table(cases, cells, pairs)
    print("\n" + printed + "\n")
    if options.write:
        scenario.write_page(options.write, printed)
    words = [word for word, _ in cells.values()]
    failed = words.count("FAILED") + len(lost)
    print(f"{words.count('ok')} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
