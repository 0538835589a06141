#!/usr/bin/env python3
"""bench.py BUILD_FOLDER [NAME...]: measures, and writes bench/results/<date>.json and .md.

NAME is one of the programs of bench/ (bench_NAME in the build folder), or one of those that measure
the binary itself: start_up, remote_skip (over the servers of scripts/services), whole_runs. Default: all.
Two writings of one day go into one file.

Times are those of this machine at this moment: only figures of one file compare, and of a busy machine
only processor time and the shortest of many. The load is written beside them.
"""
import datetime
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bench_remote_skip

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "bench" / "results"

PROJECT = """
[adapter.default]
type = "duckdb"
path = "shop.duckdb"
threads = 2

[pipeline.models]
type = "transformation"
"""


def measured(arguments, folder):
    """Wall time, processor time (ms) and peak memory (KiB) of one process that must succeed."""
    began = time.perf_counter()
    process = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]) if folder is None else subprocess.Popen(
            arguments, cwd=folder, stdout=subprocess.DEVNULL).pid
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    if status != 0:
        sys.exit(f"bench: {' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    # Until its exec the process is a copy of this one, and no peak below ours can be told from that.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = usage.ru_maxrss if usage.ru_maxrss > own else 0
    return {"wall_ms": 1000 * wall, "cpu_ms": 1000 * (usage.ru_utime + usage.ru_stime), "peak_kib": peak}


def spread(values):
    return {"min": round(min(values), 3), "median": round(statistics.median(values), 3), "max": round(max(values), 3)}


def spreads(samples):
    return {part: spread([sample[part] for sample in samples]) for part in samples[0]}


def start_up(rocky):
    """What a command costs that has nothing to do; in turns, so that a disturbance meets all of them."""
    folder = tempfile.mkdtemp(prefix="rocky-bench-")
    try:
        subprocess.run([rocky, "playground", folder + "/shop"], check=True, stdout=subprocess.DEVNULL)
        os.chdir(folder + "/shop")
        subprocess.run([rocky, "run", "--idempotency-key", "k"], check=True, stdout=subprocess.DEVNULL)
        commands = {"an empty process": ["/bin/true"], "--version": [rocky, "--version"], "--help": [rocky, "--help"],
                    "skip of a finished key": [rocky, "run", "--output", "json", "--idempotency-key", "k"],
                    "history": [rocky, "history"], "validate": [rocky, "validate"]}
        samples = {name: [] for name in commands}
        for _ in range(100):
            for name, arguments in commands.items():
                samples[name].append(measured(arguments, None))
        return {name: spreads(taken) for name, taken in samples.items()}
    finally:
        os.chdir(REPOSITORY)
        shutil.rmtree(folder)


def remote_skip(rocky):
    results = {}
    for store, found in bench_remote_skip.remote_skip(rocky, lambda arguments: measured(arguments, None)).items():
        if found is None:
            continue
        taken, trip = spreads(found["samples"]), spread(found["round_trip_ms"])
        above = round(taken["wall_ms"]["median"] - trip["median"], 3)
        results[store] = {**taken, "round_trip_ms": trip, "turns": found["turns"], "above_round_trip_ms": above}
    return results


def write_models(folder, models):
    """Four layers, as wide as a project has them: those of bench_small_models."""
    (folder / "models").mkdir(parents=True)
    (folder / "rocky.toml").write_text(PROJECT)
    (folder / "models" / "_defaults.toml").write_text('[target]\ncatalog = "shop"\nschema = "main"\n')
    ends = [models * percent // 100 for percent in (30, 60, 85, 100)]
    begin = base = 0
    for end in ends:
        for i in range(begin, end):
            sql = f"SELECT range AS id, range * {i} AS v FROM range(100)"
            if begin > 0:
                sql = f"SELECT id, v + {i} AS v FROM main.m{base + i % (begin - base):05}"
            (folder / "models" / f"m{i:05}.sql").write_text(sql + "\n")
        base, begin = begin, end


def whole_runs(rocky, models=1000, rounds=5):
    """The binary on a project of small models: read, ordered, planned, run, recorded."""
    kinds = {"with a key": ["run", "--idempotency-key", "k"], "without a key": ["run"], "compile": ["compile"]}
    samples = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, arguments in kinds.items():
            folder = Path(tempfile.mkdtemp(prefix="rocky-bench-"))
            write_models(folder, models)
            samples[name].append(measured([rocky, *arguments], folder))
            shutil.rmtree(folder)
    return {"models": models, **{name: spreads(taken) for name, taken in samples.items()}}


def program(path):
    """A program of bench/ prints one document, or one a line."""
    done = subprocess.run([path], check=True, capture_output=True, text=True).stdout
    try:
        return json.loads(done)
    except json.JSONDecodeError:
        return [json.loads(line) for line in done.splitlines()]


def cell(value):
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def table(titles, rows):
    lines = ["| " + " | ".join(titles) + " |", "|" + "|".join([" --- "] + [" ---: "] * (len(titles) - 1)) + "|"]
    return lines + ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]


def spread_rows(results):
    return [[name, *(found["wall_ms"][part] for part in ("min", "median", "max")), found["cpu_ms"]["median"],
             round(found["peak_kib"]["max"] / 1024, 1) or "–"]
            for name, found in results.items() if isinstance(found, dict)]


SPREAD_TITLES = ["", "wall min, ms", "median", "max", "cpu median, ms", "peak, MB"]


def start_up_lines(results):
    return ["Bar: `--version` and a skip at most 3 ms.", "", *table(SPREAD_TITLES, spread_rows(results))]


def remote_skip_lines(results):
    rows = [[store, one["turns"], one["round_trip_ms"]["median"],
             *(one["wall_ms"][part] for part in ("min", "median", "max")), one["cpu_ms"]["median"],
             one["above_round_trip_ms"]] for store, one in results.items()]
    return ["Bar: the median is at most 6 ms above that of one round trip.", "",
            *table(["", "exchanges", "round trip, ms", "wall min, ms", "median", "max", "cpu median, ms", "above, ms"],
                   rows)]


def whole_runs_lines(results):
    return [f"{results['models']} models; each round on a fresh folder.", "",
            *table(SPREAD_TITLES, spread_rows(results))]


def small_models_lines(results):
    parts = ("wall_ms", "cpu_ms", "close_wall_ms", "close_cpu_ms")
    rows = [[name, *(results[name][part]["median"] for part in parts)] for name in ("autocommit", "keyed")]
    rows.append(["keyed : autocommit", results["ratio"]["wall"], results["ratio"]["cpu"], "", ""])
    return [f"{results['models']} models, one connection; medians. Bar: 1.2, in the end 1.0.", "",
            *table(["", "wall, ms", "cpu, ms", "closing: wall, ms", "cpu, ms"], rows)]


def retained_keys_lines(results):
    titles = ["records", "skip, µs", "claim, µs", "page of 100, µs"]
    names = ("skip_open_and_read_us", "claim_open_read_create_us", "list_page_of_100_us")
    return ["Medians, the store opened anew each time. Bar: flat.", "",
            *table(titles, [[f"{one['records']:,}", *(one[name]["median"] for name in names)] for one in results])]


def warehouse_floor_lines(results):
    return table(["", "each, ms", "cpu each, ms"], [[one["name"], one["ms_each"], one["cpu_ms_each"]] for one in results])


LINES = {"start_up": start_up_lines, "remote_skip": remote_skip_lines, "whole_runs": whole_runs_lines,
         "small_models": small_models_lines, "retained_keys": retained_keys_lines, "warehouse_floor": warehouse_floor_lines}


def processor():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def load_average():
    return [round(value, 1) for value in os.getloadavg()]


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout.strip()


def commit():
    """What was measured; the results themselves do not count as a change."""
    changed = git("status", "--porcelain", "--", ".", ":!bench/results")
    return git("rev-parse", "--short", "HEAD") + ("-dirty" if changed else "")


def page(date, document):
    lines = [f"# Measurements of {date}", ""]
    for name, found in document.items():
        lines += [f"## {name}", "", *LINES[name](found["results"]), "",
                  f"Commit {found['commit']}, {found['processors']} × {found['processor']}, "
                  f"load {found['load_before'][0]} before and {found['load_after'][0]} after.", ""]
    return "\n".join(lines)


def main(build, names):
    build = Path(build).resolve()
    rocky = str(build / "rocky")
    own = {name: lambda measure=measure: measure(rocky)
           for name, measure in (("start_up", start_up), ("remote_skip", remote_skip), ("whole_runs", whole_runs))}
    date = datetime.date.today().isoformat()
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / f"{date}.json"
    document = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name in names or LINES:
        if name not in LINES:
            sys.exit(f"bench: no such measurement: {name} ({', '.join(LINES)})")
        print(f"{name} …", file=sys.stderr)
        before = load_average()
        results = own[name]() if name in own else program(str(build / f"bench_{name}"))
        document[name] = {"commit": commit(), "processor": processor(),
                          "processors": os.cpu_count(), "load_before": before, "load_after": load_average(),
                          "results": results}
        file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    text = page(date, document)
    (RESULTS / f"{date}.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
