"""Stores and wires that fail: 17, 18, 27 to 46, 60. What the real server cannot be told to do, a proxy before it does."""
import time

from scenario import adopts, elsewhere, scenario, shared
from sites import LEASE, ended, expect, expect_error, expect_in, expect_run, go_on
from valkey_pair import ValkeyPair

# The writes of a key's record, as each store's wire shows them.
CLAIM = {"s3": {"method": "PUT", "path": "idempotency/", "header": "if-none-match"},
         "gcs": {"method": "POST", "content": "idempotency/", "path": "ifGenerationMatch=0"},
         "valkey": {"method": "EVAL|EVALSHA", "pattern": "idempotency"}}
CLAIM["tiered"] = CLAIM["s3"]
WRITE = {**CLAIM, "s3": {"method": "PUT", "path": "idempotency/"}, "gcs": {"method": "POST", "content": "idempotency/"}}
WRITE["tiered"] = WRITE["s3"]


def http(store, _target):
    return store.name in ("s3", "gcs", "tiered")


def claim_of(site):
    return CLAIM[site.store.name]


def write_of(site):
    return WRITE[site.store.name]


def refuse_with(site, status, **rule):
    """The fault that answers a request in the server's place: a status, or RESP's error that says the same."""
    if site.store.name == "valkey":
        # Without the right to scripts the same write is tried as a transaction.
        rule["method"] = "EVAL|EVALSHA|WATCH|MULTI|SET|EXEC"
        rule.pop("pattern", None)
        error = {403: "NOPERM no permissions", 429: "LOADING loading", 503: "LOADING loading"}[status]
        return {"fault": "answer", "error": error, **rule}
    return {"fault": f"answer_{status}", **rule}


@scenario(17, "a heartbeat that fails four times, then succeeds: the run goes on and says so", shared, lease=12)
def failing_heartbeat(site):
    with site.store_proxy() as proxy, site.gate() as gate:
        owner = site.host("a", store_address=proxy.address).start_run("k")
        gate.wait_until_reached()
        proxy.strike("drop_before", times=4, **write_of(site))
        proxy.wait_for(4)
        proxy.wait_until_quiet(site)
        gate.open()
        document = expect_run(ended(owner), "Success")
        expect(document["dedup"]["heartbeat_failures"] >= 1, True, document["dedup"])
    site.expect_once()


@adopts(18, "the store is gone for longer than the lease: the owner stops before its next commit", shared)
def store_gone(site):
    with site.store_proxy() as proxy, site.gate() as gate:
        owner = site.host("a", store_address=proxy.address).start_run("k")
        gate.wait_until_reached()
        proxy.strike("drop_before", times=0)
        time.sleep(LEASE + 1)  # Only time makes the lease end.
        gate.open()
        expect_error(ended(owner), "lease_lost", 75)
    status, document = site.until_not_in_flight("k")
    expect(status, 0, document)
    expect_in(document["dedup"]["decision"], ("adopted", "retried", "recovered"))
    site.expect_once()


@scenario(27, "the claim is applied and its reply lost: read back, the run goes on", shared)
def claim_reply_lost(site):
    with site.store_proxy() as proxy:
        proxy.strike("apply_then_drop", only_success=True, **claim_of(site))
        expect_run(site.host("a", store_address=proxy.address).run("k"), "Success", decision="fresh")
        expect(proxy.events(), ["apply_then_drop"])
    expect_run(site.host("b").run("k"), "SkippedIdempotent")
    site.expect_once()


@scenario(28, "the same, and a proxy answers 412 in its place", http)
def claim_answered_412(site):
    with site.store_proxy() as proxy:
        proxy.strike("apply_then_412", only_success=True, **claim_of(site))
        expect_run(site.host("a", store_address=proxy.address).run("k"), "Success", decision="fresh")
        expect(proxy.events(), ["apply_then_answer"])
    site.expect_once()


