#include "commands/project.h"
#include "commands/run_history.h"
#include "commands/verbs.h"
#include "output/error_info.h"

namespace rocky::commands {
namespace {

Error still_waiting(const DrainedSpools& drained) {
  if (drained.runs.unreadable > 0) {
    return fail(ErrorCode::StoreCorrupt,
                "files among the kept run records cannot be read files=`{}`",
                drained.runs.unreadable)
        .with_hint("look at the files in the folder `runs` of the spool, and move them away");
  }
  return fail(ErrorCode::StoreUnavailable, "the state store did not say whether all was recorded")
      .with_hint("run `rocky state drain` again; what waits is kept");
}

}  // namespace

Result<Reply> state_drain(const World& world, const Globals& globals, const DrainArguments&) {
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  ROCKY_ASSIGN(const RunStore store, open_run_store(world, globals, config));
  ROCKY_ASSIGN(const DrainedSpools drained, drain_spools(world, store));
  output::DrainOutput output;
  output.version = world.version;
  output.finishes = {drained.finishes.recorded,
                     static_cast<std::int64_t>(drained.finishes.dropped.size()),
                     drained.finishes.undecided};
  output.runs = {drained.runs.recorded, drained.runs.dropped, drained.runs.unreadable};
  if (!drained.finishes.undecided && drained.runs.unreadable == 0) return reply_with(output);
  Error error = still_waiting(drained);
  output.error = output::describe_error(error);
  return reply_with(output, std::move(error));
}

}  // namespace rocky::commands
