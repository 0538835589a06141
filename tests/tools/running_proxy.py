"""A fault proxy for the length of a `with` statement."""
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

PROGRAM = Path(__file__).with_name("fault_proxy.py")


class RunningProxy:
    """The proxy's port is `port`; `strike` adds a rule, `log` tells what struck."""

    def __init__(self, kind, host, port, *options):
        self._process = subprocess.Popen([sys.executable, str(PROGRAM), kind, f"{host}:{port}", "--with-parent", *options],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self._process.stdout.readline()
        if not line:
            self.__exit__()
            raise RuntimeError("the fault proxy did not start")
        ports = json.loads(line)
        self.port, self._control = ports["port"], f"http://127.0.0.1:{ports['control']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _tell(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._control + path, data, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # Nobody's proxy settings.
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            with problem:
                raise ValueError(json.load(problem)["error"]) from None

    def strike(self, fault, **rule):
        return self._tell("POST", "/rules", {"fault": fault, **rule})["ids"][0]

    def forget_rules(self):
        self._tell("DELETE", "/rules")

    def log(self):
        return self._tell("GET", "/log")

    def events(self):
        return [entry["event"] for entry in self.log()]

    def deliver(self):
        return self._tell("POST", "/deliver")["delivered"]

    def cut(self):
        return self._tell("POST", "/cut")["cut"]
