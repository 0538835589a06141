"""What a skip of a finished key costs where hosts share the store: the process as a whole, and beside it one round trip to
the same server with the same bytes from a client that does nothing else.

The servers are those of scripts/services; one that is missing is said to be.
"""
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "scenarios"))
import stores  # noqa: E402

ROUNDS = 30
SKIP = ["run", "--output", "json", "--idempotency-key", "k"]


class Listener:
    """Stands before a server and keeps what was said on the last connection; `turns` is how often it was the server's."""

    def __init__(self, server):
        self.server, self.said, self.turns = server, b"", 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):  # close() ends the waiting.
            while True:  # Side by side: a probe races.
                client = self._socket.accept()[0]
                threading.Thread(target=self._serve_one, args=(client,), daemon=True).start()

    def _serve_one(self, client):
        self.said, self.turns = b"", 0
        with contextlib.suppress(OSError), client, socket.create_connection(self.server) as server:
            back = threading.Thread(target=self._pass_back, args=(server, client))
            back.start()
            self._was_theirs = True
            while said := client.recv(65536):
                self.turns += self._was_theirs
                self._was_theirs = False
                self.said += said
                server.sendall(said)
            server.shutdown(socket.SHUT_WR)
            back.join()

    def _pass_back(self, server, client):
        while reply := server.recv(65536):
            self._was_theirs = True
            client.sendall(reply)

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()


def round_trip_ms(server, said):
    """From the first step to connect to the first bytes of a reply."""
    began = time.perf_counter()
    with socket.create_connection(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(said)
        if not connection.recv(65536):
            sys.exit("bench: the server closed the connection")
        return 1000 * (time.perf_counter() - began)


def configure(folder, lines):
    (folder / "rocky.toml").write_text((folder / "local.toml").read_text() + "\n[state]\n" + lines)


def skip(rocky):
    done = subprocess.run([rocky, *SKIP], check=True, capture_output=True, text=True)
    if '"SkippedIdempotent"' not in done.stdout:
        sys.exit(f"bench: no skip: {done.stdout}")


def of_store(store_class, rocky, measured):
    """`measured(arguments)` runs a process and says what it took."""
    with tempfile.TemporaryDirectory(prefix="rocky-bench-") as scratch:
        folder = Path(scratch) / "shop"
        subprocess.run([rocky, "playground", folder], check=True, stdout=subprocess.DEVNULL)
        shutil.copy(folder / "rocky.toml", folder / "local.toml")
        store = store_class(folder)
        host, _, port = store.address().partition(":")
        server = (host, int(port))
        os.chdir(folder)
        os.environ.update(store.environment())
        configure(folder, store.config())
        subprocess.run([rocky, *SKIP], check=True, stdout=subprocess.DEVNULL)
        listener = Listener(server)
        # The day's first skip of a key is written into the history, at each address anew.
        for lines in (store.through(listener.address), store.config()):
            configure(folder, lines)
            skip(rocky)
            skip(rocky)
        listener.close()
        samples, trips = [], []
        for _ in range(ROUNDS):
            trips.append(round_trip_ms(server, listener.said))
            samples.append(measured([rocky, *SKIP]))
        return {"turns": listener.turns, "round_trip_ms": trips, "samples": samples}


def remote_skip(rocky, measured):
    """For each store its measurements, or None where it is missing."""
    back = os.getcwd()
    try:
        found = {}
        for store_class in (stores.Valkey, stores.S3, stores.Gcs):
            missing = store_class.missing()
            if missing:
                print(f"bench: {missing}", file=sys.stderr)
            found[store_class.name] = None if missing else of_store(store_class, rocky, measured)
        return found
    finally:
        os.chdir(back)
