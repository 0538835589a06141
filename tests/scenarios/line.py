"""The line between a host and a server: it can be cut and mended, and it can lead into a network namespace."""
import ctypes
import os
import socket
import subprocess
import threading
import uuid


class Line:
    """Forwards what connects to `address` to the server at host:port, until it is cut. Within a network the server has
    the address there that it has outside. From connection number `hold_from` on, callers are kept waiting."""

    def __init__(self, server, listen_on="127.0.0.1", network=None, hold_from=None):
        host, port = server.split(":")
        self.server = (host, int(port))
        self.is_cut = False
        self.open = set()
        self.accepted, self.refused, self.withheld, self.held, self.hold_from = 0, 0, 0, [], hold_from
        self.flows = threading.Event()
        self.flows.set()
        self.listener = network.listen(self.server) if network else socket.create_server((listen_on, 0))
        self.address = "{}:{}".format(*self.listener.getsockname())
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.flows.set()
        self.cut()
        self.listener.close()
        for connection in self.held:
            connection.close()

    def cut(self):
        self.is_cut = True
        for connection in list(self.open):
            self._end(connection)

    def mend(self):
        self.is_cut = False

    def freeze(self):
        """Nothing comes through any more, and nobody is told. `withheld` counts what is called and sent all the same."""
        self.withheld = 0
        self.hold_from = 0
        self.flows.clear()

    def thaw(self):
        self.hold_from = None
        self.flows.set()

    def _end(self, connection):
        self.open.discard(connection)
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()

    def _accept(self):
        while True:
            try:
                inner, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self.is_cut:
                self.refused += 1
                self._end(inner)
                continue
            if self.hold_from is not None and self.accepted >= self.hold_from:
                self.held.append(inner)
                self.withheld += 1
                continue
            outer = socket.create_connection(self.server)
            self.open |= {inner, outer}
            for source, sink in ((inner, outer), (outer, inner)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source, sink):
        try:
            while block := source.recv(65536):
                self.withheld += not self.flows.is_set()
                self.flows.wait()
                sink.sendall(block)
        except OSError:
            pass
        self._end(source)
        self._end(sink)


class DeafListener:
    """A place that answers no attempt to connect, as behind a firewall: its queue is full."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.address = "{}:{}".format(*self.listener.getsockname())
        self.callers = []
        while not self._attempts():
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(self.listener.getsockname())
            self.callers.append(caller)
        self.own = self._attempts()
        return self

    def __exit__(self, *_):
        for each in (*self.callers, self.listener):
            each.close()

    def _attempts(self):
        """How many the kernel is making."""
        there = f"0100007F:{self.listener.getsockname()[1]:04X}"
        with open("/proc/net/tcp", encoding="ascii") as table:
            return sum(line.split()[2:4] == [there, "02"] for line in table)

    def is_called(self):
        return self._attempts() > self.own


class Network:
    """A network namespace whose only way out is a pair of devices; needs root."""

    # 10.x.y.0/24: x and y are drawn, so that suites side by side do not meet.
    def __init__(self):
        self.name = f"rocky-{uuid.uuid4().hex[:6]}"
        draw = os.urandom(2)
        self.outside, self.inside = (f"10.{draw[0]}.{draw[1]}.{end}" for end in (1, 2))

    @staticmethod
    def missing():
        if os.geteuid() != 0:
            return "network namespaces need root"
        return "" if subprocess.run(["ip", "netns"], capture_output=True, check=False).returncode == 0 else "no `ip netns`"

    def __enter__(self):
        outer, inner = self.name + "o", self.name + "i"
        self._ip("netns", "add", self.name)
        self._ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", self.name)
        self._ip("addr", "add", self.outside + "/24", "dev", outer)
        self._ip("link", "set", outer, "up")
        for command in (("addr", "add", self.inside + "/24", "dev", inner), ("link", "set", inner, "up"),
                        ("link", "set", "lo", "up")):
            self._ip("-n", self.name, *command)
        return self

    def __exit__(self, *_):
        self._ip("netns", "del", self.name)  # Its end of the pair goes, and with it the other.

    @staticmethod
    def _ip(*arguments):
        subprocess.run(["ip", *arguments], check=True, capture_output=True)

    def listen(self, address):
        """A socket that listens in here, for whoever is outside."""
        listeners = []

        def enter_and_listen():  # A thread of its own: it never comes out again.
            with open(f"/run/netns/{self.name}", encoding="ascii") as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), 0) == 0:
                    listeners.append(socket.create_server(address))

        thread = threading.Thread(target=enter_and_listen)
        thread.start()
        thread.join()
        return listeners[0]

    def command(self):
        """What makes the command behind it run in here, under a host name of its own."""
        return ["ip", "netns", "exec", self.name, "unshare", "--uts", "sh", "-c",
                f"hostname {self.name}; exec \"$@\"", "sh"]
