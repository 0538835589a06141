#include <map>
#include <set>
#include <unordered_set>

#include "base/strings.h"
#include "commands/claim_lookup.h"
#include "commands/claim_request.h"
#include "commands/open_target.h"
#include "commands/project.h"
#include "commands/verbs.h"
#include "dedup/decide.h"
#include "ledger/run_records.h"
#include "output/error_info.h"

namespace rocky::commands {
namespace {

constexpr int kPageSize = 1000;

/// What a target proves of one key.
struct Proof {
  std::optional<stamp::Fence> fence;
  std::int64_t stamps = 0;
};

std::string part_of(const dedup::ClaimRecord& record, const std::string& name) {
  const auto found = record.request.parts.find(name);
  return found == record.request.parts.end() ? "" : found->second;
}

/// Where record and target part ways; empty: nowhere.
std::string problem_of(const dedup::ClaimRecord& record, const Proof& proof) {
  const std::uint64_t fence_epoch = proof.fence ? proof.fence->epoch : 0;
  if (fence_epoch > record.epoch) return "record_behind";
  if (record.state != dedup::ClaimState::Succeeded) return "";
  if (!proof.fence) return "fence_missing";
  return proof.stamps < record.units.total ? "stamps_missing" : "";
}

/// One comparison of a store with the targets of a configuration.
class Verification {
 public:
  Verification(const World& world, const Globals& globals, const ClaimsOffice& office)
      : world_(world), globals_(globals), office_(office) {
    output_.version = world.version;
  }

  Result<Reply> reply() {
    ROCKY_TRY(read_records());
    for (const config::Pipeline* pipeline : pipelines_by_target(office_.config))
      ROCKY_TRY(compare(*pipeline));
    for (const auto& [adapter, claims] : claims_) output_.not_checked += count_of(claims);
    if (output_.problems.empty()) return reply_with(output_);
    const Error error = fail(ErrorCode::Unproven, "targets and records do not agree keys=`{}`",
                             output_.problems.size())
                            .with_hint(ways_out());
    output_.error = output::describe_error(error);
    return reply_with(output_, error);
  }

 private:
  /// For each kind of problem there is.
  std::string ways_out() const {
    std::set<std::string> ways;
    for (const output::VerifyProblem& one : output_.problems) {
      if (one.problem == "record_behind") {
        ways.insert(
            "a state store that went back (record_behind): `rocky state claims release KEY "
            "--reason "
            "TEXT`, not with --rerun; the next run takes over what is committed");
      } else if (one.problem == "record_unreadable") {
        ways.insert("a record that cannot be read: `rocky state claims repair KEY --reason TEXT`");
      } else {
        ways.insert(
            "a target that was restored: run its keys again, `rocky state claims release KEY "
            "--rerun --reason TEXT`");
      }
    }
    return join(std::vector(ways.begin(), ways.end()), "\n");
  }

  using Claims = std::vector<dedup::ListedClaim>;
  static std::int64_t count_of(const Claims& claims) {
    return static_cast<std::int64_t>(claims.size());
  }

  /// Sorts the keys by the target that they name.
  Status read_records() {
    std::string after;
    do {
      ROCKY_ASSIGN(ClaimPage page, claims_after(world_, office_.store, after, kPageSize));
      for (dedup::ListedClaim& claim : page.claims) {
        ++output_.keys;
        names_.insert(stamp::stamp_name_of_record(claim.key_sha256));
        if (!claim.record) add_unreadable(claim);
        claims_[adapter_of(claim)].push_back(std::move(claim));
      }
      after = page.next;
    } while (!after.empty());
    ROCKY_ASSIGN(const auto runs, ledger::list_run_records(office_.store.backend()));
    for (const std::string& run : runs)
      names_.insert(stamp::stamp_name_of_run(run.substr(run.rfind('/') + 1)));
    return {};
  }

  /// Empty where the key cannot be compared.
  std::string adapter_of(const dedup::ListedClaim& claim) const {
    if (!claim.record || (claim.age && dedup::is_lapsed(*claim.record, *claim.age))) return "";
    const dedup::ClaimRecord& record = *claim.record;
    const config::Pipeline* pipeline = office_.config.find_pipeline(part_of(record, "pipeline"));
    if (!pipeline || part_of(record, "target") != target_identity(office_.config, *pipeline))
      return "";
    return pipeline->target_adapter();
  }

