#include "plan/step.h"

namespace rocky::plan {

std::string_view name_of(CopyStrategy strategy) {
  switch (strategy) {
    case CopyStrategy::FullRefresh: return "full_refresh";
    case CopyStrategy::Incremental: return "incremental";
  }
  return "";
}

std::string_view name_of(ModelStrategy strategy) {
  switch (strategy) {
    case ModelStrategy::FullRefresh: return "full_refresh";
    case ModelStrategy::Incremental: return "incremental";
    case ModelStrategy::Merge: return "merge";
  }
  return "";
}

}  // namespace rocky::plan
