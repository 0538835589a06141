"""Crashes, pauses and clocks: 1 to 20, and what a stopped owner of a shared target does (61, 75)."""
import signal
import time

from scenario import adopts, elsewhere, local, pending, scenario, shared, shared_and_two_openers
from sites import ADOPTABLE_WITHIN, KILLED, LEASE, ended, expect, expect_error, expect_in, expect_run, go_on
from stores import fake_time_library


def crash(site, step):
    expect(site.host("a").run("k", ROCKY_CRASH_AT=step)[0], KILLED, f"{step} was not reached")


def retried(site, decision, **expected):
    """What the next caller comes to, once the key is free."""
    document = expect_run(site.until_not_in_flight("k"), expected.get("status", "Success"), decision=decision)
    site.expect_once()
    expect_run(site.host("c").run("k"), "SkippedIdempotent")
    site.expect_once()
    return document


@scenario(1, "killed before the claim is sent: the next run is fresh")
def killed_before_the_claim(site):
    crash(site, "claim_sent")
    document = retried(site, "fresh")
    expect(document["dedup"]["epoch"], 1)


@adopts(2, "killed once the claim is stored: adopted")
def killed_after_the_claim(site):
    crash(site, "claimed")
    document = retried(site, "adopted")
    expect(document["dedup"]["epoch"], 2)


@adopts(3, "killed before the first statement: adopted, everything runs")
def killed_before_the_first_statement(site):
    crash(site, "fence_raised")
    document = retried(site, "adopted")
    expect(document["dedup"]["units"]["already_done"], 0)


@adopts(4, "killed inside a data transaction: rolled back, one copy of the data")
def killed_inside_a_transaction(site):
    crash(site, "unit_executed:3")
    retried(site, "adopted")


@adopts(5, "killed after some units are committed: the others run", note="quality, snapshot and load pipelines come later")
def killed_half_way(site):
    crash(site, "unit_committed:3")
    units = retried(site, "adopted")["dedup"]["units"]
    expect(units["already_done"] >= 3, True, f"committed units are not repeated: {units}")
    expect(units["already_done"] + units["done"], units["total"])


@adopts(6, "killed after every commit: nothing runs again, recovered")
def killed_after_every_commit(site):
    crash(site, "checks_done")
    retried(site, "recovered", status="SkippedIdempotent")


@adopts(6.1, "killed as a unit begins, once the run is recorded, before the finish is sent")
def killed_at_the_other_steps(site):
    # One after another, so that their leases end together.
    decisions = {"unit_begun": "adopted", "unit_begun:3": "adopted", "recorded": "recovered", "finish_sent": "recovered"}
    for step in decisions:
        expect(site.host("a").run(f"at {step}", ROCKY_CRASH_AT=step)[0], KILLED, f"{step} was not reached")
    for step, decision in decisions.items():
        status = "SkippedIdempotent" if decision == "recovered" else "Success"
        expect_run(site.until_not_in_flight(f"at {step}"), status, decision=decision)
        expect_run(site.host("c").run(f"at {step}"), "SkippedIdempotent")
    site.expect_once(len(decisions))


pending(7, "the same on a target without stamps", "targets without stamps (Trino)")


@scenario(8, "killed between the finish and the output: the retry names the run")
def killed_before_the_output(site):
    crash(site, "finished")
    owner = site.host("a").claim("k")["run_id"]
    document = expect_run(site.host("b").run("k"), "SkippedIdempotent")
    expect(document["skipped_by_run_id"], owner)
    site.expect_once()


elsewhere(9, "killed during the sweep of other keys", "sim", "sweep under crashes, `./dev sim`")
elsewhere(10, "killed during a migration of the state file", "unit", "`SqliteSchema` tests of `base/`", applies=local)


