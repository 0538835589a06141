#!/usr/bin/env python3
"""A proxy before a server of HTTP, RESP (Valkey) or PostgreSQL that does what networks do, on command.

fault_proxy.py KIND HOST:PORT [--port N] [--control N] [--script FILE] [--log FILE] [--with-parent]

KIND is http, resp or postgres. Prints one line of JSON, {"port": N, "control": N}, when it listens. A script
holds the rules of the start, a JSON array. The log gets a line of JSON for each fault that struck.
--with-parent ends it when its standard input does, so that it dies with the test that started it.

The control port speaks HTTP with JSON:

    POST /rules     a rule or an array of rules (fault_rules.py); answers their ids
    DELETE /rules   forgets all rules
    GET /log        what struck, in order
    POST /deliver   delivers what is held, in order; answers when the server has answered
    POST /cut       resets all client connections

An HTTP request travels on a connection of its own to the server; RESP and PostgreSQL clients keep theirs.
"""
import argparse
import asyncio
import json
import socket
import struct
import sys

from fault_rules import BadRule, FaultBook
from wire_formats import WIRES

LIMIT = 64 * 1024 * 1024  # Of one line or header.
SERVER_FAILED = (OSError, asyncio.IncompleteReadError)


def reset(writer):
    """Ends the connection with a reset: the other side learns nothing of what was on its way."""
    sock = writer.get_extra_info("socket")
    if sock is not None and not writer.transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Server:
    """A connection to the server that notices at once when the server hangs up."""

    def __init__(self, reader, writer):
        self.writer = writer
        self.replies = asyncio.StreamReader(limit=LIMIT)
        self.hung_up = asyncio.Event()
        self._pump = asyncio.ensure_future(self._read(reader))

    @staticmethod
    async def connect(address):
        return Server(*await asyncio.open_connection(*address))

    async def _read(self, reader):
        try:
            while data := await reader.read(65536):
                self.replies.feed_data(data)
        except OSError:
            pass
        self.replies.feed_eof()
        self.hung_up.set()

    async def exchange(self, wire, request):
        self.writer.write(request.raw)
        await self.writer.drain()
        return await wire.read_reply(self.replies, request)

    def close(self):
        self._pump.cancel()
        self.writer.close()


