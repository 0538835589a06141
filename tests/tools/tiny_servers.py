"""Servers of a few lines, so that the proxy is tested without any other program. Each counts what it applied."""
import socketserver
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Running:
    """Serves on a port of its own for the length of a `with` statement."""

    def __init__(self, handler, server_class=socketserver.ThreadingTCPServer):
        self._server = server_class(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.applied = self.applied = []
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class _Store(BaseHTTPRequestHandler):
    """PUT creates once: 200, then 412. GET answers in chunks what was put, DELETE until the connection's end."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_new = self.path not in [path for path, _ in self.server.applied]
        if is_new:
            self.server.applied.append((self.path, body))
        self.send_response(200 if is_new else 412)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for path, body in self.server.applied:
            if path == self.path:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        self.wfile.write(b"0\r\n\r\n")

    def do_DELETE(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"gone")
        self.close_connection = True

    def log_message(self, *_):
        pass


class _Commands(socketserver.StreamRequestHandler):
    """Answers each command with an integer, how many were applied; GET with a nested RESP 3 value after a push."""

    def handle(self):
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2])
            if words[0] == b"QUIT":
                return
            self.server.applied.append(b" ".join(words).decode())
            self.wfile.write(b">1\r\n+news\r\n%1\r\n+key\r\n*2\r\n$3\r\na\r\n\r\n$-1\r\n" if words[0] == b"GET" else
                             b"-NOSCRIPT no such script\r\n" if words[0] == b"EVALSHA" else
                             b":%d\r\n" % len(self.server.applied))


class _Database(socketserver.StreamRequestHandler):
    """Enough of PostgreSQL: a password of any kind, then each statement completes as its first word."""

    def _say(self, kind, body):
        self.wfile.write(kind + struct.pack("!I", len(body) + 4) + body)

    def handle(self):
        size = struct.unpack("!I", self.rfile.read(4))[0]
        self.rfile.read(size - 4)
        self._say(b"R", struct.pack("!I", 3))
        while kind := self.rfile.read(1):
            body = self.rfile.read(struct.unpack("!I", self.rfile.read(4))[0] - 4)
            if kind == b"p":
                self._say(b"R", struct.pack("!I", 0))
            elif kind in b"QP":
                sql = body.split(b"\0")[0 if kind == b"Q" else 1]
            if kind in b"QE":
                self.server.applied.append(sql.decode())
                if sql.startswith(b"wrong"):
                    self._say(b"E", b"SERROR\0C42601\0\0")
                else:
                    self._say(b"C", sql.split(b" ")[0].upper() + b"\0")
            if kind in b"pQS":
                self._say(b"Z", b"I")


def store():
    return Running(_Store, ThreadingHTTPServer)


def commands():
    return Running(_Commands)


def database():
    return Running(_Database)
