#include <gtest/gtest.h>

#include "output/pages.h"

namespace rocky::output {
namespace {

RunOutput copied_two() {
  RunOutput run;
  run.run_id = "run-20260423-100000-123-0123456789ab";
  run.duration_ms = 420;
  run.tables_copied = 2;
  for (const auto& [name, rows] : {std::pair{"poc.raw.orders", 1204331}, {"poc.raw.users", 12}}) {
    Materialization table;
    table.asset_key = {"duckdb", name};
    table.rows_copied = rows;
    table.duration_ms = 100;
    table.metadata.strategy = "full_refresh";
    table.metadata.target_table_full_name = name;
    run.materializations.push_back(table);
  }
  return run;
}

TEST(RunPage, ListsTablesAndClosesWithOneLine) {
  EXPECT_EQ(to_terminal(page_of(copied_two())),
            "table           what               rows   time\n"
            "──────────────  ────────────  ─────────  ─────\n"
            "poc.raw.orders  full_refresh  1,204,331  0.10s\n"
            "poc.raw.users   full_refresh         12  0.10s\n"
            "done in 0.42s · 2 ok · 1,204,343 rows · run run-20260423-100000-123-0123456789ab\n");
}

TEST(RunPage, AFailureSaysWhatFailedAndHowToDoTheRest) {
  RunOutput run = copied_two();
  run.status = RunStatus::PartialFailure;
  run.tables_failed = 1;
  run.tables_skipped = 1;
  run.errors = {{{"poc", "raw", "broken"},
                 "no such column",
                 "R0503",
                 "query-rejected",
                 "did you mean \"id\"?",
                 Place{"models/broken.sql", 3}}};
  run.contained = {{"report", {"broken"}, ""}};
  run.dedup.emplace();
  const std::string text = to_terminal(page_of(run));
  EXPECT_NE(text.find("failed[R0503] poc.raw.broken: no such column\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  --> models/broken.sql:3\n  help: did you mean \"id\"?\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("not tried: report, because broken failed\n"), std::string::npos) << text;
  EXPECT_NE(text.find("failed in "), std::string::npos) << text;
  EXPECT_NE(text.find("2 ok · 1 failed · 1 skipped"), std::string::npos) << text;
  EXPECT_NE(text.find("the same command with the same key"), std::string::npos) << text;
}

TEST(RunPage, OfARunThatEndedBeforeItsWorkTheErrorSaysItAll) {
  RunOutput run;
  run.status = RunStatus::Failure;
  EXPECT_TRUE(page_of(run).empty());
}

TEST(RunPage, ARecoveredRunIsSaidToBeRecordedOnlyIfItIs) {
  RunOutput run;
  run.status = RunStatus::SkippedIdempotent;
  run.tables_skipped = 1;
  run.dedup.emplace();
  run.dedup->decision = "recovered";
  EXPECT_EQ(to_terminal(page_of(run)).find("recorded now"), std::string::npos);
  run.dedup->recorded = true;
  EXPECT_NE(to_terminal(page_of(run)).find("recorded now"), std::string::npos);
}

TEST(RunPage, ASkipSaysWhoDidItWhenAndHowToRunAnyway) {
  RunOutput run;
  run.status = RunStatus::SkippedIdempotent;
  run.idempotency_key = "nightly's";
  run.skipped_by_run_id = "run-20260423-100000-123-0123456789ab";
  EXPECT_EQ(
      to_terminal(page_of(run)),
      "skipped: key 'nightly'\\''s' was used by run-20260423-100000-123-0123456789ab, started "
      "2026-04-23 10:00:00 UTC\n"
      "to run it anyway: rocky state claims release 'nightly'\\''s' --rerun --reason TEXT\n");
}

TEST(RunPage, AKeyThatLooksLikeAnOptionIsNamedByItsDigest) {
  RunOutput run;
  run.status = RunStatus::SkippedIdempotent;
  run.idempotency_key = "--help";
  run.dedup.emplace().key_sha256 = "3f0c";
  EXPECT_NE(to_terminal(page_of(run)).find("claims release sha256:3f0c --rerun"),
            std::string::npos);
}

TEST(RunPage, AHeldKeyNamesItsHolder) {
  RunOutput run;
  run.status = RunStatus::SkippedInFlight;
  run.idempotency_key = "k";
  run.skipped_by_run_id = "other";
  run.dedup.emplace();
  run.dedup->owner = ClaimOwner{"other", "db1", 4242, 8100, 141900};
  const std::string text = to_terminal(page_of(run));
  EXPECT_NE(text.find("held by other (host db1, pid 4242, last seen 8s ago)"), std::string::npos)
      << text;
  EXPECT_NE(text.find("--on-in-flight wait"), std::string::npos) << text;
}

TEST(RunPage, ARunIdThatIsNotOursTellsNoTime) {
  EXPECT_EQ(start_of_run("run-20260423-100000-123-x"), "2026-04-23 10:00:00 UTC");
  EXPECT_EQ(start_of_run("run-2026042x-100000-123"), "");
  EXPECT_EQ(start_of_run("abc"), "");
}

TEST(RunPage, AKeyIsShownAsAShellTakesIt) {
  EXPECT_EQ(shell_quoted("2026-04-23"), "2026-04-23");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's\x1b[31m\n"), "$'it\\'s\\x1b[31m\\x0a'");
}

}  // namespace
}  // namespace rocky::output