class Client:
    """One client's connection and, for protocols with sessions, the server's connection that belongs to it."""

    def __init__(self, proxy, reader, writer):
        self.proxy, self.reader, self.writer = proxy, reader, writer
        self.wire = WIRES[proxy.kind]()
        self.server = None

    async def serve(self):
        try:
            if self.wire.keeps_session:
                self.server = await Server.connect(self.proxy.server)
            while request := await self._next_request():
                rule = self.proxy.book.due(request)
                goes_on = await (getattr(self, f"_{rule.fault}")(rule, request) if rule else self._pass(request))
                if not goes_on or self.wire.hangs_up:
                    return
        except OSError:
            reset(self.writer)
        except asyncio.IncompleteReadError:
            pass  # The server hung up in the middle of its reply: so does the proxy.
        finally:
            if self.server:
                self.server.close()
            self.writer.close()

    async def _next_request(self):
        read = asyncio.ensure_future(self.wire.read_request(self.reader, self.writer))
        waits = [read]
        if self.server:
            waits.append(asyncio.ensure_future(self.server.hung_up.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return read.result() if read.done() else None
        finally:
            for wait in waits:
                wait.cancel()

    async def _exchange(self, request):
        if self.server:
            return await self.server.exchange(self.wire, request)
        return await self.proxy.exchange_alone(self.wire, request)

    async def _send(self, raw):
        self.writer.write(raw)
        await self.writer.drain()
        return True

    async def _pass(self, request):
        return await self._send((await self._exchange(request)).raw)

    def _reset(self):
        reset(self.writer)
        return False

    # The faults. Each says whether the connection goes on.

    async def _drop_before(self, rule, request):
        self.proxy.book.record(rule, request)
        return self._reset()

    async def _apply_then_drop(self, rule, request):
        return await self._apply_then(rule, request, None)

    async def _apply_then_answer(self, rule, request):
        return await self._apply_then(rule, request, self.wire.answer(rule))

    async def _apply_then(self, rule, request, answer):
        reply = await self._exchange(request)
        if rule.only_success and not reply.succeeded:
            rule.struck -= 1
            return await self._send(reply.raw)
        self.proxy.book.record(rule, request, reply=reply.summary)
        return await self._send(answer) if answer else self._reset()

    async def _answer(self, rule, request):
        self.proxy.book.record(rule, request)
        return await self._send(self.wire.answer(rule))

    async def _hold(self, rule, request):
        self.proxy.book.record(rule, request)
        self.proxy.hold(rule, request, self.wire, self.server)
        self.server = None  # It is the held request's now.
        return self._reset()

    async def _truncate(self, rule, request):
        reply = await self._exchange(request)
        self.proxy.book.record(rule, request, reply=reply.summary)
        await self._send(reply.raw[:len(reply.raw) // 2 if rule.bytes is None else rule.bytes])
        # Closed, not reset: a reset would take back the bytes that are still on their way.
        return False

    async def _stall(self, rule, request):
        self.proxy.book.record(rule, request)
        reply = await self._exchange(request)
        await asyncio.sleep(rule.seconds)
        return await self._send(reply.raw)

    async def _stall_before(self, rule, request):
        self.proxy.book.record(rule, request)
        await asyncio.sleep(rule.seconds)
        return await self._pass(request)


class Proxy:
    def __init__(self, kind, server, book):
        self.kind, self.server, self.book = kind, server, book
        self._clients, self._held, self._tasks = set(), [], set()

    def _spawn(self, work):
        # Kept, because the loop itself would let it be collected.
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def accept(self, reader, writer):
        self._spawn(self._serve(Client(self, reader, writer)))

    def accept_control(self, reader, writer):
        self._spawn(self._control(reader, writer))

    async def _serve(self, client):
        self._clients.add(client)
        try:
            await client.serve()
        finally:
            self._clients.discard(client)

    async def exchange_alone(self, wire, request):
        server = await Server.connect(self.server)
        try:
            return await server.exchange(wire, request)
        finally:
            server.close()

    def hold(self, rule, request, wire, server):
        held = (rule, request, wire, server)
        self._held.append(held)
        if rule.seconds is not None:
            self._spawn(self._deliver_late(held))

    async def _deliver_late(self, held):
        await asyncio.sleep(held[0].seconds)
        if held in self._held:
            self._held.remove(held)
            await self._deliver(*held)

    async def _deliver(self, rule, request, wire, server):
        try:
            server = server or await Server.connect(self.server)
            reply = await server.exchange(wire, request)
            self.book.record(rule, request, event="delivered", reply=reply.summary)
            server.close()
        except SERVER_FAILED as problem:
            self.book.record(rule, request, event="not_delivered", reply=type(problem).__name__)

    async def deliver_all(self):
        held, self._held = self._held, []
        for one in held:
            await self._deliver(*one)
        return {"delivered": len(held)}

    def cut(self):
        for client in self._clients:
            reset(client.writer)
        return {"cut": len(self._clients)}

    async def _control(self, reader, writer):
        """One command for each connection."""
        request = await WIRES["http"]().read_request(reader, writer)
        if request:
            status, answer = await self._command(request)
            body = json.dumps(answer).encode()
            writer.write(b"HTTP/1.1 %d Said\r\nContent-Type: application/json\r\nConnection: close\r\n"
                         b"Content-Length: %d\r\n\r\n%s" % (status, len(body), body))
            await writer.drain()
        writer.close()

    async def _command(self, request):
        body = request.raw.partition(b"\r\n\r\n")[2]
        match request.method, request.path:
            case "POST", "/rules":
                try:
                    return 200, {"ids": self.book.add(json.loads(body))}
                except (BadRule, TypeError, ValueError) as problem:
                    return 400, {"error": str(problem)}
            case "DELETE", "/rules":
                self.book.rules.clear()
                return 200, {}
            case "GET", "/log":
                return 200, self.book.entries
            case "POST", "/deliver":
                return 200, await self.deliver_all()
            case "POST", "/cut":
                return 200, self.cut()
        return 404, {"error": f"no such command: {request.method} {request.path}"}


async def until_parent_ends():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def serve(options):
    with (open(options.log, "a", encoding="utf-8") if options.log else open("/dev/null", "w", encoding="utf-8")) as log:
        book = FaultBook(options.kind, log)
        if options.script:
            with open(options.script, encoding="utf-8") as script:
                book.add(json.load(script))
        host, _, port = options.server.rpartition(":")
        proxy = Proxy(options.kind, (host, int(port)), book)
        clients = await asyncio.start_server(proxy.accept, "127.0.0.1", options.port, limit=LIMIT)
        control = await asyncio.start_server(proxy.accept_control, "127.0.0.1", options.control, limit=LIMIT)
        ports = [server.sockets[0].getsockname()[1] for server in (clients, control)]
        print(json.dumps({"port": ports[0], "control": ports[1]}), flush=True)
        await (until_parent_ends() if options.with_parent else asyncio.Event().wait())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=sorted(WIRES))
    parser.add_argument("server", metavar="HOST:PORT")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control", type=int, default=0)
    parser.add_argument("--script")
    parser.add_argument("--log")
    parser.add_argument("--with-parent", action="store_true")
    try:
        asyncio.run(serve(parser.parse_args()))
    except (BadRule, OSError, ValueError) as problem:
        sys.exit(f"fault_proxy: {problem}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
