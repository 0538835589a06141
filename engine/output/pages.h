#pragma once

#include "output/claims_output.h"
#include "output/compile_output.h"
#include "output/discover_output.h"
#include "output/history_output.h"
#include "output/other_outputs.h"
#include "output/plan_output.h"
#include "output/run_output.h"
#include "output/state_output.h"
#include "output/store_output.h"
#include "output/text_page.h"
#include "output/validate_output.h"
#include "output/verify_output.h"

namespace rocky::output {

/// What a person sees of each output. An error inside a document is not part of its page: it goes
/// to stderr as text.
Page page_of(const RunOutput& run);
Page page_of(const PlanOutput& plan);
Page page_of(const ValidateOutput& validation);
Page page_of(const DiscoverOutput& discovery);
Page page_of(const CompileOutput& compilation);
Page page_of(const StateOutput& state);
Page page_of(const HistoryOutput& history);
Page page_of(const ModelHistoryOutput& history);
Page page_of(const ClaimsListOutput& claims);
Page page_of(const ClaimShowOutput& claim);
Page page_of(const ClaimChangeOutput& change);
Page page_of(const ProbeOutput& probe);
Page page_of(const DrainOutput& drained);
Page page_of(const VerifyOutput& verification);
Page page_of(const GcOutput& swept);
Page page_of(const ExplainOutput& explanation);
Page page_of(const HelpOutput& help);
Page page_of(const FilesOutput& files);

/// `run-20260423-100000-123-…` → `2026-04-23 10:00:00 UTC`; empty for anything else.
std::string start_of_run(std::string_view run_id);
/// How long ago, roughly: `8s`, `3m 07s`.
std::string human_age(std::int64_t milliseconds);
/// A key as an argument of a shell command.
std::string shell_quoted(std::string_view text);

}  // namespace rocky::output
