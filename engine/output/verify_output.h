#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "output/error_info.h"

namespace rocky::output {

/// A key whose record and target do not agree.
struct VerifyProblem {
  std::string problem;
  std::string adapter;
  std::string key_sha256;
  std::optional<std::string> key;
  std::string run_id;
  std::string state;
  std::uint64_t epoch = 0;
  std::uint64_t fence_epoch = 0;
  std::int64_t units = 0;
  std::int64_t stamps = 0;

  static constexpr void describe(auto field) {
    using P = VerifyProblem;
    field("problem", &P::problem,
          "`target_missing`, `fence_missing`, `stamps_missing`: the record says succeeded and the "
          "target, perhaps restored from an older copy, does not prove it. `record_behind`: the "
          "target was granted to a later owner than the record knows of; the state store went "
          "back. `record_unreadable`: nobody can tell what the record says.");
    field("adapter", &P::adapter, "The target.");
    field("key_sha256", &P::key_sha256, "Names the record.");
    field("key", &P::key, "The key, where it is stored and UTF-8.", Presence::OmitEmpty);
    field("run_id", &P::run_id, "The run that holds or finished it.");
    field("state", &P::state, "State of the record.");
    field("epoch", &P::epoch, "Epoch of the record.");
    field("fence_epoch", &P::fence_epoch, "Epoch of the fence; 0: there is none.");
    field("units", &P::units, "Units that the record says are done.");
    field("stamps", &P::stamps, "Units that the target proves.");
  }
};

/// A fence that no record stands for: its record was swept, lost, or is in another store.
struct DanglingFence {
  std::string adapter;
  std::string name;
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  std::string run_id;

  static constexpr void describe(auto field) {
    using D = DanglingFence;
    field("adapter", &D::adapter, "The target.");
    field("name", &D::name, "Names the fence in `run_fence`.");
    field("epoch", &D::epoch, "Its epoch.");
    field("generation", &D::generation, "Its generation.");
    field("run_id", &D::run_id, "The newest run that committed under it.", Presence::OmitEmpty);
  }
};

/// `rocky state verify`.
struct VerifyOutput {
  std::string version;
  std::string command = "state verify";
  std::int64_t keys = 0;
  std::int64_t proven = 0;
  std::int64_t not_checked = 0;
  std::int64_t fences = 0;
  std::vector<VerifyProblem> problems;
  std::vector<DanglingFence> dangling_fences;
  std::optional<ErrorInfo> error;

  static constexpr void describe(auto field) {
    using V = VerifyOutput;
    field("version", &V::version, "Engine version.");
    field("command", &V::command, "`state verify`.");
    field("keys", &V::keys, "Keys on record.");
    field("proven", &V::proven, "Succeeded keys of which every unit is stamped in the target.");
    field("not_checked", &V::not_checked,
          "Keys that cannot be compared: of a target that keeps no stamps or is not in this "
          "configuration, lapsed, or unreadable.");
    field("fences", &V::fences, "Fences in the targets.");
    field("problems", &V::problems, "Keys whose record and target do not agree.");
    field("dangling_fences", &V::dangling_fences,
          "Fences without a record, which are swept in their time.");
    field("error", &V::error, "That there are problems.", Presence::OmitEmpty);
  }
};

static_assert(fully_described<VerifyOutput>() && fully_described<VerifyProblem>() &&
              fully_described<DanglingFence>());

}  // namespace rocky::output
