"""The targets that the scenarios run on: how a project names one, and what is in it."""
import os
import subprocess
import uuid
from pathlib import Path

from gates import FifoGate, LockGate

BUILD = Path(os.environ.get("ROCKY_BUILD", Path(__file__).resolve().parents[2] / "build" / "dev"))


class DuckDb:
    name = "duckdb"
    exclusive = True  # One process at a time has it open.
    catalog = "target"
    schema = "main"
    series = "SELECT now()::TIMESTAMP AS seen_at, i FROM range({rows}) t(i)"

    def __init__(self, folder):
        self.file = Path(folder) / "target.duckdb"

    @staticmethod
    def missing():
        return ""

    def config(self, _address=None):
        return f'type = "duckdb"\npath = "{self.file}"\n'

    def address(self):
        return None

    def environment(self):
        return {}

    def query(self, sql):
        done = subprocess.run([str(BUILD / "print_query"), "--value", str(self.file), sql], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def gate(self, folder):
        return FifoGate(folder)

    def close(self):
        pass


class Postgres:
    name = "postgres"
    exclusive = False
    schema = "public"
    # Not now(): a transaction that waited for another one's would bring rows from before that one's.
    series = "SELECT clock_timestamp()::timestamp AS seen_at, i FROM generate_series(1, {rows}) t(i)"

    def __init__(self, _folder):
        self.catalog = f"rocky_{uuid.uuid4().hex[:12]}"
        self._psql(os.environ["ROCKY_TEST_POSTGRES_DATABASE"], f"CREATE DATABASE {self.catalog}")

    @staticmethod
    def missing():
        return "" if os.environ.get("ROCKY_TEST_POSTGRES_HOST") else "no PostgreSQL (scripts/services start postgres)"

    def config(self, address=None):
        host, port = os.environ["ROCKY_TEST_POSTGRES_HOST"], os.environ["ROCKY_TEST_POSTGRES_PORT"]
        if address:
            host, port = address.split(":")
        return (f'type = "postgres"\nhost = "{host}"\nport = {port}\ndatabase = "{self.catalog}"\n'
                f'username = "{os.environ["ROCKY_TEST_POSTGRES_USER"]}"\npassword = "${{PGPASSWORD}}"\n')

    def address(self):
        return f"{os.environ['ROCKY_TEST_POSTGRES_HOST']}:{os.environ['ROCKY_TEST_POSTGRES_PORT']}"

    def environment(self):
        return {"PGPASSWORD": os.environ.get("ROCKY_TEST_POSTGRES_PASSWORD", "")}

    @staticmethod
    def _command(database):
        return ["psql", "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", os.environ["ROCKY_TEST_POSTGRES_HOST"], "-p",
                os.environ["ROCKY_TEST_POSTGRES_PORT"], "-U", os.environ["ROCKY_TEST_POSTGRES_USER"], "-d", database]

    def _psql(self, database, sql):
        done = subprocess.run([*self._command(database), "-c", sql], capture_output=True, text=True, check=False,
                              env={**os.environ, **self.environment()})
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def query(self, sql):
        return self._psql(self.catalog, sql)

    def session(self):
        """A session of psql that lasts as long as its input is open."""
        return subprocess.Popen([*self._command(self.catalog)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                env={**os.environ, **self.environment()})

    def gate(self, _folder):
        return LockGate(self)

    def close(self):
        self._psql(os.environ["ROCKY_TEST_POSTGRES_DATABASE"],
                   f"DROP DATABASE IF EXISTS {self.catalog} WITH (FORCE)")


TARGETS = [DuckDb, Postgres]
