"""A model that waits until the test lets it go on, and the proxies that stand before a store or a target."""
import os
import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tools"))
from running_proxy import RunningProxy  # noqa: E402

LIMIT = 30


def until(condition, what):
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.02)


class Proxy(RunningProxy):
    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def wait_for(self, struck):
        until(lambda: len(self.events()) >= struck, f"{struck} faults; the log has {self.events()}")

    def wait_until_quiet(self, site):
        """A heartbeat has come through since the last fault."""
        before = site.store.record("k")
        until(lambda: site.store.record("k") != before, "a heartbeat after the faults")


class FifoGate:
    """DuckDB reads a pipe that nobody writes to yet."""

    def __init__(self, folder):
        self.path = Path(folder) / "gate.fifo"
        os.mkfifo(self.path)
        self.sql = (f"SELECT count(*) AS gate FROM read_csv('{self.path}', header=false, auto_detect=false, "
                    "columns={'line': 'VARCHAR'})")
        self.writer = None
        self.opener = threading.Thread(target=self._reach, daemon=True)

    def __enter__(self):
        self.opener.start()
        return self

    def _reach(self):
        self.writer = os.open(self.path, os.O_WRONLY)  # Returns when the reader is there.

    def wait_until_reached(self):
        until(lambda: self.writer is not None, "the model at the gate")

    def open(self):
        if self.writer is not None:
            os.write(self.writer, b"open\n")
            os.close(self.writer)
            self.writer = None

    def __exit__(self, *_):
        if self.opener.is_alive():  # Never reached: let the opener go.
            os.close(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK))
        self.opener.join(LIMIT)
        self.open()


class LockGate:
    """PostgreSQL waits for an advisory lock that the test holds."""
    NUMBER = 420042
    sql = f"SELECT 1 AS gate FROM (SELECT pg_advisory_xact_lock_shared({NUMBER})) AS passed"

    def __init__(self, target):
        self.target = target

    def __enter__(self):
        self.session = self.target.session()
        self.session.stdin.write(f"SELECT pg_advisory_lock({self.NUMBER}); SELECT 'held';\n")
        self.session.stdin.flush()
        for line in self.session.stdout:
            if "held" in line:
                return self
        raise AssertionError("the gate's lock was not granted")

    def wait_until_reached(self):
        waiting = (f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = {self.NUMBER} "
                   "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
        until(lambda: self.target.query(waiting)[0][0] != "0", "the model at the gate")

    def open(self):
        if self.session:
            self.session.stdin.close()
            self.session.wait()
            self.session.stdout.close()
            self.session = None

    def __exit__(self, *_):
        self.open()

