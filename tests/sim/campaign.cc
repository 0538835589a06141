#include "sim/campaign.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <vector>

#include "base/check.h"

namespace rocky::sim {
namespace {

// Few enough that what killed processes leave behind stays small, enough that the fork costs
// nothing.
constexpr std::uint64_t kSeedsPerChild = 500;

/// What a child tells its parent, in memory that both see: it survives the child.
struct Report {
  std::atomic<std::uint64_t> playing{0};
  std::atomic<std::uint64_t> played{0};
  std::atomic<bool> failed{false};
  char promise[128] = {};
  char what[512] = {};
};

void copy_text(const std::string& text, char* to, std::size_t size) {
  std::strncpy(to, text.c_str(), size - 1);
}

class Child {
 public:
  Child(Seeds seeds, const Mutant* mutant) : report_(map_report()) {
    pid_ = fork();
    ROCKY_CHECK(pid_ >= 0);
    if (pid_ == 0) {
      play_all(seeds, mutant);
      _exit(0);
    }
  }
  ~Child() { munmap(report_, sizeof(Report)); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Waits for its end and adds what it found.
  void collect(Tally& tally) {
    int status = 0;
    ROCKY_CHECK(waitpid(pid_, &status, 0) == pid_);
    tally.played += report_->played;
    const bool crashed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    if (!crashed && !report_->failed) return;
    const Failure failure = crashed
                                ? Failure{report_->playing, "the code does not crash", how(status)}
                                : Failure{report_->playing, report_->promise, report_->what};
    if (!tally.first_failure || failure.seed < tally.first_failure->seed)
      tally.first_failure = failure;
  }

 private:
  static Report* map_report() {
    void* memory =
        mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ROCKY_CHECK(memory != MAP_FAILED);
    return new (memory) Report;
  }

  static std::string how(int status) {
    return WIFSIGNALED(status) ? fmt::format("ended by signal {}", WTERMSIG(status))
                               : fmt::format("ended with {}", WEXITSTATUS(status));
  }

  void play_all(Seeds seeds, const Mutant* mutant) {
    AllRules rules;
    if (mutant != nullptr) mutant->switch_off(rules);
    for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
      Setting setting = draw_setting(seed);
      if (mutant != nullptr) mutant->shape(setting);
      report_->playing = seed;
      const Verdict verdict = play(seed, setting, rules);
      ++report_->played;
      if (!verdict.violation) continue;
      copy_text(verdict.violation->promise, report_->promise, sizeof report_->promise);
      copy_text(verdict.violation->what, report_->what, sizeof report_->what);
      report_->failed = true;
      return;
    }
  }

  Report* report_;
  pid_t pid_ = 0;
};

Tally play_in_children(Seeds seeds, int workers, const Mutant* mutant) {
  Tally tally;
  std::vector<std::unique_ptr<Child>> children;
  const std::uint64_t end = seeds.first + seeds.count;
  for (std::uint64_t first = seeds.first; first < end && !tally.first_failure;
       first += kSeedsPerChild) {
    children.push_back(
        std::make_unique<Child>(Seeds{first, std::min(kSeedsPerChild, end - first)}, mutant));
    if (children.size() < static_cast<std::size_t>(workers)) continue;
    children.front()->collect(tally);
    children.erase(children.begin());
  }
  for (auto& child : children) child->collect(tally);
  return tally;
}

}  // namespace

Tally play_seeds(Seeds seeds, int workers) { return play_in_children(seeds, workers, nullptr); }

Tally hunt(const Mutant& mutant, Seeds seeds) { return play_in_children(seeds, 1, &mutant); }

}  // namespace rocky::sim
