#pragma once

#include "commands/arguments.h"
#include "commands/reply.h"
#include "commands/world.h"

namespace rocky::commands {

// One function a verb, one file a function. An Error is a failure before the command had a document
// of its own; a Reply may carry one as well.

Result<Reply> plan(const World&, const Globals&, const PlanArguments&);
Result<Reply> validate(const World&, const Globals&, const ValidateArguments&);
Result<Reply> discover(const World&, const Globals&, const DiscoverArguments&);
Result<Reply> compile(const World&, const Globals&, const CompileArguments&);
Result<Reply> state_show(const World&, const Globals&, const StateShowArguments&);
Result<Reply> claims_list(const World&, const Globals&, const ClaimsListArguments&);
Result<Reply> claims_show(const World&, const Globals&, const ClaimsShowArguments&);
Result<Reply> claims_release(const World&, const Globals&, const ClaimsReleaseArguments&);
Result<Reply> claims_repair(const World&, const Globals&, const ClaimsRepairArguments&);
Result<Reply> state_probe(const World&, const Globals&, const ProbeArguments&);
Result<Reply> state_drain(const World&, const Globals&, const DrainArguments&);
Result<Reply> state_verify(const World&, const Globals&, const VerifyArguments&);
Result<Reply> state_gc(const World&, const Globals&, const GcArguments&);
Result<Reply> history(const World&, const Globals&, const HistoryArguments&);
Result<Reply> export_schemas(const World&, const Globals&, const ExportSchemasArguments&);
Result<Reply> explain(const World&, const Globals&, const ExplainArguments&);
Result<Reply> help_topic(const World&, const Globals&, const HelpArguments&);
Result<Reply> playground(const World&, const Globals&, const PlaygroundArguments&);

}  // namespace rocky::commands
