#include "output/documents.h"

#include "base/describe_json.h"
#include "base/describe_schema.h"
#include "output/claims_output.h"
#include "output/compile_output.h"
#include "output/discover_output.h"
#include "output/error_output.h"
#include "output/history_output.h"
#include "output/other_outputs.h"
#include "output/plan_output.h"
#include "output/run_output.h"
#include "output/state_output.h"
#include "output/store_output.h"
#include "output/validate_output.h"
#include "output/verify_output.h"

namespace rocky::output {

template <class Output>
std::string json_of(const Output& document, JsonForm form) {
  return form == JsonForm::Indented ? to_pretty_json(document) : to_compact_json(document) + "\n";
}

// Instantiates the writer, so that those who print need not see how it works.
#define ROCKY_DOCUMENT(Type) template std::string json_of(const Type&, JsonForm)
ROCKY_DOCUMENT(ClaimChangeOutput);
ROCKY_DOCUMENT(ClaimShowOutput);
ROCKY_DOCUMENT(ClaimsListOutput);
ROCKY_DOCUMENT(CompileOutput);
ROCKY_DOCUMENT(DiscoverOutput);
ROCKY_DOCUMENT(DrainOutput);
ROCKY_DOCUMENT(ErrorOutput);
ROCKY_DOCUMENT(ExplainOutput);
ROCKY_DOCUMENT(FilesOutput);
ROCKY_DOCUMENT(GcOutput);
ROCKY_DOCUMENT(HelpOutput);
ROCKY_DOCUMENT(HistoryOutput);
ROCKY_DOCUMENT(ModelHistoryOutput);
ROCKY_DOCUMENT(PlanOutput);
ROCKY_DOCUMENT(ProbeOutput);
ROCKY_DOCUMENT(RunOutput);
ROCKY_DOCUMENT(StateOutput);
ROCKY_DOCUMENT(ValidateOutput);
ROCKY_DOCUMENT(VerifyOutput);
#undef ROCKY_DOCUMENT

namespace {

template <class Output>
DocumentType entry(std::string_view name) {
  return {name, [] { return schema_text<Output>(); }};
}

}  // namespace

const std::vector<DocumentType>& document_types() {
  static const std::vector<DocumentType> types = {
      entry<CompileOutput>("compile"),
      entry<DiscoverOutput>("discover"),
      entry<ErrorOutput>("error"),
      entry<ExplainOutput>("explain"),
      entry<FilesOutput>("files"),
      entry<HelpOutput>("help"),
      entry<HistoryOutput>("history"),
      entry<ModelHistoryOutput>("model_history"),
      entry<PlanOutput>("plan"),
      entry<RunOutput>("run"),
      entry<StateOutput>("state"),
      entry<ClaimChangeOutput>("state_claims_change"),
      entry<ClaimsListOutput>("state_claims_list"),
      entry<ClaimShowOutput>("state_claims_show"),
      entry<DrainOutput>("state_drain"),
      entry<GcOutput>("state_gc"),
      entry<ProbeOutput>("state_probe"),
      entry<VerifyOutput>("state_verify"),
      entry<ValidateOutput>("validate"),
  };
  return types;
}

}  // namespace rocky::output
