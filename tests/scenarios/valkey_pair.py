"""A Valkey of its own and a replica that falls behind: fails over with the loss of the last writes."""
import os
import socket
import subprocess
import time
from pathlib import Path


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class ValkeyPair:
    """Use as `with ValkeyPair(folder) as pair:`; `pair.url` stays the same through the fail-over."""

    def __init__(self, folder):
        self.folder, self.port, self.replica_port = Path(folder), free_port(), free_port()
        self.url = f"valkey://127.0.0.1:{self.port}"
        self.servers = {}

    def __enter__(self):
        self._start(self.port, "primary")
        self._start(self.replica_port, "replica", "--replicaof", f"127.0.0.1 {self.port}",
                    "--repl-diskless-sync-delay", "0")
        self._until(lambda: b"master_link_status:up" in self._cli(self.replica_port, "INFO", "replication"))
        # From here on the replica hears nothing: it is what is left after the fail-over.
        self._cli(self.replica_port, "REPLICAOF", "NO", "ONE")
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.kill()
            server.wait()

    def fail_over_losing_everything_since_start(self):
        """The primary dies; its address answers with the replica's state, and with another replication id."""
        for port in (self.port, self.replica_port):
            self.servers[port].kill()
            self.servers[port].wait()
        self._start(self.port, "replica")

    def _start(self, port, name, *options):
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        self.servers[port] = subprocess.Popen(
            [os.environ["ROCKY_TEST_VALKEY_SERVER"], "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
             "--save", "", "--appendonly", "yes", "--appendfsync", "always", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._until(lambda: self._cli(port, "PING").strip() == b"PONG")

    @staticmethod
    def _cli(port, *arguments):
        return subprocess.run(["valkey-cli", "-p", str(port), *arguments], capture_output=True, check=False).stdout

    @staticmethod
    def _until(condition):
        deadline = time.monotonic() + 20
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError("the Valkey pair did not come up")
            time.sleep(0.02)
