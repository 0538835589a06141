"""kill -9 at random moments (5), seen by the stamps and by a witness that knows nothing of them."""
import hashlib
import json
import os
import time

import scenario
from gates import until
from scenario import adopts, two_openers
from sites import APPENDED, ROWS_A_RUN, ended, expect, expect_in
from stores import digest

UNITS = len(APPENDED) + 1

# A log that the models themselves write to, in the transaction of their data. The session's name says of which key.
WITNESS = """
CREATE TABLE witness_log (key8 text, model text, txid bigint, PRIMARY KEY (key8, model, txid));
CREATE FUNCTION witness(model text) RETURNS integer LANGUAGE sql VOLATILE AS $$
  INSERT INTO witness_log VALUES (split_part(current_setting('application_name'), ':', 2), model, txid_current())
  ON CONFLICT DO NOTHING;
  SELECT 1 $$
"""
SEEN = "(SELECT witness('{model}') AS seen) AS w"


def stamp_name(key):
    return hashlib.sha256(b"key\0" + digest(key).encode()).hexdigest()


def let_models_witness(host):
    series = host.site.target.series.format(rows=ROWS_A_RUN)
    for model in APPENDED:
        host.write_model(model, f"{series}, {SEEN.format(model=model)}",
                         'strategy = { type = "incremental", timestamp_column = "seen_at" }\n')
    total = (host.folder / "models" / "total.sql").read_text()
    (host.folder / "models" / "total.sql").write_text(f"{total.rstrip()}, {SEEN.format(model='total')}\n")


def stamped(site, key):
    found = site.target.query(f"SELECT unit FROM _rocky.run_stamps WHERE key_sha256 = '{stamp_name(key)}'")
    return {unit for unit, in found}


def until_no_session_is_left(site):
    left = ("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
            "application_name LIKE 'rocky%'")
    until(lambda: site.target.query(left)[0][0] == "0", "the end of the killed run's sessions")


def expect_each_unit_committed_once(site, keys):
    for table, key8 in (("_rocky.run_stamps", "left(key_sha256, 8)"), ("witness_log", "key8")):
        counts = site.target.query(f"SELECT {key8}, count(*) FROM {table} GROUP BY 1")
        expect(dict(counts), {stamp_name(key)[:8]: str(UNITS) for key in keys}, f"I4 effect once, by {table}")


def expect_rows_of_undisturbed_runs(site, runs):
    for model in APPENDED:
        rows = site.target.query(f"SELECT i, count(*) FROM {model} GROUP BY i ORDER BY i")
        expect(rows, [[str(i), str(runs)] for i in range(1, ROWS_A_RUN + 1)], f"I4 effect once, rows of {model}")
    expect(site.target.query("SELECT * FROM total"), [[str(runs * ROWS_A_RUN * len(APPENDED))]])


def kill_after(host, key, seconds):
    owner = host.start_run(key)
    time.sleep(seconds)  # The moment is the point.
    owner.kill()
    ended(owner)


def expect_the_rest_runs(site, key, done_before):
    if site.store.shared:
        status, document = site.until_not_in_flight(key)
    else:
        status, document = site.host("b").run(key)  # At once.
    expect(status, 0, json.dumps(document)[:1500])
    expect_in(document["status"], ("Success", "SkippedIdempotent"), "I5 no wedge")
    if document["status"] == "Success":
        units = document["dedup"]["units"]
        expect((units["already_done"], units["done"]), (len(done_before), UNITS - len(done_before)),
               "what is committed is not repeated")


@adopts(5.1, "killed at random moments: one effect for each key, by the stamps and by a witness", two_openers)
def killed_at_random(site):
    chance = scenario.chance(f"kills {site.store.name}")
    kills = int(os.environ.get("ROCKY_RANDOM_KILLS", "100" if scenario.FULL else "10"))
    site.target.query(WITNESS)
    for host in {site.host("a"), site.host("b")}:  # A local store has one.
        let_models_witness(host)
    began = time.monotonic()
    expect(site.host("a").run("k0")[0], 0)
    whole = time.monotonic() - began
    done_before = {}
    for key in (f"k{number}" for number in range(1, kills + 1)):
        kill_after(site.host("a"), key, chance.uniform(0, whole))
        until_no_session_is_left(site)
        done_before[key] = stamped(site, key)
    for key, done in done_before.items():
        expect_the_rest_runs(site, key, done)
    expect(site.host("b").run("last")[0], 0)
    keys = ["k0", *done_before, "last"]
    expect_each_unit_committed_once(site, keys)
    expect_rows_of_undisturbed_runs(site, len(keys))
    for key in keys:
        expect(site.store.record(key) is not None and site.host("b").claim(key)["state"], "succeeded")
