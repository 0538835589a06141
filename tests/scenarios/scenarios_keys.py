"""Keys, records and policy (47 to 58), stamps (59 to 63), generations and lost stores (64 to 74)."""
import json

from scenario import adopts, elsewhere, pending, scenario, shared, shared_and_two_openers
from sites import KILLED, ended, expect, expect_error, expect_in, expect_run, go_on
from stores import digest


@scenario(47, "empty and blank keys are usage errors, 8 KiB work, 9 KiB are refused")
def key_sizes(site):
    for key in ("", " \t "):
        expect_error(site.run(key), "usage", 2)
    expect_error(site.run("k" * 9 * 1024), "usage", 2)
    expect_run(site.run("k" * 8 * 1024), "Success")
    site.expect_once()


@scenario(48, "odd bytes in keys: compared exactly, no traversal")
def odd_bytes(site):
    keys = ["../../x", "%2f", "*", "{a}", "{b}", "a:b", "a\nb", b"\xff\xfe".decode("utf-8", "surrogateescape")]
    for number, key in enumerate(keys, start=1):
        expect_run(site.host("a").run(key), "Success")
        expect_run(site.host("b").run(key), "SkippedIdempotent")
        name = key.encode("utf-8", "surrogateescape")
        expect(site.store.record(name) is not None, True, f"the record of {key!r} stands under its digest")
        site.expect_once(number)


@scenario(49, "a truncated, foreign or non-JSON record is refused and stays")
def bad_records(site):
    expect_run(site.run("good"), "Success")
    whole = site.store.record("good")
    for number, body in enumerate((whole[:-40], b"\x00\x01", b'{"hello":"world"}', b"[]", b""), start=1):
        key = f"bad{number}"
        site.store.overwrite(key, body)
        status, document = site.run(key)
        expect((status, document["error"]["name"]), (1, "record_unreadable"), f"{body[:40]!r}")
        expect(site.store.record(key), body, "never overwritten")
    expect_run(site.run("other"), "Success")
    site.expect_once(2)


V115 = {"run_id": "run-20260101-000000-000", "stamped_at": "2026-01-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00Z",
        "dedup_on": "success"}


@scenario(50, "entries of the v1.15 engine: finished ones are honoured", shared)
def entries_of_v115(site):
    body = {"key": "k", **V115, "state": "Succeeded"}
    site.store.overwrite("k", json.dumps(body).encode())
    document = expect_run(site.run("k"), "SkippedIdempotent")
    expect(document["skipped_by_run_id"], V115["run_id"])
    site.store.overwrite("f", json.dumps({"key": "f", **V115, "state": "Failed"}).encode())
    expect_run(site.run("f"), "Success")
    site.expect_once()


@scenario(51, "dedup_on = any: a failed run is skipped, --strict-exit says so", idempotency='dedup_on = "any"')
def dedup_on_any(site):
    site.host("a").write_model("broken", "SELECT no_such_column FROM " + site.target.schema + ".batch_a")
    site.host("b").write_model("broken", "SELECT no_such_column FROM " + site.target.schema + ".batch_a")
    expect_run(site.host("a").run("k"), "PartialFailure", 2)
    document = expect_run(site.host("b").run("k"), "SkippedIdempotent")
    expect(document["dedup"]["prior_status"], "PartialFailure")
    expect(site.host("b").run("k", "--strict-exit")[0], 1)
    site.host("b", idempotency='dedup_on = "success"')
    expect_run(site.host("b").run("k"), "SkippedIdempotent")


@scenario(52, "a success older than its retention: a fresh run", lambda store, _: hasattr(store, "later"),
          note="object stores: `sim` (their clock cannot be set)", idempotency="retention_days = 1")
def lapsed_success(site):
    first = expect_run(site.run("k"), "Success")
    later = site.store.later("k", 2)
    age_the_fence(site, "k", 2)
    document = expect_run(site.run("k", **later), "Success")
    expect(document["dedup"]["expired_prior_run_id"], first["run_id"])
    expect(document["dedup"]["epoch"], 2)
    site.expect_once(2)


def age_the_fence(site, key, days):
    name = digest(b"key\0" + digest(key).encode())
    for table, column in (("run_fence", "raised_at"), ("run_stamps", "committed_at")):
        site.target.query(f"UPDATE _rocky.{table} SET {column} = {column} - INTERVAL '{days} days' "
                          f"WHERE key_sha256 = '{name}'")


