"""A project on a store and a target, with as many hosts as a scenario wants, and the real binary run on them."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from gates import Proxy
from targets import BUILD

ROCKY = str(BUILD / "rocky")
KILLED = -signal.SIGKILL

# Appends: done twice, it shows. The last one reads the others.
APPENDED = [f"batch_{letter}" for letter in "abcde"]
ROWS_A_RUN = 10

# Small, so that what waits for a lease is quick; object stores stamp whole seconds. A machine that is busy with other
# scenarios may lose such a lease, so only those that wait for its end have it.
LEASE, SLACK = 6, 1.5
LONG_LEASE = 60
ADOPTABLE_WITHIN = LEASE + SLACK + 2

CONFIG = """
[adapter.default]
{target}
[pipeline.work]
type = "transformation"
models = "models/**"

[pipeline.work.target]
adapter = "default"

[state]
{store}
[state.idempotency]
lease_seconds = {lease}
heartbeat_seconds = {heartbeat}
finish_timeout_seconds = 4
{idempotency}
"""


class Site:
    """Use as `with Site(Store, Target) as site:`; folders, database and processes are gone at the end."""

    def __init__(self, store_class, target_class, idempotency="", lease=LONG_LEASE):
        self.folder = Path(tempfile.mkdtemp(prefix="rocky-site-"))
        self.target = target_class(self.folder)
        self.store = store_class(self.folder / "a")
        self.idempotency, self.lease, self.gate_sql = idempotency, lease, None
        self.hosts, self.processes = {}, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()
        self.target.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def host(self, name="a", **settings):
        """The host of that name. All of a local store's are one; `settings` are its own from now on."""
        name = name if self.store.shared else "a"
        if name not in self.hosts or settings:
            self.hosts[name] = Host(self, name, **settings)
        return self.hosts[name]

    def store_proxy(self):
        """A proxy before the store, as a context; hosts reach it through their `store_address`."""
        return Proxy(self.store.wire, *self.store.address().split(":"))

    def target_proxy(self):
        return Proxy("postgres", *self.target.address().split(":"))

    @contextlib.contextmanager
    def gate(self):
        """A model that waits at a gate is in the project of every host made within."""
        with self.target.gate(self.folder) as gate:
            self.gate_sql = gate.sql
            yield gate
        self.gate_sql = None

    def run(self, key, *arguments, **environment):
        return self.host().run(key, *arguments, **environment)

    def rows(self):
        """How often each appending model's work is in the target, in runs; a table that is missing counts 0."""
        counts = {}
        for name in APPENDED:
            try:
                counts[name] = int(self.target.query(f"SELECT count(*) FROM {self.target.schema}.{name}")[0][0])
            except AssertionError:
                counts[name] = 0
        return {name: count / ROWS_A_RUN for name, count in counts.items()}

    def expect_once(self, times=1):
        expect(self.rows(), {name: times for name in APPENDED}, "I4 effect once")

    def until_not_in_flight(self, key, host="b", within=ADOPTABLE_WITHIN, **environment):
        """Runs until the key is not in flight any more: what its exit code and document are then."""
        deadline = time.monotonic() + within
        while True:
            status, document = self.host(host).run(key, **environment)
            if not document or document["status"] != "SkippedInFlight":
                return status, document
            if time.monotonic() > deadline:
                raise AssertionError(f"I5 no wedge: still in flight after {within} s: {document}")
            time.sleep(0.1)  # Between two looks at a lease that only time ends.


class Host:
    """A machine, as far as rocky can tell: a folder with the project and state of its own."""

    def __init__(self, site, name, store_address=None, target_address=None, idempotency=None, lease=None):
        self.site, self.folder = site, site.folder / name
        self.within = []  # A command that runs what follows it somewhere else.
        (self.folder / "models").mkdir(parents=True, exist_ok=True)
        store = site.store.through(store_address) if store_address else site.store.config()
        lease = lease or site.lease
        (self.folder / "rocky.toml").write_text(CONFIG.format(
            target=site.target.config(target_address), store=store, lease=lease, heartbeat=max(1, lease // 3),
            idempotency=site.idempotency if idempotency is None else idempotency))
        (self.folder / "models" / "_defaults.toml").write_text(
            f'[target]\ncatalog = "{site.target.catalog}"\nschema = "{site.target.schema}"\n')
        for model in APPENDED:
            self.write_model(model, site.target.series.format(rows=ROWS_A_RUN),
                             'strategy = { type = "incremental", timestamp_column = "seen_at" }\n')
        union = " UNION ALL ".join(f"SELECT 1 AS one FROM {site.target.schema}.{model}" for model in APPENDED)
        self.write_model("total", f"SELECT count(*) AS rows FROM ({union}) AS all_batches")
        if site.gate_sql:
            self.write_model("gate", site.gate_sql)

    def write_model(self, name, sql, front_matter=""):
        (self.folder / "models" / f"{name}.sql").write_text(f"---toml\n{front_matter}---\n{sql}\n")

    def start(self, *arguments, **environment):
        """The running process, its document on stdout."""
        own = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state-home")}
        process = subprocess.Popen(
            [*self.within, ROCKY, "--output", "json", *arguments], cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env={**os.environ, **own, **self.site.store.environment(), **self.site.target.environment(),
                 **environment})
        self.site.processes.append(process)
        return process

    def rocky(self, *arguments, **environment):
        """Exit code and document; the document is None when the process printed none."""
        return ended(self.start(*arguments, **environment))

    def start_run(self, key, *arguments, **environment):
        return self.start("run", "--idempotency-key", key, *arguments, **environment)

    def run(self, key, *arguments, **environment):
        return ended(self.start_run(key, *arguments, **environment))

    def stopped_at(self, key, step, **environment):
        """A run of the key that has reached the step, and is stopped there."""
        process = self.start_run(key, ROCKY_STOP_AT=step, **environment)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if process.poll() is not None:
            raise AssertionError(f"ended before {step}: {process.communicate()}")
        return process

    def claim(self, key):
        """What `state claims show` says of the key, or None."""
        status, document = self.rocky("state", "claims", "show", key)
        return document["claim"] if status == 0 else None


def go_on(process):
    process.send_signal(signal.SIGCONT)
    return ended(process)


def ended(process):
    """Exit code (negative: the signal) and document of a process, once it has ended."""
    out, err = process.communicate(timeout=120)
    try:
        return process.returncode, json.loads(out) if out else None
    except json.JSONDecodeError as problem:
        raise AssertionError(f"not one JSON document on stdout: {problem}\n{out}\n{err}") from problem


def expect(got, wanted, why=""):
    if got != wanted:
        raise AssertionError(f"{why}: got {got!r}, expected {wanted!r}" if why else f"got {got!r}, expected {wanted!r}")


def expect_in(got, wanted, why=""):
    if got not in wanted:
        raise AssertionError(f"{why}: got {got!r}, expected one of {wanted!r}")


def expect_run(answer, status, exit_code=0, decision=None):
    code, document = answer
    expect((code, document and document["status"]), (exit_code, status), json.dumps(document)[:1500])
    if decision:
        expect(document["dedup"]["decision"], decision)
    return document


def expect_error(answer, name, exit_code):
    code, document = answer
    expect((code, document and document.get("error", {}).get("name")), (exit_code, name),
           json.dumps(document)[:1500])
    return document
