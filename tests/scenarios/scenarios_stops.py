"""SIGTERM while the target keeps a run waiting, whatever it waits for: gone within two seconds, rolled back, the key free (11)."""
import contextlib
import signal
import time

import scenario
from gates import until
from line import DeafListener, Line
from scenario import local, shared
from sites import ended, expect, expect_in, go_on

play = scenario.scenario
GONE_WITHIN = 2.0
# The record of the run and the end of the key have a second each, and one more to be let go of.
STORE_GONE_WITHIN = 5.0
COMMIT = r"^\s*commit\b"


def server(_store, target):
    return not target.exclusive


def server_and_local(store, target):
    return server(store, target) and local(store, target)


def stopped(process, within=GONE_WITHIN):
    """Exit code and document of a process that is asked to stop."""
    sent = time.monotonic()
    process.send_signal(signal.SIGTERM)
    answer = ended(process)
    took = time.monotonic() - sent
    expect(took < within, True, f"gone {took:.2f} s after the signal")
    return answer


def expect_stopped(process, host, key=None):
    status, document = stopped(process)
    expect((status, document["interrupted"], document["error"]["name"]), (130, True, "interrupted"), document)
    if key:
        expect(host.claim(key)["state"], "released", "I5 no wedge")
    return document


def expect_the_rest_runs(site, host, key, runs=1):
    status, document = host.run(key)
    expect((status, document["dedup"]["recorded"]), (0, True), document)
    site.expect_once(runs)


@contextlib.contextmanager
def held(site, lock):
    """Somebody's transaction that holds the lock."""
    session = site.target.session()
    session.stdin.write(f"BEGIN; {lock}; SELECT 'held';\n")
    session.stdin.flush()
    expect(any("held" in line for line in session.stdout), True, "the lock was granted")
    yield
    session.stdin.close()
    session.wait()
    session.stdout.close()


def until_it_waits_for_a_lock(site):
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    until(lambda: site.target.query(waits)[0][0] != "0", "a session that waits for the lock")


@play(11.1, "SIGTERM while the target's server takes the connection and says nothing", server)
def connection_that_hangs(site):
    # The first opens the target, the second takes over, the third plans, the fourth is a lane's.
    for number in (1, 2, 3, 4):
        with Line(site.target.address(), hold_from=number) as line:
            host = site.host("a", target_address=line.address)
            owner = host.start_run(f"k{number}")
            until(lambda line=line: line.held, f"connection {number}")
            expect_stopped(owner, host, f"k{number}")
            line.thaw()
            expect_the_rest_runs(site, host, f"k{number}", number)


@play(11.2, "SIGTERM of a run without a key while it connects", server_and_local)
def connection_that_hangs_without_a_key(site):
    with Line(site.target.address(), hold_from=1) as line:
        host = site.host("a", target_address=line.address)
        owner = host.start("run")
        until(lambda: line.held, "the connection")
        expect_stopped(owner, host)


@play(11.3, "SIGTERM while the target's host takes no connection", server_and_local)
def host_that_is_deaf(site):
    with DeafListener() as deaf:
        host = site.host("a", target_address=deaf.address)
        owner = host.start_run("k")
        until(deaf.is_called, "the connection")
        expect_stopped(owner, host, "k")


@play(11.4, "SIGTERM while a server that was there is waited for", server_and_local)
def server_that_restarts(site):
    for number, step in enumerate(("fence_raised", "unit_begun"), start=1):
        with Line(site.target.address()) as line:
            host = site.host("a", target_address=line.address)
            owner = host.stopped_at(f"k{number}", step)
            line.cut()
            owner.send_signal(signal.SIGCONT)
            until(lambda line=line: line.refused >= 2, "a second attempt")
            expect_stopped(owner, host, f"k{number}")
            line.mend()
            expect_the_rest_runs(site, host, f"k{number}", number)