  Status compare(const config::Pipeline& pipeline) {
    const std::string& adapter = pipeline.target_adapter();
    const auto found = claims_.extract(adapter);
    const Claims claims = found.empty() ? Claims() : found.mapped();
    ROCKY_ASSIGN(const bool absent, is_target_absent(office_.config, pipeline));
    if (absent) {
      for (const auto& claim : claims) without_target(adapter, claim);
      return {};
    }
    ROCKY_ASSIGN(OpenTarget opened, open_target(world_, globals_, office_.config, pipeline,
                                                MissingTables::StayMissing));
    ROCKY_TRY(opened.target->open());
    if (!opened.target->stamped()) {
      output_.not_checked += count_of(claims);
      return {};
    }
    for (const auto& claim : claims) ROCKY_TRY(compare_one(adapter, *opened.target, claim));
    return look_for_danglers(adapter, *opened.target);
  }

  void without_target(const std::string& adapter, const dedup::ListedClaim& claim) {
    if (claim.record->state == dedup::ClaimState::Succeeded)
      add("target_missing", adapter, *claim.record, {});
  }

  Status compare_one(const std::string& adapter, stamp::Target& target,
                     const dedup::ListedClaim& claim) {
    const dedup::ClaimRecord& record = *claim.record;
    const std::string name = stamp::stamp_name_of_record(claim.key_sha256);
    Proof proof;
    ROCKY_ASSIGN(proof.fence, target.read_fence(name));
    ROCKY_ASSIGN(const auto stamps, target.reconcile(name, record.generation));
    proof.stamps = static_cast<std::int64_t>(stamps.size());
    const std::string problem = problem_of(record, proof);
    if (!problem.empty()) add(problem, adapter, record, proof);
    const bool is_proven = problem.empty() && record.state == dedup::ClaimState::Succeeded;
    output_.proven += is_proven ? 1 : 0;
    return {};
  }

  void add_unreadable(const dedup::ListedClaim& claim) {
    output::VerifyProblem& one = output_.problems.emplace_back();
    one.problem = "record_unreadable";
    one.key_sha256 = claim.key_sha256;
  }

  void add(const std::string& problem, const std::string& adapter, const dedup::ClaimRecord& record,
           const Proof& proof) {
    output::VerifyProblem& one = output_.problems.emplace_back();
    one.problem = problem;
    one.adapter = adapter;
    one.key_sha256 = record.key_sha256;
    if (record.key && is_utf8(*record.key)) one.key = *record.key;
    one.run_id = record.owner.run_id;
    one.state = name_of(record.state);
    one.epoch = record.epoch;
    one.fence_epoch = proof.fence ? proof.fence->epoch : 0;
    one.units = record.units.total;
    one.stamps = proof.stamps;
  }

  Status look_for_danglers(const std::string& adapter, stamp::Target& target) {
    std::string after;
    while (true) {
      ROCKY_ASSIGN(const auto fences, target.list_fences(after, kPageSize));
      for (const stamp::ListedFence& fence : fences) {
        ++output_.fences;
        if (names_.contains(fence.key_sha256)) continue;
        output_.dangling_fences.push_back(
            {adapter, fence.key_sha256, fence.epoch, fence.generation, fence.run_id});
      }
      if (fences.size() < kPageSize) return {};
      after = fences.back().key_sha256;
    }
  }

  const World& world_;
  const Globals& globals_;
  const ClaimsOffice& office_;
  output::VerifyOutput output_;
  std::map<std::string, Claims> claims_;   // By adapter; "" for those that cannot be compared.
  std::unordered_set<std::string> names_;  // Of every fence that a record stands for.
};

}  // namespace

Result<Reply> state_verify(const World& world, const Globals& globals, const VerifyArguments&) {
  ROCKY_ASSIGN(const ClaimsOffice office, open_claims(world, globals));
  return Verification(world, globals, office).reply();
}

}  // namespace rocky::commands
