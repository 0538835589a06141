"""Where a request ends and where its reply ends: HTTP/1.1, RESP 2 and 3, PostgreSQL's protocol 3.

A wire reads one request from a client and one reply from the server, both as the bytes they came in, so
that what passes the proxy passes unchanged. Each connection has a wire of its own.
"""
import asyncio
import re
import struct
from dataclasses import dataclass


@dataclass
class Request:
    raw: bytes
    method: str  # HTTP: the method; RESP: the command; PostgreSQL: QUERY, EXECUTE or the message's letter.
    path: str  # HTTP: path and query; RESP: the arguments, apart by a space; PostgreSQL: the SQL.
    header: str = ""  # HTTP only: the header lines.


@dataclass
class Reply:
    raw: bytes
    summary: str  # HTTP: the status; RESP: the first line; PostgreSQL: the command tag or the SQLSTATE.
    succeeded: bool


class HttpWire:
    """One request at a time on a connection, as HTTP/1.1 clients send them."""

    keeps_session = False  # A request may be delivered on a connection of its own.
    hangs_up = False  # The last reply is the last one: it says so, or its end is the connection's.

    async def read_request(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        line, _, header = head.decode("latin-1").partition("\r\n")
        method, path, _ = line.split(" ", 2)
        if re.search(r"(?im)^expect: *100-continue", header):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            header = re.sub(r"(?im)^expect:[^\r]*\r\n", "", header)
            head = f"{line}\r\n{header}".encode("latin-1")
        return Request(head + await _http_body(reader, header, to_the_end=False), method, path, header)

    async def read_reply(self, reader, request):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            if status >= 200:
                break
        header, body = head.decode("latin-1"), b""
        self.hangs_up = re.search(r"(?im)^connection: *close", header) is not None
        if request.method != "HEAD" and status not in (204, 304):
            self.hangs_up |= re.search(r"(?im)^(content-length|transfer-encoding):", header) is None
            body = await _http_body(reader, header, to_the_end=True)
        return Reply(head + body, str(status), status < 300)

    def answer(self, rule):
        retry = f"Retry-After: {rule.retry_after}\r\n" if rule.retry_after is not None else ""
        body = f"<Error><Code>Fault</Code><Message>{rule.fault}</Message></Error>"
        return (f"HTTP/1.1 {rule.status} Fault\r\n{retry}Content-Type: application/xml\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


async def _http_body(reader, header, to_the_end):
    if re.search(r"(?im)^transfer-encoding:.*chunked", header):
        body = b""
        while True:
            line = await reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            body += line
            if size == 0:
                break
            body += await reader.readexactly(size + 2)
        while not body.endswith(b"\r\n\r\n"):  # Trailers.
            body += await reader.readuntil(b"\r\n")
        return body
    length = re.search(r"(?im)^content-length: *(\d+)", header)
    if length:
        return await reader.readexactly(int(length[1]))
    return await reader.read() if to_the_end else b""


class RespWire:
    """Commands as arrays of bulk strings. A pipeline is taken apart: each command waits for its reply."""

    keeps_session = True
    hangs_up = False

    async def read_request(self, reader, _writer):
        try:
            raw = await reader.readuntil(b"\r\n")
        except asyncio.IncompleteReadError:
            return None
        if raw[:1] != b"*":  # Typed by hand.
            words = raw.decode("latin-1").split() or [""]
            return Request(raw, words[0].upper(), " ".join(words[1:]))
        words = []
        for _ in range(int(raw[1:])):
            line = await reader.readuntil(b"\r\n")
            word = await reader.readexactly(int(line[1:]) + 2)
            raw += line + word
            words.append(word[:-2].decode("latin-1"))
        return Request(raw, words[0].upper(), " ".join(words[1:]))

    async def read_reply(self, reader, _request):
        before = b""
        while True:
            raw = await self._value(reader)
            if raw[:1] not in b">|":  # A push or an attribute comes before the reply.
                break
            before += raw
        return Reply(before + raw, raw.split(b"\r\n", 1)[0].decode("latin-1"), raw[:1] not in b"-!")

    async def _value(self, reader):
        raw = await reader.readuntil(b"\r\n")
        kind, rest = raw[:1], raw[1:-2]
        if kind in b"$=!" and rest != b"-1":
            return raw + await reader.readexactly(int(rest) + 2)
        if kind in b"*~>%|" and rest != b"-1":
            for _ in range(int(rest) * (2 if kind in b"%|" else 1)):
                raw += await self._value(reader)
        return raw

    def answer(self, rule):
        return f"-{rule.error or 'ERR fault'}\r\n".encode()


class PostgresWire:
    """A request is all messages up to one that makes the server answer; its reply ends where the server waits.

    Encryption is declined, so the server behind must accept plain connections. FLUSH is not understood.
    """

    keeps_session = True
    hangs_up = False

    def __init__(self):
        self._started = False
        self._copying_in = False
        self._statements = {}  # SQL by name of prepared statement.
        self._portals = {}  # SQL by name of portal.

    async def read_request(self, reader, writer):
        try:
            return await (self._batch(reader) if self._started else self._startup(reader, writer))
        except asyncio.IncompleteReadError:
            return None

    async def _startup(self, reader, writer):
        while True:
            size = await reader.readexactly(4)
            body = await reader.readexactly(struct.unpack("!I", size)[0] - 4)
            code = struct.unpack("!I", body[:4])[0]
            if code not in (80877103, 80877104):  # SSLRequest, GSSENCRequest.
                break
            writer.write(b"N")
        self._started = True
        return Request(size + body, "CANCEL" if code == 80877102 else "STARTUP", "")

    async def _batch(self, reader):
        raw, method, sql = b"", "", ""
        while True:
            kind, message = await _postgres_message(reader)
            raw += message
            said = self._meaning(kind, message[5:])
            if said is not None:
                method, sql = {"Q": "QUERY", "E": "EXECUTE"}[kind], f"{sql};{said}" if sql else said
            if kind in "QSFXpf" or (kind == "c" and self._copying_in == "QUERY"):
                self._copying_in = False
                return Request(raw, method or kind, sql)

    def _meaning(self, kind, body):
        """The SQL that this message executes, if it executes any."""
        texts = body.split(b"\0")
        if kind == "Q":
            return texts[0].decode(errors="replace")
        if kind == "P":
            self._statements[texts[0]] = texts[1].decode(errors="replace")
        elif kind == "B":
            self._portals[texts[0]] = self._statements.get(texts[1], "")
        elif kind == "E":
            return self._portals.get(texts[0], "")
        return None

    async def read_reply(self, reader, request):
        raw, summary, succeeded = b"", "", True
        if request.method in ("X", "CANCEL"):
            return Reply(await reader.read(), "", True)
        while True:
            try:
                kind, message = await _postgres_message(reader)
            except asyncio.IncompleteReadError:
                if raw:  # Such as a refused password: the server says why and hangs up.
                    return Reply(raw, summary, False)
                raise
            raw += message
            if kind == "C":
                summary = message[5:-1].decode()
            elif kind == "E":
                succeeded = False
                summary = re.search(rb"\0C([0-9A-Z]{5})\0", b"\0" + message[5:])[1].decode()
            if kind in "GW":
                self._copying_in = request.method
            waits_for_password = kind == "R" and struct.unpack("!I", message[5:9])[0] not in (0, 12)
            if kind in "ZGW" or waits_for_password:
                return Reply(raw, summary, succeeded)

    def answer(self, rule):
        raise NotImplementedError


async def _postgres_message(reader):
    head = await reader.readexactly(5)
    return chr(head[0]), head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)


WIRES = {"http": HttpWire, "resp": RespWire, "postgres": PostgresWire}
