#include "run/guarantee.h"

namespace rocky::run {

std::string_view name_of(Guarantee guarantee) {
  switch (guarantee) {
    case Guarantee::EffectOnce: return "effect_once";
    case Guarantee::RecordOnce: return "record_once";
    case Guarantee::BestEffort: return "best_effort";
  }
  return "";
}

Guarantee guarantee_of(const state::StateTraits& store, bool target_is_stamped) {
  if (target_is_stamped) return Guarantee::EffectOnce;
  return store.may_lose_acknowledged_writes ? Guarantee::BestEffort : Guarantee::RecordOnce;
}

}  // namespace rocky::run
