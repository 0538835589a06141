#!/usr/bin/env python3
"""Real processes, ended at named steps and at random moments: docs/protocol/run_once.md, section 10.3.

ROCKY_BUILD names the folder of the binary (default build/dev), ROCKY_RANDOM_KILLS the number of random
kills (30), ROCKY_RACES the number of races (200), ROCKY_SEED the seed of the random moments.
"""
import os
import random
import signal
import sqlite3
import subprocess
import time
import unittest
from pathlib import Path

from project import APPENDED, KILLED, ROCKY, Project, ended

# Before the unit steps nothing can have been committed; from checks_done on everything has been.
STEPS = ["claim_sent", "claimed", "fence_raised", "unit_begun", "unit_begun:3", "unit_executed",
         "unit_executed:3", "unit_committed", "unit_committed:3", "checks_done", "recorded", "finish_sent",
         "finished"]


class CrashTest(unittest.TestCase):
    def expect_once(self, project, times=1):
        self.assertEqual(project.rows(), {name: times for name in APPENDED}, "I4 effect once")

    def test_a_crash_at_each_step_and_a_retry_leave_what_one_run_leaves(self):
        for step in STEPS:
            with self.subTest(step=step), Project() as project:
                status, _ = project.run("k", ROCKY_CRASH_AT=step)
                self.assertEqual(status, KILLED, f"{step} was not reached")
                status, document = project.run("k")
                self.assertEqual(status, 0, document)
                self.expect_once(project)
                if step == "finished":
                    self.assertEqual(document["status"], "SkippedIdempotent")
                elif step in ("checks_done", "recorded", "finish_sent"):
                    self.assertEqual(document["dedup"]["decision"], "recovered")
                elif step == "claim_sent":
                    self.assertIn(document["dedup"]["decision"], ("fresh", "adopted"))
                else:
                    self.assertEqual(document["dedup"]["decision"], "adopted", "I5 no wedge")
                status, document = project.run("k")
                self.assertEqual((status, document["status"]), (0, "SkippedIdempotent"), "I3 success is sticky")
                self.expect_once(project)

    def test_what_was_committed_before_the_crash_is_not_repeated(self):
        with Project() as project:
            project.run("k", ROCKY_CRASH_AT="unit_committed:3")
            _, document = project.run("k")
            units = document["dedup"]["units"]
            self.assertGreaterEqual(units["already_done"], 1)
            self.assertEqual(units["already_done"] + units["done"], units["total"])

    def test_kills_at_random_moments_leave_one_effect_for_each_key(self):
        seed = int(os.environ.get("ROCKY_SEED", time.time_ns() % 1_000_000))
        chance = random.Random(seed)
        with Project() as project:
            started = time.monotonic()
            project.run("warm-up")
            whole = time.monotonic() - started
            kills = int(os.environ.get("ROCKY_RANDOM_KILLS", "30"))
            for number in range(1, kills + 1):
                process = project.start("run", "--idempotency-key", f"k{number}")
                try:
                    process.wait(timeout=chance.uniform(0, whole))
                except subprocess.TimeoutExpired:
                    process.kill()
                process.communicate()
                status, document = project.run(f"k{number}")
                self.assertEqual(status, 0, f"seed {seed}, kill {number}: {document}")
                self.assertEqual(project.rows(), {name: number + 1 for name in APPENDED},
                                 f"I4 effect once: seed {seed}, kill {number}")

    def test_of_eight_callers_at_once_one_runs(self):
        with Project() as project:
            for number in range(1, int(os.environ.get("ROCKY_RACES", "200")) + 1):
                callers = [project.start("run", "--idempotency-key", f"k{number}") for _ in range(8)]
                answers = [ended(caller) for caller in callers]
                statuses = sorted(document["status"] for _, document in answers)
                self.assertEqual([status for status, _ in answers], [0] * 8, answers)
                self.assertEqual(statuses.count("Success"), 1, f"I1 exclusive grant: {statuses}")
                if number % 20 == 0:
                    self.expect_once(project, number)

    def test_a_stopped_owner_is_never_adopted_and_goes_on(self):
        with Project() as project:
            owner = project.start("run", "--idempotency-key", "k", ROCKY_STOP_AT="unit_executed")
            os.waitid(os.P_PID, owner.pid, os.WSTOPPED | os.WNOWAIT)
            status, document = project.run("k")
            self.assertEqual((status, document["status"]), (0, "SkippedInFlight"))
            self.assertEqual(document["dedup"]["owner"]["pid"], owner.pid)
            owner.send_signal(signal.SIGCONT)
            status, document = ended(owner)
            self.assertEqual((status, document["status"]), (0, "Success"))
            self.expect_once(project)

    def test_sigterm_inside_a_long_statement_rolls_back_and_frees_the_key(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=name), Project(slow_rows=20_000_000_000) as project:
                owner = project.start("run", "--idempotency-key", "k")
                project.wait_until_in_flight("k", owner)
                sent = time.monotonic()
                owner.send_signal(name)
                status, document = ended(owner)
                self.assertLess(time.monotonic() - sent, 2.0)
                self.assertEqual(status, 130, document)
                self.assertEqual(document["error"]["name"], "interrupted")
                self.assertEqual(project.claim("k")["state"], "released")
                project.write_model("slow", "SELECT 1 AS worst")
                status, document = project.run("k")
                self.assertEqual((status, document["status"]), (0, "Success"), document)
                self.expect_once(project)

    def test_sigterm_ends_a_run_whose_statement_cannot_be_interrupted(self):
        for key in (["--idempotency-key", "k"], []):
            with self.subTest(key=key), Project() as project:
                os.mkfifo(project.folder / "nobody_writes.csv")
                project.write_model("waits", "SELECT * FROM read_csv('nobody_writes.csv')")
                owner = project.start("run", *key)
                self.wait_until_it_sleeps(owner)
                status, document = self.stopped_in_time(owner)
                self.assertEqual(status, 130, document)
                self.assertIn(document["status"], ("PartialFailure", "Failure"))
                self.assertEqual((document["interrupted"], document["error"]["name"]), (True, "interrupted"))
                self.assertEqual(project.rocky("history")[1]["runs"][0]["status"], document["status"])
                if key:
                    self.assertEqual(project.claim("k")["state"], "released")
                project.write_model("waits", "SELECT 1 AS i")
                status, document = project.run("k")
                self.assertEqual((status, document["status"]), (0, "Success"), document)
                if key:
                    self.expect_once(project)

    def test_sigterm_ends_a_wait_for_the_file_that_another_run_holds(self):
        with Project() as project:
            holder = project.start("run", "--idempotency-key", "held", ROCKY_STOP_AT="unit_executed")
            os.waitid(os.P_PID, holder.pid, os.WSTOPPED | os.WNOWAIT)
            for arguments in (["--idempotency-key", "k"], []):
                with self.subTest(arguments=arguments):
                    waiting = project.start("--lock-timeout", "600", "run", *arguments)
                    if arguments:
                        project.wait_until_in_flight("k", waiting)
                    else:
                        self.wait_until_it_sleeps(waiting)
                    status, document = self.stopped_in_time(waiting)
                    self.assertEqual(status, 130, document)
                    self.assertEqual(document["error"]["name"], "interrupted")
            self.assertEqual(project.claim("k")["state"], "released")
            holder.send_signal(signal.SIGCONT)
            self.assertEqual(ended(holder)[0], 0)
            self.assertEqual(project.run("k")[0], 0)
            self.expect_once(project, 2)

    def test_sigterm_ends_a_run_whose_state_file_is_held(self):
        for step in ("claim_sent", "checks_done", "finish_sent"):
            with self.subTest(step=step), Project() as project:
                project.rocky("history")  # Nothing of the state is there yet: SQLite shall make it.
                owner = project.start("run", "--idempotency-key", "k", ROCKY_STOP_AT=step)
                os.waitid(os.P_PID, owner.pid, os.WSTOPPED | os.WNOWAIT)
                state = sqlite3.connect(project.folder / ".rocky-state.db", isolation_level=None)
                state.execute("PRAGMA journal_mode = WAL")
                state.execute("BEGIN IMMEDIATE")
                owner.send_signal(signal.SIGCONT)
                self.wait_until_it_sleeps(owner)
                status, document = self.stopped_in_time(owner)
                self.assertIn(status, (0, 130), document)
                state.execute("ROLLBACK")
                state.close()
                # What the store did not take waits in the spool, and nothing is done twice.
                self.assertEqual(project.run("k")[0], 0)
                self.expect_once(project)

    def wait_until_it_sleeps(self, process):
        """Until it waits for something, seen three times in a row."""
        asleep = 0
        while asleep < 3:
            self.assertIsNone(process.poll())
            state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
            asleep = asleep + 1 if state == "S" else 0
            time.sleep(0.1)

    def stopped_in_time(self, process):
        sent = time.monotonic()
        process.send_signal(signal.SIGTERM)
        answer = ended(process)
        self.assertLess(time.monotonic() - sent, 2.0)
        return answer

    def test_sigterm_before_and_after_the_tables_ends_the_run_in_order(self):
        for step in ("claimed", "fence_raised", "checks_done", "recorded"):
            with self.subTest(step=step), Project() as project:
                owner = project.start("run", "--idempotency-key", "k", ROCKY_STOP_AT=step)
                os.waitid(os.P_PID, owner.pid, os.WSTOPPED | os.WNOWAIT)
                owner.send_signal(signal.SIGTERM)
                owner.send_signal(signal.SIGCONT)
                status, document = ended(owner)
                # Once everything is committed and recorded there is nothing left to interrupt.
                self.assertIn(status, (0, 130), document)
                self.assertNotEqual(project.claim("k")["state"], "in_flight", "I5 no wedge")
                status, document = project.run("k")
                self.assertEqual(status, 0, document)
                self.expect_once(project)

    def test_a_skip_does_not_load_duckdb(self):
        with Project() as project:
            project.run("k")
            skipped = subprocess.run([ROCKY, "--output", "json", "run", "--idempotency-key", "k"],
                                     cwd=project.folder, env={**os.environ, "LD_DEBUG": "files"},
                                     capture_output=True, text=True, check=False)
            self.assertIn("SkippedIdempotent", skipped.stdout)
            self.assertNotIn("libduckdb", skipped.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
