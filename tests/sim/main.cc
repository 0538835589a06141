// rocky_sim: plays the run-once protocol under many seeds and reports the first broken promise.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/clock.h"
#include "sim/campaign.h"

namespace rocky::sim {
namespace {

struct Options {
  std::uint64_t seeds = 20'000;
  std::uint64_t first = 1;
  std::uint64_t replay = 0;
  double hours = 0;
  int workers = 2;
  bool mutants = false;
  std::string mutant;
};

int failed(const Failure& failure) {
  std::printf("seed %llu: %s: %s\n  replay: ./dev sim --seed %llu\n",
              static_cast<unsigned long long>(failure.seed), failure.promise.c_str(),
              failure.what.c_str(), static_cast<unsigned long long>(failure.seed));
  return 1;
}

int report(const Tally& tally) {
  if (tally.first_failure) return failed(*tally.first_failure);
  std::printf("%llu schedules, no promise broken\n", static_cast<unsigned long long>(tally.played));
  return 0;
}

int replay(const Options& options) {
  Setting setting = draw_setting(options.replay);
  AllRules rules;
  for (const Mutant& mutant : all_mutants()) {
    if (mutant.rule != options.mutant) continue;
    mutant.switch_off(rules);
    mutant.shape(setting);
  }
  const Verdict verdict = play(options.replay, setting, rules, /*keep_trace=*/true);
  for (const std::string& line : verdict.trace) std::printf("%s\n", line.c_str());
  std::printf("hash %016llx\n", static_cast<unsigned long long>(verdict.hash));
  if (!verdict.violation) return 0;
  return failed({options.replay, verdict.violation->promise, verdict.violation->what});
}

int hunt_all(const Options& options) {
  int missed = 0;
  for (const Mutant& mutant : all_mutants()) {
    if (!options.mutant.empty() && mutant.rule != options.mutant) continue;
    const Tally tally = hunt(mutant, {options.first, options.seeds});
    missed += tally.first_failure ? 0 : 1;
    std::printf("%-52.*s %s\n", static_cast<int>(mutant.rule.size()), mutant.rule.data(),
                tally.first_failure
                    ? fmt::format("caught after {:5} by seed {:5}: {}", tally.played,
                                  tally.first_failure->seed, tally.first_failure->promise)
                          .c_str()
                    : fmt::format("NOT CAUGHT in {} schedules", tally.played).c_str());
    std::fflush(stdout);
  }
  return missed == 0 ? 0 : 1;
}

int play_for(const Options& options) {
  const auto until =
      system_clock().boot_now() +
      std::chrono::duration_cast<Millis>(std::chrono::duration<double>(options.hours * 3600));
  Tally total;
  std::uint64_t first = options.first;
  for (; system_clock().boot_now() < until && !total.first_failure; first += 10'000) {
    const Tally tally = play_seeds({first, 10'000}, options.workers);
    total.played += tally.played;
    total.first_failure = tally.first_failure;
  }
  return report(total);
}

}  // namespace
}  // namespace rocky::sim

int main(int argc, char** argv) {
  using namespace rocky::sim;
  Options options;
  CLI::App app("Plays the run-once protocol in simulated worlds, one per seed.");
  app.add_option("--seeds", options.seeds, "How many seeds; of each mutant with --mutants");
  app.add_option("--first", options.first, "The first of them");
  app.add_option("--seed", options.replay, "Play this one and print its trace");
  app.add_option("--hours", options.hours, "Play on for this long");
  app.add_option("--workers", options.workers, "Child processes at a time");
  app.add_flag("--mutants", options.mutants,
               "Switch off one rule after another; each must be caught");
  app.add_option("--mutant", options.mutant, "This one alone, or with --seed: switched off there");
  CLI11_PARSE(app, argc, argv);
  if (options.replay != 0) return replay(options);
  if (options.mutants) return hunt_all(options);
  if (options.hours > 0) return play_for(options);
  return report(play_seeds({options.first, options.seeds}, options.workers));
}