@scenario(29, "the claim is not there after its time-out: the same bytes again, the late one is refused", shared)
def claim_lands_late(site):
    with site.store_proxy() as proxy:
        proxy.strike("hold", **claim_of(site))
        expect_run(site.host("a", store_address=proxy.address).run("k"), "Success", decision="fresh")
        expect("hold" in proxy.events(), True)
        record = site.store.record("k")
        proxy.deliver()
        expect(site.store.record("k"), record, "the late write is refused")
    site.expect_once()


@adopts(30, "nothing answers: exit 75, nothing runs, a late claim blocks no longer than its lease", shared)
def nothing_answers(site):
    with site.store_proxy() as proxy:
        proxy.strike("hold", times=0, **write_of(site))
        status, document = site.host("a", store_address=proxy.address).run("k")
        expect((status, document["error"]["name"]), (75, "claim_unknown"), document)
        expect(set(site.rows().values()), {0})
        proxy.deliver()
    expect_run(site.until_not_in_flight("k"), "Success")
    site.expect_once()


@scenario(31, "the delayed claim lands after the key was released: refused", shared)
def late_after_release(site):
    with site.store_proxy() as proxy:
        proxy.strike("hold", **claim_of(site))
        expect_run(site.host("a", store_address=proxy.address).run("k"), "Success")
        status, document = site.host("b").rocky("state", "claims", "release", "k", "--reason", "test")
        expect(status, 0, document)
        proxy.deliver()
    expect(site.host("b").claim("k")["state"], "released")
    expect_run(site.host("b").run("k"), "SkippedIdempotent", decision="recovered")
    site.expect_once()


@scenario(32, "the finish is applied and its reply lost: success", shared, lease=60)
def finish_reply_lost(site):
    with site.store_proxy() as proxy:
        owner = site.host("a", store_address=proxy.address).stopped_at("k", "recorded")
        proxy.strike("apply_then_drop", only_success=True, **write_of(site))
        document = expect_run(go_on(owner), "Success")
        expect(document["dedup"]["recorded"], True)
        expect(proxy.events(), ["apply_then_drop"])
    expect_run(site.host("b").run("k"), "SkippedIdempotent")


def unrecorded_finish(site, fault):
    """A run whose finish meets the fault until its time is over, then what the next command does of it."""
    with site.store_proxy() as proxy:
        host = site.host("a", store_address=proxy.address)
        owner = host.stopped_at("k", "recorded")
        proxy.strike(**fault)
        document = expect_run(go_on(owner), "Success")
        expect(document["dedup"]["recorded"], False)
        proxy.forget_rules()
        status, document = host.rocky("state", "drain")
        expect((status, document["finishes"]["recorded"]), (0, 1), document)
    expect_run(site.host("b").run("k"), "SkippedIdempotent")
    site.expect_once()


@scenario(33, "the finish is impossible: kept on the host, recorded by its next command", shared, lease=60)
def finish_impossible(site):
    unrecorded_finish(site, {"fault": "drop_before", "times": 0, **write_of(site)})


@scenario(34, "slow down, with Retry-After: honoured, within bounds", shared, lease=60)
def slow_down(site):
    with site.store_proxy() as proxy:
        more = {} if site.store.name == "valkey" else {"retry_after": 1}
        proxy.strike(**refuse_with(site, 429, times=3, **more, **claim_of(site)))
        expect_run(site.host("a", store_address=proxy.address).run("k"), "Success")
        proxy.wait_for(3)
    site.expect_once()


elsewhere(35, "Valkey drops the connection after the script was sent", "as 27", "",
          applies=lambda store, _: store.name == "valkey")
elsewhere(36, "SQLite's COMMIT fails", "unit", "`tests/conformance/local_faults_test.cc`", applies=lambda store, _: not store.shared)


@scenario(38, "a success is lost from the store: found again in the stamps")
def lost_success(site):
    expect_run(site.run("k"), "Success")
    site.store.forget("k")
    expect_run(site.host("b").run("k"), "SkippedIdempotent", decision="recovered")
    site.expect_once()


