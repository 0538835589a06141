#!/usr/bin/env python3
"""Runs scenarios: text files that say what to type and what must come of it.

run_scenario.py BUILD_FOLDER FILE...

    # A comment.
    file PATH              the lines up to `end` become a file; `append PATH` adds to one
    env NAME=VALUE         for the commands that follow
    shell COMMAND          must succeed
    unprivileged           the commands that follow run as a user whom files can refuse something
    postgres               a PostgreSQL database of its own: PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE name it to the
                           commands that follow; skipped where ROCKY_TEST_POSTGRES_HOST names no server. A role of the
                           database's name is dropped with it
    sql STATEMENT          must succeed in that database
    rocky ARGUMENTS        runs the binary with --output json; must print one JSON document that its
                           schema in schemas/ describes
    text ARGUMENTS         runs it with --output table
    exit N                 what the last command must have returned (0 unless said)
    is PATH VALUE          the last document has this JSON value (bare words are strings) at .a.b[0]
    has PATH TEXT          the string at PATH contains the text
    absent PATH            there is nothing at PATH
    prints TEXT            the last output contains the text
    golden NAME            the last document is tests/golden/documents/NAME.json, once ids, times and places are
                           made equal; ROCKY_UPDATE_GOLDEN=1 writes the file
    rows FILE SQL          the result must be the lines that follow, up to an empty one; cells apart by |; FILE `postgres` is
                           that database
"""
import difflib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import json_schema

REPOSITORY = Path(__file__).resolve().parents[2]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


