#!/usr/bin/env python3
"""What the fault proxy promises, shown with servers of a few lines."""
import http.client
import json
import socket
import struct
import tempfile
import time
import unittest
from pathlib import Path

import tiny_servers
from running_proxy import RunningProxy


def put(port, path="/a", body=b"1", **headers):
    """The status of a PUT and its headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("PUT", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, dict(answer.getheaders())
    finally:
        connection.close()


class Session:
    """A client that sends bytes and reads what comes; as many as expected, or until the end."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, raw, size):
        self._socket.sendall(raw)
        return self.read(size)

    def read(self, size):
        got = b""
        while len(got) < size and (more := self._socket.recv(size - len(got))):
            got += more
        return got


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words)


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


STARTUP = struct.pack("!II", 8, 196608)
READY = message(b"Z", b"I")


def log_in(session):
    expected = message(b"R", struct.pack("!I", 3))
    assert session.ask(STARTUP, len(expected)) == expected
    expected = message(b"R", struct.pack("!I", 0)) + READY
    assert session.ask(message(b"p", b"x\0"), len(expected)) == expected


def wait_until(condition):
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit, "did not come"
        time.sleep(0.005)


class FaultProxyTest(unittest.TestCase):
    def proxied(self, server, kind, *options):
        server = self.enterContext(server)
        return server, self.enterContext(RunningProxy(kind, "127.0.0.1", server.port, *options))

    # HTTP.

    def test_what_no_rule_matches_passes_unchanged(self):
        server, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("drop_before", method="DELETE")
        body = bytes(range(256)) * 5000
        connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
        for path in ("/a", "/b"):
            connection.request("PUT", path, body, {"Expect": "100-continue"})
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b""))
        connection.request("GET", "/b")
        self.assertEqual(connection.getresponse().read(), body)
        connection.close()
        self.assertEqual((len(server.applied), proxy.log()), (2, []))

    def test_a_reply_that_ends_with_its_connection_does_so_at_the_client(self):
        _, proxy = self.proxied(tiny_servers.store(), "http")
        with Session(proxy.port) as session:
            self.assertTrue(session.ask(b"DELETE /a HTTP/1.1\r\n\r\n", 10_000).endswith(b"\r\n\r\ngone"))

    def test_apply_then_drop_leaves_the_effect_and_no_reply(self):
        server, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("apply_then_drop", method="PUT")
        with self.assertRaises(ConnectionResetError):
            put(proxy.port)
        self.assertEqual(server.applied, [("/a", b"1")])
        self.assertEqual(put(proxy.port)[0], 412, "the retry loses to itself")
        entry = proxy.log()[0]
        self.assertEqual((entry["event"], entry["path"], entry["reply"]), ("apply_then_drop", "/a", "200"))

    def test_apply_then_a_status_hides_the_success(self):
        for status in (412, 500):
            server, proxy = self.proxied(tiny_servers.store(), "http")
            proxy.strike(f"apply_then_{status}")
            self.assertEqual((put(proxy.port)[0], len(server.applied)), (status, 1))

    def test_drop_before_leaves_no_effect(self):
        server, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("drop_before")
        with self.assertRaises(ConnectionResetError):
            put(proxy.port)
        self.assertEqual((server.applied, proxy.events()), ([], ["drop_before"]))

    def test_answers_are_given_as_often_as_asked_without_forwarding(self):
        server, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("answer_503", times=2, retry_after=7)
        for _ in range(2):
            status, headers = put(proxy.port)
            self.assertEqual((status, headers["Retry-After"], server.applied), (503, "7", []))
        self.assertEqual(put(proxy.port)[0], 200)

    def test_a_held_request_arrives_on_command(self):
        server, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("hold", path="/late")
        with self.assertRaises(ConnectionResetError):
            put(proxy.port, "/late")
        put(proxy.port, "/early")
        self.assertEqual(proxy.deliver(), 1)
        self.assertEqual([path for path, _ in server.applied], ["/early", "/late"])
        self.assertEqual(proxy.events(), ["hold", "delivered"])

    def test_a_held_request_arrives_by_itself_when_it_has_a_time(self):
        server, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("hold", seconds=0.05)
        with self.assertRaises(ConnectionResetError):
            put(proxy.port)
        wait_until(lambda: proxy.events() == ["hold", "delivered"])
        self.assertEqual((server.applied, proxy.deliver()), ([("/a", b"1")], 0))

    def test_a_truncated_reply_ends_in_its_middle(self):
        server, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("truncate", bytes=12)
        with Session(proxy.port) as session:
            self.assertEqual(session.ask(b"PUT /a HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", 1000), b"HTTP/1.1 200")
        self.assertEqual(len(server.applied), 1)

    def test_a_stalled_reply_comes_after_its_time(self):
        server, proxy = self.proxied(tiny_servers.store(), "http")
        for fault in ("stall", "stall_before"):
            proxy.strike(fault, seconds=0.2)
            started = time.monotonic()
            self.assertEqual(put(proxy.port, f"/{fault}")[0], 200)
            self.assertGreaterEqual(time.monotonic() - started, 0.2)
        self.assertEqual((len(server.applied), proxy.events()), (2, ["stall", "stall_before"]))

    def test_a_rule_strikes_the_nth_request_that_matches_all_of_it(self):
        _, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("answer_429", method="PUT|POST", path="/x", header="if-none-match: *", nth=2)
        star = {"If-None-Match": "*"}
        statuses = [put(proxy.port, path, **headers)[0] for path, headers in
                    [("/x1", star), ("/y", star), ("/x2", {}), ("/x3", star), ("/x4", star)]]
        self.assertEqual(statuses, [200, 200, 200, 429, 200])
        self.assertEqual(proxy.log()[0]["occurrence"], 2)

    def test_a_rule_that_could_not_strike_as_meant_is_refused(self):
        _, proxy = self.proxied(tiny_servers.store(), "http")
        for wrong in ({"fault": "explode"}, {"fault": "drop_before", "paht": "/"}, {"fault": "stall"}):
            with self.assertRaises(ValueError):
                proxy.strike(**wrong)
        self.assertEqual(put(proxy.port)[0], 200)

    def test_rules_come_from_a_script_and_strikes_go_to_a_log(self):
        with tempfile.TemporaryDirectory() as folder:
            script, log = Path(folder) / "script", Path(folder) / "log"
            script.write_text('[{"fault": "answer_409"}]', encoding="utf-8")
            _, proxy = self.proxied(tiny_servers.store(), "http", "--script", str(script), "--log", str(log))
            self.assertEqual(put(proxy.port)[0], 409)
            lines = log.read_text(encoding="utf-8").splitlines()
            self.assertEqual([json.loads(line)["event"] for line in lines], ["answer"])

    def test_forgotten_rules_do_not_strike(self):
        _, proxy = self.proxied(tiny_servers.store(), "http")
        proxy.strike("answer_503", times=0)
        self.assertEqual([put(proxy.port)[0], put(proxy.port)[0]], [503, 503])
        proxy.forget_rules()
        self.assertEqual(put(proxy.port)[0], 200)

    # RESP.

    def test_pipelined_commands_keep_their_order_and_nested_replies_their_bytes(self):
        server, proxy = self.proxied(tiny_servers.commands(), "resp")
        nested = b">1\r\n+news\r\n%1\r\n+key\r\n*2\r\n$3\r\na\r\n\r\n$-1\r\n"
        with Session(proxy.port) as session:
            expected = b":1\r\n" + nested + b":3\r\n"
            raw = command("SET", "a", "line\r\n") + command("GET", "a") + command("SET", "b", "")
            self.assertEqual(session.ask(raw, len(expected)), expected)
        self.assertEqual(server.applied, ["SET a line\r\n", "GET a", "SET b "])

    def test_a_connection_is_lost_after_the_script_was_applied(self):
        server, proxy = self.proxied(tiny_servers.commands(), "resp")
        proxy.strike("apply_then_drop", method="EVAL|EVALSHA", path="run:1", only_success=True)
        with Session(proxy.port) as session:
            self.assertEqual(session.ask(command("EVALSHA", "f00", "1", "run:1"), 9), b"-NOSCRIPT", "not struck")
        with Session(proxy.port) as session, self.assertRaises(ConnectionResetError):
            session.ask(command("EVAL", "return 1", "1", "run:1"), 1)
        self.assertEqual(len(server.applied), 2)
        self.assertEqual([entry["method"] for entry in proxy.log()], ["EVAL"])

    def test_a_command_is_answered_with_an_error_or_lost_before_it_arrives(self):
        server, proxy = self.proxied(tiny_servers.commands(), "resp")
        proxy.strike("answer", error="OOM command not allowed")
        proxy.strike("drop_before")
        with Session(proxy.port) as session:
            self.assertEqual(session.ask(command("SET", "a", "1"), 26), b"-OOM command not allowed\r\n")
            with self.assertRaises(ConnectionResetError):
                session.ask(command("SET", "a", "1"), 1)
        self.assertEqual(server.applied, [])

    def test_a_held_command_arrives_on_the_connection_it_came_for(self):
        server, proxy = self.proxied(tiny_servers.commands(), "resp")
        proxy.strike("hold", method="SET")
        with Session(proxy.port) as session:
            session.ask(command("AUTH", "secret"), 4)
            with self.assertRaises(ConnectionResetError):
                session.ask(command("SET", "a", "1"), 1)
        with Session(proxy.port) as session:
            session.ask(command("DEL", "a"), 4)
        self.assertEqual(proxy.deliver(), 1)
        self.assertEqual(server.applied, ["AUTH secret", "DEL a", "SET a 1"])

    def test_a_client_learns_at_once_that_its_server_hung_up(self):
        _, proxy = self.proxied(tiny_servers.commands(), "resp")
        with Session(proxy.port) as session:
            session.ask(command("SET", "a", "1"), 4)
            self.assertEqual(session.ask(command("QUIT"), 1), b"")

    def test_connections_are_cut_on_command(self):
        _, proxy = self.proxied(tiny_servers.commands(), "resp")
        with Session(proxy.port) as session:
            session.ask(command("SET", "a", "1"), 4)
            self.assertEqual(proxy.cut(), 1)
            with self.assertRaises(ConnectionResetError):
                session.read(1)

    # PostgreSQL.

    def test_a_session_passes_with_encryption_declined(self):
        server, proxy = self.proxied(tiny_servers.database(), "postgres")
        with Session(proxy.port) as session:
            self.assertEqual(session.ask(struct.pack("!II", 8, 80877103), 1), b"N")
            log_in(session)
            expected = message(b"C", b"SELECT\0") + READY
            self.assertEqual(session.ask(message(b"Q", b"select 1\0"), len(expected)), expected)
        self.assertEqual(server.applied, ["select 1"])

    def test_a_commit_is_applied_and_its_reply_lost(self):
        server, proxy = self.proxied(tiny_servers.database(), "postgres")
        proxy.strike("cut_after_commit")
        with Session(proxy.port) as session:
            log_in(session)
            expected = message(b"C", b"CREATE\0") + READY
            self.assertEqual(session.ask(message(b"Q", b"create temp table t() on commit drop\0"), len(expected)), expected)
            with self.assertRaises(ConnectionResetError):
                session.ask(message(b"Q", b"COMMIT\0"), 1)
        self.assertEqual((server.applied[-1], proxy.log()[0]["reply"]), ("COMMIT", "COMMIT"))

    def test_a_commit_is_also_known_when_it_was_prepared(self):
        server, proxy = self.proxied(tiny_servers.database(), "postgres")
        proxy.strike("cut_after_commit")
        with Session(proxy.port) as session, self.assertRaises(ConnectionResetError):
            log_in(session)
            session.ask(message(b"P", b"s\0commit\0\0\0") + message(b"B", b"\0s\0" + b"\0" * 6) +
                        message(b"E", b"\0" + b"\0" * 4) + message(b"S"), 1)
        self.assertEqual((server.applied, proxy.log()[0]["method"]), (["commit"], "EXECUTE"))

    def test_a_lost_statement_was_never_seen_by_the_database(self):
        server, proxy = self.proxied(tiny_servers.database(), "postgres")
        proxy.strike("drop_before", pattern="^insert .* t", nth=2)
        with Session(proxy.port) as session:
            log_in(session)
            session.ask(message(b"Q", b"insert into t\0"), 1)
            with self.assertRaises(ConnectionResetError):
                session.read(12)
                session.ask(message(b"Q", b"INSERT INTO t\0"), 1000)
        self.assertEqual(server.applied, ["insert into t"])

    def test_a_made_up_answer_of_a_database_is_refused(self):
        _, proxy = self.proxied(tiny_servers.database(), "postgres")
        with self.assertRaises(ValueError):
            proxy.strike("answer_503")


if __name__ == "__main__":
    unittest.main()
