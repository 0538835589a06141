#include "commands/open_target.h"
#include "commands/project.h"
#include "commands/run_history.h"
#include "commands/verbs.h"
#include "dedup/sweep.h"
#include "ledger/run_records.h"
#include "output/error_info.h"

namespace rocky::commands {
namespace {

constexpr int kPageSize = 1000;

/// Everything of a store and its targets that is past its time, part after part: one that fails
/// does not keep the others from being swept.
class Collector {
 public:
  Collector(const World& world, const Globals& globals, const config::RockyConfig& config,
            const RunStore& store)
      : world_(world), globals_(globals), config_(config), store_(store) {
    output_.version = world.version;
  }

  Reply reply() {
    note(sweep_keys());
    note(sweep_runs());
    for (const config::Pipeline* pipeline : pipelines_by_target(config_)) sweep_target(*pipeline);
    if (!error_) return reply_with(output_);
    output_.error = output::describe_error(*error_);
    return reply_with(output_, *error_);
  }

 private:
  Status sweep_keys() {
    ROCKY_ASSIGN(const dedup::Swept swept, dedup::sweep_all(store_.means(world_)));
    output_.keys = {swept.examined, swept.removed, swept.unreadable};
    return {};
  }

  Status sweep_runs() {
    const auto kept = history_kept(config_.state);
    if (!kept) return {};
    const ledger::HistoryLimit history{world_.clock.wall_now(), *kept};
    std::string after;
    do {
      ROCKY_ASSIGN(const auto swept,
                   ledger::sweep_run_records(store_.backend(), history, kPageSize, after));
      output_.runs.removed += swept.removed;
      output_.runs.left += swept.left;
      after = swept.next;
    } while (!after.empty());
    return {};
  }

  void sweep_target(const config::Pipeline& pipeline) {
    const auto absent = is_target_absent(config_, pipeline);
    if (absent && *absent) return;
    output::SweptStamps& stamps = output_.stamps.emplace_back();
    stamps.adapter = pipeline.target_adapter();
    const Status swept = absent ? sweep_stamps(pipeline, stamps) : Status(absent.error());
    if (!swept) stamps.error = output::describe_error(swept.error());
    note(swept);
  }

  Status sweep_stamps(const config::Pipeline& pipeline, output::SweptStamps& stamps) {
    ROCKY_ASSIGN(OpenTarget opened,
                 open_target(world_, globals_, config_, pipeline, MissingTables::StayMissing));
    ROCKY_TRY(opened.target->open());
    while (true) {
      ROCKY_ASSIGN(const int removed, opened.target->sweep(kPageSize));
      stamps.removed += removed;
      if (removed == 0) return opened.warehouse->checkpoint();
    }
  }

  void note(const Status& status) {
    if (!status && !error_) error_ = status.error();
  }

  const World& world_;
  const Globals& globals_;
  const config::RockyConfig& config_;
  const RunStore& store_;
  output::GcOutput output_;
  std::optional<Error> error_;
};

}  // namespace

Result<Reply> state_gc(const World& world, const Globals& globals, const GcArguments&) {
  ROCKY_ASSIGN(const config::RockyConfig config, read_project(world, globals));
  ROCKY_ASSIGN(const RunStore store, open_run_store(world, globals, config));
  // Whether a store removes keys conditionally shows in its probe.
  ROCKY_TRY(store.verify());
  drain_in_passing(world, store);
  return Collector(world, globals, config, store).reply();
}

}  // namespace rocky::commands