elsewhere(39, "a store that ignores conditions is refused by name", "unit", "`tests/conformance/`, on the strict fakes", applies=http)


@scenario(40, "the record is deleted in mid-run: nothing is made again, the next claim recovers", shared)
def record_deleted(site):
    owner = site.host("a").stopped_at("k", "recorded")
    site.store.forget("k")
    status, document = go_on(owner)
    expect_in(status, (0, 75), document)
    if status == 0:
        expect(document["dedup"]["recorded"], False)
    expect(site.store.record("k"), None, "nothing is re-created")
    expect_run(site.host("b").run("k"), "SkippedIdempotent", decision="recovered")
    site.expect_once()


elsewhere(41, "the disk is full", "unit", "`tests/e2e/full_disk.test`", applies=lambda store, _: not store.shared)
elsewhere(42, "a read-only directory, a foreign owner", "unit", "`tests/e2e/state_files.test`",
          applies=lambda store, _: not store.shared)


@scenario(43, "one corrupted record: its key refuses, others work, the sweep goes past it")
def one_corrupted_record(site):
    expect_run(site.run("bad"), "Success")
    body = bytearray(site.store.record("bad"))
    body[len(body) // 2] ^= 4
    site.store.overwrite("bad", bytes(body))
    expect(site.run("bad")[1]["error"]["name"], "record_unreadable")
    expect_run(site.run("good"), "Success")
    status, document = site.host("a").rocky("state", "gc")
    expect(status, 0, document)
    expect(site.store.record("bad"), bytes(body))
    site.expect_once(2)


@scenario(44, "the right to write is revoked in mid-run: the finish is kept", shared, lease=60)
def right_revoked(site):
    unrecorded_finish(site, refuse_with(site, 403, times=0, **write_of(site)))


@scenario(45, "reading allowed, writing denied from the start: fails before the work", shared)
def write_denied(site):
    with site.store_proxy() as proxy:
        proxy.strike(**refuse_with(site, 403, times=0, **write_of(site)))
        expect_error(site.host("a", store_address=proxy.address).run("k"), "permission", 1)
    expect(set(site.rows().values()), {0})


elsewhere(46, "credentials expire in mid-run", "unit", "`net/aws_credentials_test.cc`, `net/google_token_test.cc`", applies=http)


@scenario(60, "the reply to COMMIT is lost: a new connection reads the stamp", lambda _, target: not target.exclusive)
def commit_reply_lost(site):
    struck = 0
    for nth in range(1, 9):
        with site.target_proxy() as proxy:
            proxy.strike("cut_after_commit", nth=nth)
            host = site.host("a", target_address=proxy.address)
            status, document = host.run(f"k{nth}")
            struck += len(proxy.events())
            if status != 0:  # Undecided is allowed, twice is not.
                expect(status, 75, document)
                expect(host.run(f"k{nth}")[0], 0)
        site.expect_once(nth)
    expect(struck >= 4, True, f"the fault struck {struck} times")


@scenario(60.5, "the connection is cut in mid-transaction: rolled back, run again", lambda _, target: not target.exclusive)
def connection_cut(site):
    with site.target_proxy() as proxy:
        host = site.host("a", target_address=proxy.address)
        owner = host.stopped_at("k", "unit_executed")
        proxy.cut()
        status, document = go_on(owner)
        if status != 0:
            expect_in(status, (1, 2, 75), document)
            expect(host.run("k")[0], 0)
    site.expect_once()


@adopts(37, "Valkey fails over and loses the claim: the owner finds out, one effect", lambda store, _: store.name == "valkey")
def failover(site):
    with ValkeyPair(site.folder / "pair") as pair:
        site.store.url = pair.url
        owner = site.host("a").stopped_at("k", "fence_raised")
        pair.fail_over_losing_everything_since_start()
        status, document = go_on(owner)
        expect_in(status, (0, 75), document)
        if status == 0:
            expect(document["dedup"]["recorded"], False, "nothing silent")
        status, document = site.until_not_in_flight("k")
        expect(status, 0, document)
        site.expect_once()

