"""The state stores that the scenarios run on: how a project names one, and how a test reaches behind it.

A store that cannot be had says why through `missing`; the suite then prints it, and fails when CI is set.
"""
import glob
import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timezone
from pathlib import Path


def fake_time_library():
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    if not found:
        raise AssertionError("libfaketime is missing (apt-get install libfaketime)")
    return found[0]


def digest(key):
    return hashlib.sha256(key if isinstance(key, bytes) else key.encode()).hexdigest()


class Store:
    """One fresh place in a store. `record` and its companions go around the engine, as an accident would."""
    name = "?"
    shared = True          # Hosts share it; the lease tells who is gone.
    wire = "http"          # What a proxy before it speaks.

    def config(self):
        """The lines of `[state]`."""
        raise NotImplementedError

    def environment(self):
        return {}

    def through(self, address):
        """The `[state]` lines that reach it by way of a proxy at host:port; None where there is no wire."""
        return None

    def address(self):
        """host:port of the server, for a proxy."""
        return None

    def record(self, key):
        """The stored bytes of a key's record, or None."""
        return self.read(f"idempotency/{digest(key)}")

    def overwrite(self, key, body):
        self.write(f"idempotency/{digest(key)}", body)

    def forget(self, key):
        self.delete(f"idempotency/{digest(key)}")


class Local(Store):
    name = "local"
    shared = False

    def __init__(self, folder):
        self.file = Path(folder) / ".rocky-state.db"

    @staticmethod
    def missing():
        return ""

    def config(self):
        return ""

    def _do(self, sql, *values):
        with sqlite3.connect(self.file, timeout=20) as connection:
            return connection.execute(sql, values).fetchone()

    def read(self, name):
        row = self._do("SELECT value FROM state_values WHERE name = ?", name)
        return None if row is None else bytes(row[0])

    def write(self, name, body):
        self._do("INSERT INTO state_values VALUES (?, ?, 0, ?) ON CONFLICT(name) DO UPDATE SET "
                 "value = excluded.value, version = excluded.version", name, uuid.uuid4().hex, body)

    def delete(self, name):
        self._do("DELETE FROM state_values WHERE name = ?", name)

    def lose_everything(self):
        for suffix in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)

    def later(self, _key, days):
        """What to run with so that the record looks that much older: its age is told by this machine's clock."""
        return {"LD_PRELOAD": fake_time_library(), "FAKETIME": f"+{days}d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Valkey(Store):
    name = "valkey"
    wire = "resp"

    def __init__(self, _folder):
        self.url = os.environ["ROCKY_TEST_VALKEY_URL"]
        self.prefix = f"rocky-test-{uuid.uuid4().hex[:12]}"

    @staticmethod
    def missing():
        return "" if os.environ.get("ROCKY_TEST_VALKEY_URL") else "no Valkey (scripts/services start valkey)"

    def config(self):
        return self._lines(self.url)

    def _lines(self, url):
        return f'backend = "valkey"\nvalkey_url = "{url}"\nvalkey_prefix = "{self.prefix}"\n'

    def address(self):
        parts = urllib.parse.urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or 6379}"

    def through(self, address):
        return self._lines(self.url.replace(self.address(), address))

    def _cli(self, *arguments, body=None):
        tail = ["-x"] if body is not None else []
        url = self.url.replace("valkey://", "redis://")
        done = subprocess.run(["valkey-cli", "-u", url, "--no-auth-warning", *tail, *arguments], input=body,
                              capture_output=True, check=True)
        return done.stdout

    def _name(self, name):
        return f"{self.prefix}:{name.replace('/', ':')}"

    def read(self, name):
        if self._cli("EXISTS", self._name(name)).strip() != b"1":
            return None
        return self._cli("GET", self._name(name))[:-1].partition(b"|")[2]

    def write(self, name, body):
        stamp = self._cli("TIME").split()
        written = int(stamp[0]) * 1000 + int(stamp[1]) // 1000
        self._cli("SET", self._name(name), body=f"{written:013d}|".encode() + body)

    def delete(self, name):
        self._cli("DEL", self._name(name))

    def lose_everything(self):
        for name in self._cli("--scan", "--pattern", f"{self.prefix}:*").splitlines():
            self._cli("DEL", name)

    def later(self, key, days):
        name = self._name(f"idempotency/{digest(key)}")
        written, _, body = self._cli("GET", name)[:-1].partition(b"|")
        self._cli("SET", name, body=f"{int(written) - days * 86_400_000:013d}|".encode() + body)
        return {}


class ObjectStore(Store):
    def __init__(self, _folder):
        self.prefix = f"{uuid.uuid4().hex[:12]}/"
        self.bucket = f"rocky-{uuid.uuid4().hex[:12]}"
        self.make_bucket()

    def address(self):
        parts = urllib.parse.urlsplit(self.endpoint)
        return f"{parts.hostname}:{parts.port}"

    def config(self):
        return self._lines(self.endpoint)

    def through(self, address):
        return self._lines(f"http://{address}")

    def lose_everything(self):
        for name in self.names():
            self.delete(name)


