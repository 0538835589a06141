#include "commands/project.h"
#include "commands/run_history.h"
#include "commands/verbs.h"
#include "output/error_info.h"

namespace rocky::commands {
namespace {

/// Why not all is recorded; empty: it is. `left`: what waits among the finishes now.
std::optional<Error> still_waiting(const DrainedSpools& drained,
                                   const Result<std::vector<dedup::SpooledFinish>>& left) {
  if (drained.finishes.undecided > 0) {
    return fail(ErrorCode::StoreUnavailable, "the state store did not say whether all was recorded")
        .with_hint("run `rocky state drain` again; what waits is kept");
  }
  if (drained.finishes.unreadable > 0) {
    return fail(ErrorCode::StoreCorrupt,
                "ends of keyed runs wait that cannot be recorded: they, or what stands under their "
                "keys, cannot be read or are of a newer version finishes=`{}`",
                drained.finishes.unreadable)
        .with_hint(
            "`rocky state claims list` shows keys that cannot be read; what a newer version wrote "
            "needs that version");
  }
  if (!left) return left.error();
  if (drained.runs.unreadable > 0) {
    return fail(ErrorCode::StoreCorrupt,
                "files among the kept run records cannot be read files=`{}`",
                drained.runs.unreadable)
        .with_hint("look at the files in the folder `runs` of the spool, and move them away");
  }
  return std::nullopt;
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
                     drained.finishes.undecided, drained.finishes.unreadable};
  output.runs = {drained.runs.recorded, drained.runs.dropped, drained.runs.unreadable};
  auto error = still_waiting(drained, store.means(world).spool.entries(""));
  if (!error) return reply_with(output);
  output.error = output::describe_error(*error);
  return reply_with(output, std::move(*error));
}

}  // namespace rocky::commands
