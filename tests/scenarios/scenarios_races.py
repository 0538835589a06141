"""Many at once: 21 to 26, waiting and stealing (53, 54), looking (71), two stores for one target (68)."""
import random
import time

import scenario
from scenario import adopts, elsewhere, shared, shared_and_two_openers
from sites import ADOPTABLE_WITHIN, KILLED, LEASE, SLACK, ended, expect, expect_error, expect_in, expect_run, go_on

play = scenario.scenario


def race(site, key, callers):
    """The documents of that many callers at once, on as many hosts as the store has."""
    hosts = [site.host(f"h{number}") for number in range(min(callers, 8))]
    running = [hosts[number % len(hosts)].start_run(key) for number in range(callers)]
    answers = [ended(process) for process in running]
    # An exclusive target that is held by the winner's process is the same skip, seen from the target.
    for status, document in answers:
        expect_in(status, (0, 75), document)
    return answers


def expect_one_winner(answers):
    statuses = [document["status"] for _, document in answers]
    expect(statuses.count("Success"), 1, f"I1 exclusive grant: {statuses}")


@play(21, "100 claims at once on a fresh key: one runs")
def hundred_claims(site):
    answers = race(site, "k", 100)
    expect_one_winner(answers)
    for _, document in answers:
        if document["status"] == "SkippedInFlight":
            expect(bool(document["dedup"]["owner"]["run_id"]), True, "nobody sees a claim without an owner")
    site.expect_once()


@adopts(22, "two adopters of one stale record: one wins")
def two_adopters(site):
    expect(site.host("a").run("k", ROCKY_CRASH_AT="fence_raised")[0], KILLED)
    deadline = time.monotonic() + ADOPTABLE_WITHIN
    while True:
        answers = race(site, "k", 6)
        statuses = [document["status"] for _, document in answers]
        if "Success" in statuses:
            break
        expect(time.monotonic() < deadline, True, "I5 no wedge")
    expect(statuses.count("Success"), 1, f"I1 exclusive grant: {statuses}")
    site.expect_once()


@adopts(23, "an adopter against the owner that comes back: one wins, success stays", shared_and_two_openers)
def adopter_against_owner(site):
    chance = random.Random(23)
    for number in range(1, 7 if scenario.FULL else 3):
        key = f"k{number}"
        owner = site.host("a").stopped_at(key, chance.choice(["fence_raised", "unit_begun", "checks_done"]))
        adopter = site.host("b").start_run(key, "--on-in-flight", "wait")
        time.sleep(LEASE + SLACK - 0.5 + chance.random())  # Around the end of the lease.
        answers = [go_on(owner), ended(adopter)]
        expect(any(status == 0 for status, _ in answers), True, answers)
        expect_run(site.host("c").run(key), "SkippedIdempotent")
        site.expect_once(number)


elsewhere(24, "the sweep against a claim of an expired success", "sim", "sweep in the midst of claims, `./dev sim`")


@play(25, "two requests under one key: the other is told what differs")
def two_requests(site):
    expect_run(site.host("a").run("k"), "Success")
    document = expect_error(site.host("b").run("k", "--model", "total"), "key_conflict", 1)
    expect("model" in document["error"]["message"], True, document["error"])
    site.expect_once()


@play(26, "eight processes, one key, many rounds: as many executions as rounds")
def eight_processes(site):
    rounds = 200 if scenario.FULL else 20
    for number in range(1, rounds + 1):
        expect_one_winner(race(site, f"k{number}", 8))
    site.expect_once(rounds)


@adopts(53, "--on-in-flight wait: the owner succeeds, dies, outlives the time-out")
def waiting(site):
    owner = site.host("a").stopped_at("k1", "fence_raised")
    waiter = site.host("b").start_run("k1", "--on-in-flight", "wait", "--wait-timeout", "60")
    expect_run(go_on(owner), "Success")
    expect_run(ended(waiter), "SkippedIdempotent")

    owner = site.host("a").stopped_at("k2", "fence_raised")
    waiter = site.host("b").start_run("k2", "--on-in-flight", "wait", "--wait-timeout", "60")
    owner.kill()
    ended(owner)
    expect_run(ended(waiter), "Success", decision="adopted")

    if not site.store.shared:  # A stopped owner of a shared store loses its lease; a local one keeps its lock.
        owner = site.host("a").stopped_at("k3", "fence_raised")
        expect_error(site.host("b").run("k3", "--on-in-flight", "wait", "--wait-timeout", "1"), "in_flight", 75)
        expect_run(go_on(owner), "Success")
    site.expect_once(3 if not site.store.shared else 2)


@play(54, "an operator's release during a run: only with --steal, and the owner stops", shared)
def release_during_a_run(site):
    owner = site.host("a").stopped_at("k", "fence_raised")
    release = ("state", "claims", "release", "k", "--reason", "hangs")
    expect_error(site.host("b").rocky(*release), "claim_live", 1)
    status, document = site.host("b").rocky(*release, "--steal")
    expect(status, 0, document)
    status, document = go_on(owner)
    # What the owner can still finish before it hears of it is fenced or stamped: it may only lose.
    expect_in(status, (0, 75), document)
    expect(site.host("b").run("k")[0], 0)
    site.expect_once()


@play(68, "two state stores for one target by mistake: effects once", shared)
def two_stores(site):
    expect_run(site.host("a").run("k"), "Success")
    other = type(site.store)(site.folder / "other")
    mine, site.store = site.store, other
    expect_run(site.host("z").run("k"), "SkippedIdempotent", decision="recovered")
    site.store = mine
    site.expect_once()


@play(71, "looking while others claim is never in their way")
def looking(site):
    lookers = [site.host("b").start("state", "claims", "show", f"k{number}") for number in range(1, 6)]
    for number in range(1, 6):
        lookers.append(site.host("b").start("state", "claims", "list"))
        expect_run(site.host("a").run(f"k{number}"), "Success")
    for looker in lookers:
        expect_in(ended(looker)[0], (0, 1))
    site.expect_once(5)
