#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/pipeline_work.h"
#include "dedup/claim.h"
#include "ledger/run_record.h"
#include "output/run_output.h"
#include "run/guarantee.h"
#include "run/run_once.h"

namespace rocky::commands {

/// How a pipeline's work ended, as the exit code, the key and the document tell it alike.
struct Verdict {
  output::RunStatus status = output::RunStatus::Success;
  dedup::ClaimEnd claim;
  std::optional<Error> error;
};

/// Judges what was executed. Nothing selected is a success that does not use the key up; every unit
/// committed by an earlier attempt is a recovered one.
Verdict judge(const PipelineWork& work, Millis duration, bool keyed);

/// Fills in what was executed.
void describe_work(const PipelineWork& work, output::RunOutput& document);

/// The run that committed the last unit, in the order of the plan; empty: none is committed.
std::string last_committed_by(const PipelineWork& work);

/// What became of the key of a run that was granted, except `decision`: what it led to.
output::DedupOutput describe_dedup(const run::Ended& ended, const PipelineWork& work,
                                   const std::string& key_sha256, run::Guarantee guarantee);

/// What a skip tells about the run it deferred to.
void describe_skip(const dedup::Skipped& skipped, const std::string& key_sha256,
                   run::Guarantee guarantee, output::RunOutput& document);

/// What is kept of the run, except its error.
ledger::RunRecord record_of(const output::RunOutput& document, const PipelineWork& work);

}  // namespace rocky::commands