pending(55, "a DAG under one key", "run --dag")


@scenario(56, "a run that executed nothing because of an error is never a success")
def nothing_executed(site):
    expect_error(site.run("k1", "--model", "no_such_model"), "model_not_found", 1)
    expect(site.host("a").claim("k1")["state"], "failed")
    site.host("a").write_model("broken", "SELEC 1")
    status, document = site.run("k2")
    expect_in(document["status"], ("Failure", "PartialFailure"))
    expect(status != 0, True)
    expect(site.host("a").claim("k2")["state"], "failed")


pending(57, "a budget that is exceeded", "budgets")
elsewhere(58, "1,000,000 retained keys: claims stay quick", "unit", "`./dev bench retained_keys`",
          applies=lambda store, _: not store.shared)


@scenario(59, "two racers at once make the meta tables")
def racing_meta_tables(site):
    running = [site.host(f"h{n}").start_run(f"k{n}") for n in range(2)]
    for number, (status, document) in enumerate([ended(process) for process in running]):
        if status == 75:  # An exclusive target was held by the other.
            status, document = site.host(f"h{number}").run(f"k{number}")
        expect_run((status, document), "Success")
    site.expect_once(2)


pending(62, "two targets in one DAG, one committed", "run --dag")


@scenario(63, "parallel units do not conflict on the fence")
def parallel_units(site):
    document = expect_run(site.run("k"), "Success")
    expect(document["dedup"]["units"]["failed"], 0)
    site.expect_once()


elsewhere(64, "retention lapses, the claimer dies, another adopts", "sim", "`./dev sim`")


@scenario(65, "record gone, stamps there: within retention recovered, after it afresh")
def record_gone(site):
    expect_run(site.run("k"), "Success")
    site.store.forget("k")
    expect_run(site.run("k"), "SkippedIdempotent", decision="recovered")
    site.store.forget("k")
    age_the_fence(site, "k", 31)
    expect_run(site.run("k"), "Success")
    site.expect_once(2)


@scenario(66, "release --rerun under racing callers: runs again exactly once")
def rerun_under_race(site):
    expect_run(site.run("k"), "Success")
    status, document = site.host("a").rocky("state", "claims", "release", "k", "--rerun", "--reason", "wrong input")
    expect(status, 0, document)
    running = [site.host(f"h{number % 4}").start_run("k") for number in range(8)]
    statuses = [ended(process)[1]["status"] for process in running]
    expect(statuses.count("Success"), 1, f"I4 effect once: {statuses}")
    site.expect_once(2)


@adopts(67, "the whole state store is lost, in mid-run and after it")
def lost_store(site):
    expect(site.host("a").run("k", ROCKY_CRASH_AT="unit_committed:3")[0], KILLED)
    site.store.lose_everything()
    document = expect_run(site.host("b").run("k"), "Success")
    expect(document["dedup"]["units"]["already_done"] >= 3, True, "what is stamped is not repeated")
    site.store.lose_everything()
    expect_run(site.host("c").run("k"), "SkippedIdempotent", decision="recovered")
    site.expect_once()


@adopts(69, "half committed long ago, retried after the retention: each unit once a generation",
          idempotency="retention_days = 1")
def half_committed_long_ago(site):
    expect(site.host("a").run("k", ROCKY_CRASH_AT="unit_committed:3")[0], KILLED)
    before = site.rows()
    age_the_fence(site, "k", 3)
    document = expect_run(site.until_not_in_flight("k"), "Success")
    expect(document["dedup"]["generation"], 2)
    expect(site.rows(), {name: times + 1 for name, times in before.items()}, "a new generation runs every unit once")


pending(70, "rocky killed while its command goes on", "rocky exec")
pending(72, "--latest across midnight", "partition selection")
pending(73, "a failed check gate, retried", "checks")
elsewhere(74, "heartbeat applied, reply lost, then the finish is spooled", "sim", "`./dev sim`; played as 33", applies=shared)


@scenario(62.5, "two keys at once on one target: neither reads the other's lower bound", shared_and_two_openers)
def two_keys_on_one_table(site):
    first = site.host("a").stopped_at("k1", "unit_executed")
    second = site.host("b").start_run("k2")
    expect_run(go_on(first), "Success")
    expect_run(ended(second), "Success")
    site.expect_once(2)

