"""A small project in a folder of its own, and the real binary run on it."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

BUILD = Path(os.environ.get("ROCKY_BUILD", Path(__file__).resolve().parents[2] / "build" / "dev"))
ROCKY = str(BUILD / "rocky")

CONFIG = """
[adapter.default]
type = "duckdb"
path = "target.duckdb"

[pipeline.append]
type = "transformation"
models = "models/**"

[pipeline.append.target]
adapter = "default"
"""

# Appends: done twice, it shows. The last one reads the others, so it is a unit of its own.
APPENDED = [f"batch_{letter}" for letter in "abcde"]
ROWS_A_RUN = 10


class Project:
    """Use as `with Project() as project:`; the folder is deleted at the end."""

    def __init__(self, slow_rows=0):
        self.folder = Path(tempfile.mkdtemp(prefix="rocky-crash-"))
        models = self.folder / "models"
        models.mkdir()
        (self.folder / "rocky.toml").write_text(CONFIG)
        (models / "_defaults.toml").write_text('[target]\ncatalog = "target"\nschema = "main"\n')
        for name in APPENDED:
            self.write_model(name, f"SELECT now()::TIMESTAMP AS seen_at, i FROM range({ROWS_A_RUN}) t(i)",
                             'strategy = { type = "incremental", timestamp_column = "seen_at" }\n')
        union = " UNION ALL ".join(f"FROM target.main.{name}" for name in APPENDED)
        self.write_model("total", f"SELECT count(*) AS rows FROM ({union})")
        if slow_rows:
            self.write_model("slow", f"SELECT max(hash(hash(i))) AS worst FROM range({slow_rows}) t(i)")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_model(self, name, sql, front_matter=""):
        (self.folder / "models" / f"{name}.sql").write_text(f"---toml\n{front_matter}---\n{sql}\n")

    def start(self, *arguments, **environment):
        """The running process, its document on stdout."""
        return subprocess.Popen([ROCKY, "--output", "json", *arguments], cwd=self.folder,
                                env={**os.environ, **environment}, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def rocky(self, *arguments, **environment):
        """Exit code and document; the document is None when the process printed none."""
        return ended(self.start(*arguments, **environment))

    def run(self, key, *arguments, **environment):
        return self.rocky("run", "--idempotency-key", key, *arguments, **environment)

    def query(self, sql):
        done = subprocess.run([str(BUILD / "print_query"), "--value", "target.duckdb", sql],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def rows(self):
        """How often each appending model's work is in the target, in runs."""
        return {name: int(self.query(f"SELECT count(*) FROM {name}")[0][0]) / ROWS_A_RUN
                for name in APPENDED}

    def claim(self, key):
        """What `state claims show` says of the key, or None."""
        status, document = self.rocky("state", "claims", "show", key)
        return document["claim"] if status == 0 else None

    def wait_until_in_flight(self, key, process, limit=20):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            claim = self.claim(key)
            if claim and claim["state"] == "in_flight":
                return
            if process.poll() is not None:
                raise AssertionError(f"ended before it was seen in flight: {process.communicate()}")
        raise AssertionError("never in flight")


def ended(process):
    """Exit code (negative: the signal) and document of a process, once it has ended."""
    out, err = process.communicate(timeout=120)
    try:
        return process.returncode, json.loads(out) if out else None
    except json.JSONDecodeError as problem:
        raise AssertionError(f"not one JSON document on stdout: {problem}\n{out}\n{err}") from problem


KILLED = -signal.SIGKILL
