#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/describe.h"
#include "ledger/run_records.h"
#include "state/state_backend.h"

namespace rocky::ledger {

/// The layout of names and values in a store that hosts share, as this program writes it, and the
/// newest that it knows.
constexpr int kLayoutVersion = 1;

/// What stands under `format` in a store that hosts share. Written once.
struct Layout {
  int v = kLayoutVersion;
  int min_reader = 1;
  std::string written_by;

  static constexpr void describe(auto field) {
    field("v", &Layout::v, "Version of the layout.");
    field("min_reader", &Layout::min_reader, "Oldest version that may read and write it.");
    field("written_by", &Layout::written_by, "Version of the engine that made it.");
  }
};

static_assert(fully_described<Layout>());

/// The layout of a store; empty where nobody has written yet: an empty store, or one that was lost.
/// `StoreNewer` names the version that wrote one we do not know, `StoreCorrupt` is none.
Result<std::optional<Layout>> read_layout(state::StateBackend& store);

/// Says that the layout is ours where nobody has said anything yet; refuses as read_layout() does.
Status agree_on_layout(const RecordMeans& means, const std::string& engine_version);

}  // namespace rocky::ledger