@scenario(11, "SIGTERM before, during and after the tables: rolled back, the key is free")
def sigterm(site):
    for number, step in enumerate(("claimed", "fence_raised", "unit_executed", "recorded"), start=1):
        owner = site.host("a").stopped_at(f"k{number}", step)
        owner.send_signal(signal.SIGTERM)
        status, document = go_on(owner)
        expect_in(status, (0, 130), document)
        expect(site.host("a").claim(f"k{number}")["state"] != "in_flight", True, "I5 no wedge")
        expect(site.host("b").run(f"k{number}")[0], 0)
        site.expect_once(number)


@adopts(12, "stopped past its lease in an open transaction, adopted, then continued", shared_and_two_openers)
def stopped_past_the_lease(site):
    owner = site.host("a").stopped_at("k", "unit_executed")
    document = expect_run(site.until_not_in_flight("k", within=ADOPTABLE_WITHIN + 12), "Success", decision="adopted")
    expect_error(go_on(owner), "lease_lost", 75)
    site.expect_once()
    document = expect_run(site.host("c").run("k"), "SkippedIdempotent")
    expect(document["skipped_by_run_id"], site.host("b").claim("k")["run_id"], "I3 success is sticky")


@adopts(13, "stopped after its commits, adopted: nothing is committed again", shared_and_two_openers)
def stopped_after_its_commits(site):
    owner = site.host("a").stopped_at("k", "checks_done")
    expect_run(site.until_not_in_flight("k"), "SkippedIdempotent", decision="recovered")
    expect_in(go_on(owner)[0], (0, 75))
    site.expect_once()


@adopts(14, "goes on between take-over and reconcile: rolled back, lease lost", shared_and_two_openers)
def goes_on_between_take_over_and_reconcile(site):
    owner = site.host("a").stopped_at("k", "unit_committed")
    time.sleep(LEASE + 2)  # Only time makes the lease end.
    adopter = site.host("b").stopped_at("k", "fence_raised")
    expect_error(go_on(owner), "lease_lost", 75)
    expect_run(go_on(adopter), "Success", decision="adopted")
    site.expect_once()


@scenario(15, "a stopped owner is never adopted locally", local)
def stopped_owner_is_kept(site):
    owner = site.host("a").stopped_at("k", "unit_executed")
    for _ in range(5):
        document = expect_run(site.host("a").run("k"), "SkippedInFlight")
        expect(document["dedup"]["owner"]["pid"], owner.pid)
    expect_run(go_on(owner), "Success")
    site.expect_once()


@adopts(16, "a wall clock that is an hour off changes no adoption", shared)
def wall_clock_an_hour_off(site):
    owner = site.host("a").stopped_at("k", "fence_raised")
    for offset in ("+1h", "-1h"):
        wrong = {"LD_PRELOAD": fake_time_library(), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        expect_run(site.host("b").run("k", **wrong), "SkippedInFlight")
    owner.kill()
    ended(owner)
    expect(set(site.rows().values()), {0})
    expect_run(site.until_not_in_flight("k", **wrong), "Success", decision="adopted")
    site.expect_once()


elsewhere(19, "a run of 40 hours: constant memory, the key is free afterwards", "unit",
          "`OwnedClaim` tests of `tests/dedup/` with a clock set by hand", applies=shared)


@adopts(20, "the record's own lease governs every reader", shared)
def lease_of_the_record(site):
    crash(site, "fence_raised")
    site.host("b", lease=600)
    expect_run(site.until_not_in_flight("k", host="b"), "Success", decision="adopted")
    site.expect_once()


@adopts(61, "the old session is inside its transaction when the key is taken over", shared_and_two_openers)
def old_session_in_its_transaction(site):
    owner = site.host("a").stopped_at("k", "unit_executed:3")
    expect_run(site.until_not_in_flight("k", within=ADOPTABLE_WITHIN + 12), "Success", decision="adopted")
    owner.kill()
    ended(owner)
    site.expect_once()


elsewhere(75, "a take-over ends a blocking session within its lock time-out, or names it", "unit",
          "`tests/stamp/` on PostgreSQL; played as 12 and 61", applies=shared_and_two_openers)
