#include <algorithm>
#include <iterator>

#include "base/strings.h"
#include "commands/verbs.h"

namespace rocky::commands {
namespace {

struct Topic {
  std::string_view name;
  std::string_view text;
};

constexpr Topic kTopics[] = {
    {"exit-codes", R"(Exit codes

    0  success; also a skip, because the key's work is done or under way
    1  failure
    2  partial failure (status PartialFailure), failed checks (check_gate_failed), or wrong usage
    3  doctor found something critical
    4  ci found warnings
   75  nothing was decided, or the key is held: retry later with the same key
   76  done, but not recorded (--strict-record only)
  130  interrupted

With --output json every failure is also a document on stdout whose `error` has the code, the hint, and
whether a retry can help. `rocky explain CODE` explains a code.)"},
    {"environment", R"(Environment

Options that have a variable name it in `rocky VERB --help`; the option wins over the variable, the variable
over rocky.toml. An empty variable counts as unset.

  ROCKY_CONFIG, ROCKY_OUTPUT, ROCKY_ENV, ROCKY_STATE_PATH, ROCKY_STATE_NAMESPACE   which project and state
  ROCKY_IDEMPOTENCY_KEY, ROCKY_ON_IN_FLIGHT, ROCKY_WAIT_TIMEOUT                    the key of a run
  ROCKY_LOG            debug, info, warning, error or off: what is said on stderr
  ROCKY_RUN_TRIGGER    what started a run, as history shows it
  NO_COLOR, CI         respected

For tests: ROCKY_CRASH_AT=STEP[:N] ends the process by SIGKILL when it reaches a step for the Nth time,
ROCKY_STOP_AT likewise stops it. Steps: claim_sent, claimed, fence_raised, unit_begun, unit_executed,
unit_committed, checks_done, recorded, finish_sent, finished.

In rocky.toml, ${NAME} and ${NAME:-default} stand for a variable, ${file:/path} for a file's content.)"},
    {"idempotency", R"(Idempotency

  rocky run --idempotency-key nightly-2026-04-23

A run with a key happens once. The key names a piece of work; whoever starts it again with the same key
learns who did it instead of doing it twice:

  the key is new, failed or was released   the work is done
  done before                              SkippedIdempotent, exit 0, skipped_by_run_id
  another run holds it                     SkippedInFlight, exit 0; --on-in-flight wait or fail
  its owner died                           taken over; what was committed is not done again
  used for another request                 error key_conflict, nothing is run

A good key says which piece of work it is: a schedule time, a partition, a message id. Never the number of
a try: a retry must have the same key. Keys are stored as they are, so no secrets in them.

  rocky state claims list              keys and their state
  rocky state claims show KEY          who holds it, how far it is, when it can be taken over
  rocky state claims release KEY --reason TEXT          let it be claimed again; the rest is done
  rocky state claims release KEY --rerun --reason TEXT  everything is done again)"},
};

}  // namespace

Result<Reply> help_topic(const World& world, const Globals&, const HelpArguments& arguments) {
  const auto* topic = std::find_if(std::begin(kTopics), std::end(kTopics),
                                   [&](const Topic& one) { return one.name == arguments.topic; });
  if (topic == std::end(kTopics)) {
    return fail(ErrorCode::Usage, "there is no such topic topic=`{}`", arguments.topic)
        .with_hint(
            "topics: exit-codes, environment, idempotency; `rocky VERB --help` explains a verb");
  }
  output::HelpOutput output;
  output.version = world.version;
  output.topic = topic->name;
  output.text = topic->text;
  return reply_with(output);
}

}  // namespace rocky::commands
