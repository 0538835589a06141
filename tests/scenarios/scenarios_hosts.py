"""What hosts share besides claims: run records, their index, what waits on a host; and stores that cannot be used."""
import contextlib
import json
import threading
import time

import scenario
from line import Line, Network
from scenario import shared
from sites import ended, expect, expect_error, expect_in, expect_run, go_on

play = scenario.scenario

# An unreachable store is to be said within its time-outs, which are two seconds here.
SAID_WITHIN = 15
LINES = "transfer_timeout_seconds = 2\n"


@contextlib.contextmanager
def state_lines(site, more):
    """More lines in `[state]` of every host made inside."""
    store = site.store
    config, through = store.config, store.through
    store.config = lambda: config() + more
    store.through = lambda address: through(address) + more
    yield
    store.config, store.through = config, through


def host_with(site, name, more, **settings):
    with state_lines(site, more):
        return site.host(name, **settings)


def history(host, expected_exit=0, **environment):
    status, document = host.rocky("history", "--limit", "10000", **environment)
    expect(status, expected_exit, document)
    return document


def run_ids(document):
    """Of those that did something; a day's first skip of a key is listed, too."""
    return {run["run_id"] for run in document["runs"] if not run["status"].startswith("Skipped")}


def run_until_decided(host, key, limit=60):
    """An exclusive target that another host has open, and a key in flight, are asked for again."""
    deadline = time.monotonic() + limit
    while True:
        status, document = host.run(key)
        if status != 75 and document["status"] != "SkippedInFlight":
            expect(status, 0, document)
            return document
        expect(time.monotonic() < deadline, True, f"not decided: {document}")


