#!/usr/bin/env python3
"""The fault proxy before real servers: docs/guides/services.md."""
import os
import shutil
import subprocess
import unittest
import uuid
from urllib.parse import urlsplit

from fault_proxy_test import Session, command, put
from running_proxy import RunningProxy


def server_of(variable):
    """What the variable says; without it the test is skipped, in CI it fails."""
    value = os.environ.get(variable)
    if not value:
        if os.environ.get("CI"):
            raise AssertionError(f"{variable} is not set, and CI is")
        raise unittest.SkipTest(f"{variable} is not set: ./dev services start")
    return value


class FaultProxyServersTest(unittest.TestCase):
    def setUp(self):
        self.name = f"fault-proxy-{uuid.uuid4().hex[:12]}"

    def proxied(self, kind, host, port):
        return self.enterContext(RunningProxy(kind, host, port))

    def test_a_conditional_put_whose_reply_is_lost_was_applied(self):
        url = urlsplit(server_of("ROCKY_TEST_MOTO_ENDPOINT"))
        proxy = self.proxied("http", url.hostname, url.port)
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request, "
                                   "SignedHeaders=host, Signature=any"}
        self.assertEqual(put(proxy.port, f"/{self.name}", b"", **signed)[0], 200)
        proxy.strike("apply_then_drop", header="if-none-match")
        with self.assertRaises(ConnectionResetError):
            put(proxy.port, f"/{self.name}/a", b"1", **signed, **{"If-None-Match": "*"})
        self.assertEqual(put(proxy.port, f"/{self.name}/a", b"2", **signed, **{"If-None-Match": "*"})[0], 412)
        self.assertEqual([entry["reply"] for entry in proxy.log()], ["200"])

    def test_a_script_whose_reply_is_lost_was_applied(self):
        url = urlsplit(server_of("ROCKY_TEST_VALKEY_URL"))
        proxy = self.proxied("resp", url.hostname, url.port)
        proxy.strike("apply_then_drop", method="EVAL", path=self.name)
        with Session(proxy.port) as session, self.assertRaises(ConnectionResetError):
            session.ask(command("EVAL", "return redis.call('set', KEYS[1], 'x', 'px', 60000)", "1", self.name), 1)
        with Session(proxy.port) as session:
            self.assertEqual(session.ask(command("GET", self.name), 7), b"$1\r\nx\r\n")

    def test_a_held_write_arrives_after_its_successor(self):
        url = urlsplit(server_of("ROCKY_TEST_VALKEY_URL"))
        proxy = self.proxied("resp", url.hostname, url.port)
        proxy.strike("hold", method="SET")
        with Session(proxy.port) as session, self.assertRaises(ConnectionResetError):
            session.ask(command("SET", self.name, "late", "PX", "60000"), 1)
        with Session(proxy.port) as session:
            self.assertEqual(session.ask(command("SET", self.name, "early", "PX", "60000"), 5), b"+OK\r\n")
            proxy.deliver()
            self.assertEqual(session.ask(command("GET", self.name), 10), b"$4\r\nlate\r\n")

    def psql(self, port, *commands):
        program = shutil.which("psql") or "/usr/lib/postgresql/15/bin/psql"
        environment = {**os.environ, "PGPASSWORD": os.environ["ROCKY_TEST_POSTGRES_PASSWORD"]}
        options = [option for sql in commands for option in ("-c", sql)]
        return subprocess.run([program, "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port),
                               "-U", os.environ["ROCKY_TEST_POSTGRES_USER"], *options,
                               os.environ["ROCKY_TEST_POSTGRES_DATABASE"]],
                              env=environment, capture_output=True, text=True, timeout=60, check=False)

    def test_a_transaction_is_committed_or_not_as_the_fault_says(self):
        host, port = server_of("ROCKY_TEST_POSTGRES_HOST"), int(server_of("ROCKY_TEST_POSTGRES_PORT"))
        proxy = self.proxied("postgres", host, port)
        table = self.name.replace("-", "_")
        self.addCleanup(self.psql, port, f"drop table {table}")
        self.assertEqual(self.psql(proxy.port, f"create table {table} (v text)").returncode, 0)
        for fault in ({"fault": "cut_after_commit"}, {"fault": "drop_before", "pattern": "^commit"}):
            proxy.strike(**fault)
            done = self.psql(proxy.port, "begin", f"insert into {table} values ('{fault['fault']}')", "commit")
            self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(self.psql(proxy.port, f"table {table}").stdout, "cut_after_commit\n")
        self.assertEqual(proxy.events(), ["apply_then_drop", "drop_before"])

    def test_rows_are_copied_both_ways_through_the_proxy(self):
        host, port = server_of("ROCKY_TEST_POSTGRES_HOST"), int(server_of("ROCKY_TEST_POSTGRES_PORT"))
        proxy = self.proxied("postgres", host, port)
        done = self.psql(proxy.port, "create temp table t (v int)", "\\copy t from program 'seq 1000'",
                         "copy t to stdout", "select sum(v) from t")
        self.assertEqual(done.stdout.split(), [*map(str, range(1, 1001)), "500500"], done.stderr)


if __name__ == "__main__":
    unittest.main()