SKIPPED = 77  # As ctest knows it.


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def schema_of(document):
    """The schema of a document, chosen by its command."""
    name = document["command"].replace(" ", "_")
    if set(document) == {"version", "command", "error"}:
        name = "error"
    elif name in ("state_claims_release", "state_claims_repair"):
        name = "state_claims_change"
    elif name == "history" and "model" in document:
        name = "model_history"
    elif name in ("export-schemas", "playground"):
        name = "files"
    return json.loads((REPOSITORY / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


# What differs from one run to the next: replaced by what it is.
VOLATILE = [(re.compile(r"run-\d{8}-\d{6}-\d{3}-[0-9a-f]{12}"), "RUN_ID"),
            (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
            (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256")]


def normalised(value, folder, name=""):
    if isinstance(value, dict):
        return {key: normalised(item, folder, key) for key, item in value.items()}
    if isinstance(value, list):
        return [normalised(item, folder, name) for item in value]
    if isinstance(value, str):
        if name in ("host", "owner_command", "released_by", "version"):
            return name.upper()
        for pattern, replacement in VOLATILE:
            value = pattern.sub(replacement, value)
        return value.replace(folder, "FOLDER")
    is_volatile = name in ("pid", "concurrency") or name.endswith("_ms")
    return 0 if is_volatile and isinstance(value, int) else value


class Scenario:
    def __init__(self, build, folder):
        self.build, self.folder = Path(build).resolve(), folder
        self.environment = {**os.environ, "HOME": str(folder), "ROCKY": str(self.build / "rocky")}
        self.prefix = []
        self.last = None  # The command whose exit code is still to be judged.
        self.output, self.document, self.exit_code = "", None, 0
        self.database = None

    def execute(self, arguments):
        done = subprocess.run([*self.prefix, *arguments], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=120, check=False)
        self.last, self.exit_code, self.output = arguments, done.returncode, done.stdout + done.stderr
        return done

    def judge_exit(self, expected=0):
        if self.last is not None and self.exit_code != expected:
            raise Failed(f"exit code {self.exit_code}, expected {expected}\n{self.output}")
        self.last = None

    def do_shell(self, text, _):
        self.execute(["bash", "-c", text])
        self.judge_exit()

    def do_rocky(self, text, _):
        done = self.execute([str(self.build / "rocky"), "--output", "json", *shlex.split(text)])
        try:
            self.document = json.loads(done.stdout)
        except json.JSONDecodeError as problem:
            raise Failed(f"not one JSON document on stdout: {problem}\n{self.output}") from problem
        wrong = list(json_schema.problems(self.document, schema_of(self.document)))
        if wrong:
            raise Failed(f"the document is not what its schema says: {wrong}\n{self.output}")

    def do_text(self, text, _):
        self.execute([str(self.build / "rocky"), "--output", "table", *shlex.split(text)])

    def do_exit(self, text, _):
        self.judge_exit(int(text))

    def do_env(self, text, _):
        name, value = text.split("=", 1)
        self.environment[name] = value

    def do_postgres(self, _text, _):
        if not os.environ.get("ROCKY_TEST_POSTGRES_HOST"):
            problem = "no PostgreSQL: set ROCKY_TEST_POSTGRES_HOST and its like"
            raise Failed(problem) if os.environ.get("CI") else Skipped(problem)
        self.database = f"rocky_test_{uuid.uuid4().hex[:12]}"
        self.in_postgres(os.environ["ROCKY_TEST_POSTGRES_DATABASE"], f"CREATE DATABASE {self.database}")
        for name in ("HOST", "PORT", "USER", "PASSWORD"):
            self.environment[f"PG{name}"] = os.environ[f"ROCKY_TEST_POSTGRES_{name}"]
        self.environment["PGDATABASE"] = self.database

    def in_postgres(self, database, statement):
        self.execute([str(self.build / "print_query"), "--value", f"postgres:{database}", statement])
        self.judge_exit()

    def do_sql(self, text, _):
        self.in_postgres(self.database, text)

    def close(self):
        if self.database:
            self.in_postgres(os.environ["ROCKY_TEST_POSTGRES_DATABASE"], f"DROP DATABASE {self.database} WITH (FORCE)")
            self.in_postgres(os.environ["ROCKY_TEST_POSTGRES_DATABASE"], f"DROP ROLE IF EXISTS {self.database}")

    def do_unprivileged(self, _text, _):
        # A copy, because the folders above the build may be closed to that user.
        os.chmod(self.folder, 0o777)
        shutil.copy2(self.build / "rocky", self.folder / "rocky")
        self.build = self.folder
        self.prefix = NOBODY if os.geteuid() == 0 else []

    def do_file(self, path, lines, mode="w"):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, mode, encoding="utf-8") as out:
            for line in iter(lambda: next(lines), "end"):
                out.write(line + "\n")

    def do_append(self, path, lines):
        self.do_file(path, lines, mode="a")

    def at(self, path):
        value = self.document
        for name, index in re.findall(r"\.([A-Za-z_][\w-]*)|\[(-?\d+)\]", path):
            try:
                value = value[name] if name else value[int(index)]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def do_is(self, text, _):
        path, expected = text.split(" ", 1)
        try:
            expected = json.loads(expected)
        except json.JSONDecodeError:
            pass
        if self.at(path) != expected:
            raise Failed(f"{path} is {self.at(path)!r}, expected {expected!r}\n{self.output}")

    def do_has(self, text, _):
        path, part = text.split(" ", 1)
        if part not in str(self.at(path)):
            raise Failed(f"{path} is {self.at(path)!r}, without {part!r}\n{self.output}")

    def do_absent(self, path, _):
        if self.at(path) is not None:
            raise Failed(f"{path} is {self.at(path)!r}")

    def do_prints(self, text, _):
        if text not in self.output:
            raise Failed(f"{text!r} is not printed:\n{self.output}")

    def do_golden(self, name, _):
        file = REPOSITORY / "tests/golden/documents" / f"{name}.json"
        text = json.dumps(normalised(self.document, str(self.folder)), indent=2, ensure_ascii=False) + "\n"
        if os.environ.get("ROCKY_UPDATE_GOLDEN"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        expected = file.read_text(encoding="utf-8") if file.exists() else ""
        if text != expected:
            change = difflib.unified_diff(expected.splitlines(), text.splitlines(), str(file), "got", lineterm="")
            raise Failed("\n".join(change))

    def do_rows(self, text, lines):
        file, sql = text.split(" ", 1)
        file = f"postgres:{self.database}" if file == "postgres" else file
        done = self.execute([str(self.build / "print_query"), "--value", file, sql])
        self.judge_exit()
        got = [line.replace("\t", "|") for line in done.stdout.splitlines()]
        expected = list(iter(lambda: next(lines, ""), ""))
        if got != expected:
            raise Failed(f"rows are {got}, expected {expected}")


class Lines:
    """The lines of a file, one after another; `number` is that of the last one given out."""

    def __init__(self, text):
        self.all, self.number = text.splitlines(), 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.number == len(self.all):
            raise StopIteration
        self.number += 1
        return self.all[self.number - 1]


JUDGES = ("exit", "is", "has", "absent", "prints", "golden")


def perform(scenario, line, lines):
    command, _, text = line.partition(" ")
    if not hasattr(scenario, f"do_{command}"):
        raise Failed(f"no such command: {command}")
    if command not in JUDGES:
        scenario.judge_exit()
    getattr(scenario, f"do_{command}")(text, lines)


def run_file(build, path):
    lines = Lines(path.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="rocky-e2e-") as folder:
        scenario = Scenario(build, Path(folder))
        try:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    perform(scenario, line, lines)
            scenario.judge_exit()
        except Failed as failure:
            print(f"{path}:{lines.number}: {failure}")
            return 1
        except Skipped as reason:
            print(f"{path}:{lines.number}: skipped: {reason}")
            return SKIPPED
        finally:
            scenario.close()
    return 0


if __name__ == "__main__":
    outcomes = [run_file(sys.argv[1], Path(file)) for file in sys.argv[2:]]
    sys.exit(1 if 1 in outcomes else max(outcomes, default=0))