def race(hosts, rounds):
    """Ids of the runs that worked, each host its own keys and both the same ones; and how many had those."""
    done, winners, failures = set(), [], []

    def rounds_of(host, name):
        try:
            for number in range(rounds):
                for key in (f"both-{number}", f"{name}-{number}"):
                    document = run_until_decided(host, key)
                    if document["status"] == "Success":
                        done.add(document["run_id"])
                        winners.extend([key] if key.startswith("both") else [])
        except Exception as failure:  # Told by the thread that waits.
            failures.append(failure)

    threads = [threading.Thread(target=rounds_of, args=(host, f"own{number}")) for number, host in enumerate(hosts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    expect(sorted(winners), sorted(f"both-{number}" for number in range(rounds)), "I1 exclusive grant")
    expect(len(done), rounds * (1 + len(hosts)), "every key was done once")
    return done


@play(76, "every run of hosts that race is in the history of all", shared)
def all_runs_everywhere(site):
    hosts = [site.host("a"), site.host("b")]
    done = race(hosts, 100 if scenario.FULL else 5)
    for host in hosts:
        expect(run_ids(history(host)), done, "no record is lost")
    (hosts[0].folder / ".rocky-state.db").unlink()
    expect(run_ids(history(hosts[0])), done, "an index that was deleted is built anew")
    expect(run_ids(history(site.host("c"))), done, "a host that never ran anything sees all")


@play(77, "hosts in network namespaces of their own: every run is in the history of both", shared, missing=Network.missing)
def networks_of_their_own(site):
    with contextlib.ExitStack() as stack:
        hosts = []
        for name in ("a", "b"):
            network = stack.enter_context(Network())
            line = stack.enter_context(Line(site.store.address(), network.outside))
            if site.target.address():  # One target: to both it has one address.
                stack.enter_context(Line(site.target.address(), network=network))
            host = site.host(name, store_address=line.address)
            host.within = network.command()
            hosts.append(host)
        done = race(hosts, 20 if scenario.FULL else 3)
        documents = [history(host) for host in hosts]
        for document in documents:
            expect(run_ids(document), done, "no record is lost")


@play(78, "a run whose record and finish the store did not take: kept on its host, said, written by a later command", shared)
def kept_on_its_host(site):
    with Line(site.store.address()) as line:
        host = host_with(site, "a", LINES, store_address=line.address)
        owner = host.stopped_at("k", "checks_done")
        line.cut()
        status, document = go_on(owner)
        expect((status, document["status"], document["dedup"]["recorded"]), (0, "Success", False), document)
        expect_error(host.rocky("state", "drain"), "unavailable", 75)
        line.mend()
        status, drained = host.rocky("state", "drain")
        expect((status, drained["finishes"]["recorded"], drained["runs"]["recorded"]), (0, 1, 1), drained)
        expect(run_ids(history(site.host("b"))), {document["run_id"]}, "the other host sees it")
        expect_run(site.host("b").run("k"), "SkippedIdempotent")
        status, drained = host.rocky("state", "drain")
        expect((drained["finishes"]["recorded"], drained["runs"]["recorded"]), (0, 0), "once")
    site.expect_once()


@play(79, "`on_upload_failure = \"fail\"`: the key is released with exit 1, and the retry writes the record", shared)
def released_for_its_record(site):
    with Line(site.store.address()) as line:
        host = host_with(site, "a", LINES + 'on_upload_failure = "fail"\n', store_address=line.address)
        owner = host.stopped_at("k", "checks_done")
        line.cut()
        status, document = go_on(owner)
        expect((status, document["error"]["retryable"]), (1, True), document)
        line.mend()
        again = run_until_decided(host, "k")
        expect(again["dedup"]["decision"], "recovered", "nothing is repeated")
        expect_in(again["run_id"], {run["run_id"] for run in history(site.host("b"))["runs"]}, "it is written")
        expect_run(site.host("b").run("k"), "SkippedIdempotent")
    site.expect_once()


@play(80, "a store that is away is answered for as of then, and is never taken for an empty one", shared)
def away_is_not_empty(site):
    with Line(site.store.address()) as line:
        host = host_with(site, "a", LINES, store_address=line.address)
        done = expect_run(host.run("k"), "Success")["run_id"]
        expect(history(host).get("as_of"), None, "as of now")
        line.cut()
        document = history(host)
        expect((run_ids(document), bool(document.get("as_of"))), ({done}, True), document)
        stranger = host_with(site, "b", LINES, store_address=line.address)
        expect_error(stranger.rocky("history"), "unavailable", 75)
        expect_error(stranger.rocky("state"), "unavailable", 75)
        expect_error(stranger.rocky("state", "claims", "list"), "unavailable", 75)
        line.mend()
    site.store.lose_everything()
    expect(run_ids(history(site.host("c"))), set(), "absent is empty")


def expect_said_before_any_work(host, names, exit_code, **environment):
    """With a key and without one, and in time."""
    for arguments in (("run", "--idempotency-key", "k"), ("run",)):
        began = time.monotonic()
        status, document = host.rocky(*arguments, **environment)
        expect_in((status, document.get("error", {}).get("name")), [(exit_code, name) for name in names],
                  json.dumps(document)[:1500])
        expect(time.monotonic() - began < SAID_WITHIN, True, "it is said in time")


@play(81, "a store that cannot be used is said, coded, in time and before any work", shared)
def unusable_stores(site):
    store = site.store
    with Line(store.address()) as line:
        line.cut()
        expect_said_before_any_work(host_with(site, "a", LINES, store_address=line.address), {"unavailable"}, 75)
    # Nobody listens there.
    expect_said_before_any_work(host_with(site, "b", LINES, store_address="127.0.0.1:1"), {"unavailable"}, 75)
    if hasattr(store, "bucket"):
        bucket, store.bucket = store.bucket, "rocky-no-such-bucket"
        expect_said_before_any_work(host_with(site, "c", LINES), {"not_found", "state_refused"}, 1)
        store.bucket = bucket
    if store.name == "valkey":
        url, store.url = store.url, store.url.replace("://", "://nobody:not-the-password@", 1)
        expect_said_before_any_work(host_with(site, "e", LINES), {"permission"}, 1)
        store.url = url
    if hasattr(store, "secret_key"):
        expect_said_before_any_work(host_with(site, "d", LINES), {"permission"}, 1,
                                    AWS_SECRET_ACCESS_KEY="not-the-secret")
    expect(site.rows(), {name: 0 for name in site.rows()}, "nothing was done")


@play(82, "the store is probed and known for what it is; `verify` and `gc` find nothing to complain of", shared)
def upkeep(site):
    host = site.host("a")
    status, probe = host.rocky("state", "probe")
    expect((status, probe["sound"], probe["facts"]["shared_across_hosts"]), (0, True, True), probe)
    expect(probe["facts"]["store_clock"], True, probe)
    expect_run(host.run("k"), "Success")
    expect_run(ended(host.start("run")), "Success")
    status, verified = host.rocky("state", "verify")
    expect((status, verified["keys"], verified["proven"], verified["dangling_fences"]), (0, 1, 1, []), verified)
    status, swept = host.rocky("state", "gc")
    expect((status, swept["keys"]["removed"], swept["runs"]["removed"]), (0, 0, 0), swept)
    status, page = host.rocky("state", "claims", "list", "--limit", "1")
    expect((status, page["count"]), (0, 1), page)
    status, state = host.rocky("state")
    expect((state["backend"], state["claims"], state["runs"], state["schema_version_on_disk"]),
           (site.store.name, 1, 2, 1), state)


@play(83, "a layout of a later version is refused by the version that wrote it, and left alone", shared)
def newer_layout(site):
    site.store.write("format", b'{"v":9,"min_reader":9,"written_by":"9.9.9"}')
    for arguments in (("run", "--idempotency-key", "k"), ("run",), ("history",), ("state", "probe")):
        document = expect_error(site.host().rocky(*arguments), "state_newer", 1)
        expect_in("9.9.9", document["error"]["message"])
    expect(site.store.read("format"), b'{"v":9,"min_reader":9,"written_by":"9.9.9"}')
    expect(site.store.record("k"), None)