@play(11.5, "SIGTERM while somebody holds what a run needs in the target", server_and_local)
def somebody_holds_it(site):
    host = site.host("a")
    owner = host.stopped_at("k", "fence_raised")  # Its fence is there, and its key free.
    owner.send_signal(signal.SIGTERM)
    expect(go_on(owner)[0], 130)
    for lock in ("SELECT 1 FROM _rocky.run_fence FOR UPDATE", "LOCK TABLE _rocky.run_stamps",
                 "DROP TABLE _rocky.run_fence"):
        with held(site, lock):
            owner = host.start_run("k")
            until_it_waits_for_a_lock(site)
            expect_stopped(owner, host, "k")
    expect_the_rest_runs(site, host, "k")


@play(11.6, "SIGTERM while the reply to a COMMIT is awaited: its outcome is not taken for none", server_and_local)
def commit_without_a_reply(site):
    expect(site.run("warm-up")[0], 0)
    for number, what in enumerate(("take-over", "unit"), start=1):
        with site.target_proxy() as proxy:
            proxy.strike("stall", pattern=COMMIT, nth=number, times=0, seconds=60)
            host = site.host("a", target_address=proxy.address)
            owner = host.start_run(what)
            proxy.wait_for(1)
            document = expect_stopped(owner, host, what)
            if what == "unit":
                expect("while committing" in str(document["errors"]), True, document["errors"])
            proxy.forget_rules()
            expect_the_rest_runs(site, host, what, number + 1)


@play(11.7, "SIGTERM while a statement runs, also on a server that hears no more", server_and_local)
def statement_that_runs(site):
    for number, is_frozen in enumerate((False, True), start=1):
        with Line(site.target.address()) as line, site.gate() as gate:
            host = site.host("a", target_address=line.address)
            owner = host.start_run(f"k{number}")
            gate.wait_until_reached()
            if is_frozen:
                line.freeze()
            expect_stopped(owner, host, f"k{number}")
            gate.open()
            line.thaw()
            expect_the_rest_runs(site, host, f"k{number}", number)


@play(11.8, "SIGTERM at random moments", server)
def at_random(site):
    chance = scenario.chance("stops")
    host = site.host("a")
    began = time.monotonic()
    expect(host.run("warm-up")[0], 0)
    whole = time.monotonic() - began
    for number in range(1, 31 if scenario.FULL else 6):
        owner = host.start_run(f"k{number}")
        time.sleep(chance.uniform(0, whole))  # The moment is the point.
        status, document = stopped(owner)
        if status != -signal.SIGTERM:  # Before anything was begun it dies of the signal.
            expect_in(status, (0, 130), document)
        expect(host.run(f"k{number}")[0], 0)
        site.expect_once(number + 1)


@play(11.9, "SIGTERM while the store hears no more: what was done is kept on the host, and nothing is repeated", shared)
def store_that_hangs(site):
    with Line(site.store.address()) as line:
        host = site.host("a", store_address=line.address)
        for number, step in enumerate(("unit_begun", "recorded", "finish_sent"), start=1):
            owner = host.stopped_at(f"k{number}", step)
            line.freeze()
            owner.send_signal(signal.SIGCONT)
            if step == "finish_sent":
                until(lambda: line.withheld, "a finish that waits for its reply")
            status, document = stopped(owner, within=STORE_GONE_WITHIN)
            expect_in(status, (0, 130), document)
            expect(document["dedup"]["recorded"], False, document)
            line.thaw()
            expect(host.run(f"k{number}")[0], 0)
            site.expect_once(number)
        owner = site.host("c", store_address=line.address, lease=3).stopped_at("claim", "claim_sent")
        line.freeze()
        owner.send_signal(signal.SIGCONT)
        until(lambda: line.withheld, "a claim that waits for its reply")
        status, document = stopped(owner, within=STORE_GONE_WITHIN)
        expect((status, document["error"]["name"]), (130, "interrupted"), document)
        line.thaw()  # The claim may land now, of an owner that is not there.
        expect(site.until_not_in_flight("claim")[0], 0)
        site.expect_once(number + 1)