class S3(ObjectStore):
    name = "s3"
    region = "us-east-1"

    def __init__(self, folder):
        self.endpoint = os.environ["ROCKY_TEST_S3_ENDPOINT"]
        self.access_key = os.environ["ROCKY_TEST_S3_ACCESS_KEY"]
        self.secret_key = os.environ["ROCKY_TEST_S3_SECRET_KEY"]
        super().__init__(folder)

    @staticmethod
    def missing():
        return "" if os.environ.get("ROCKY_TEST_S3_ENDPOINT") else "no S3 store (scripts/services start minio)"

    def _lines(self, endpoint):
        return (f'backend = "s3"\ns3_bucket = "{self.bucket}"\ns3_prefix = "{self.prefix}"\n'
                f's3_region = "{self.region}"\ns3_endpoint = "{endpoint}"\ns3_path_style = true\n')

    def environment(self):
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}

    def _sign(self, secret, *parts):
        value = secret.encode()
        for part in parts:
            value = hmac.new(value, part.encode(), hashlib.sha256).digest()
        return value

    def _send(self, method, path, body=b"", query=""):
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        path, payload = urllib.parse.quote(path), hashlib.sha256(body).hexdigest()
        host = self.address()
        canonical = "\n".join([method, path, query, f"host:{host}", f"x-amz-content-sha256:{payload}",
                               f"x-amz-date:{now}", "", "host;x-amz-content-sha256;x-amz-date", payload])
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = self._sign("AWS4" + self.secret_key, now[:8], self.region, "s3", "aws4_request")
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            f"{self.endpoint}{path}" + (f"?{query}" if query else ""), data=body if method == "PUT" else None,
            method=method, headers={
                "x-amz-date": now, "x-amz-content-sha256": payload,
                "Authorization": f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, "
                                 f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}"})
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.read()
        except urllib.error.HTTPError as refused:
            if refused.code == 404:
                return None
            raise

    def make_bucket(self):
        self._send("PUT", f"/{self.bucket}")

    def read(self, name):
        return self._send("GET", f"/{self.bucket}/{self.prefix}{name}")

    def write(self, name, body):
        self._send("PUT", f"/{self.bucket}/{self.prefix}{name}", body)

    def delete(self, name):
        self._send("DELETE", f"/{self.bucket}/{self.prefix}{name}")

    def names(self):
        prefix = urllib.parse.quote(self.prefix, safe="")
        listing = self._send("GET", f"/{self.bucket}", query=f"list-type=2&prefix={prefix}").decode()
        return [key.split("</Key>")[0][len(self.prefix):] for key in listing.split("<Key>")[1:]]


class Gcs(ObjectStore):
    name = "gcs"

    def __init__(self, folder):
        self.endpoint = os.environ["ROCKY_TEST_GCS_ENDPOINT"]
        super().__init__(folder)

    @staticmethod
    def missing():
        return "" if os.environ.get("ROCKY_TEST_GCS_ENDPOINT") else "no GCS emulator (scripts/services start fake-gcs)"

    def _lines(self, endpoint):
        return (f'backend = "gcs"\ngcs_bucket = "{self.bucket}"\ngcs_prefix = "{self.prefix}"\n'
                f'gcs_endpoint = "{endpoint}"\n')

    def _send(self, method, path, body=None):
        request = urllib.request.Request(self.endpoint + path, data=body, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.read()
        except urllib.error.HTTPError as refused:
            if refused.code == 404:
                return None
            raise

    def _path(self, name):
        return f"/storage/v1/b/{self.bucket}/o/" + urllib.parse.quote(self.prefix + name, safe="")

    def make_bucket(self):
        self._send("POST", "/storage/v1/b?project=rocky", json.dumps({"name": self.bucket}).encode())

    def read(self, name):
        return self._send("GET", self._path(name) + "?alt=media")

    def write(self, name, body):
        name = urllib.parse.quote(self.prefix + name, safe="")
        self._send("POST", f"/upload/storage/v1/b/{self.bucket}/o?uploadType=media&name={name}", body)

    def delete(self, name):
        self._send("DELETE", self._path(name))

    def names(self):
        prefix = urllib.parse.quote(self.prefix, safe="")
        page = json.loads(self._send("GET", f"/storage/v1/b/{self.bucket}/o?prefix={prefix}"))
        return [item["name"][len(self.prefix):] for item in page.get("items", [])]


class Tiered(S3):
    """The object store decides; Valkey remembers successes and wakes who waits."""
    name = "tiered"

    def __init__(self, folder):
        super().__init__(folder)
        self.cache = Valkey(folder)

    @staticmethod
    def missing():
        return S3.missing() or Valkey.missing()

    def _lines(self, endpoint):
        valkey = self.cache.config().replace('backend = "valkey"\n', "")
        return super()._lines(endpoint).replace('"s3"', '"tiered"', 1) + valkey

    def delete(self, name):
        super().delete(name)
        self.cache.delete(f"cache/{name}")

    def overwrite(self, key, body):
        super().overwrite(key, body)
        self.cache.delete(f"cache/idempotency/{digest(key)}")


STORES = [Local, Valkey, S3, Gcs, Tiered]

