#include "ledger/layout.h"

#include <nlohmann/json.hpp>

#include "base/describe_json.h"
#include "base/describe_read.h"

namespace rocky::ledger {
namespace {

constexpr std::string_view kName = "format";

Error unreadable() {
  return fail(ErrorCode::StoreCorrupt,
              "the state store does not say in which format it is name=`{}`", kName)
      .with_hint("check that prefix and bucket are those of this engine; restore that one value");
}

Result<Layout> known(std::string_view bytes) {
  const auto json = parse_json(bytes);
  if (!json) return unreadable();
  auto layout = from_json<Layout>(*json, UnknownFields::Ignore);
  if (!layout) return unreadable();
  if (layout->min_reader <= kLayoutVersion) return layout;
  return fail(ErrorCode::StoreNewer,
              "the state store was written by a newer version layout=`{}` known=`{}` "
              "written_by=`{}`",
              layout->v, kLayoutVersion, layout->written_by)
      .with_hint("use rocky " + layout->written_by + " or later");
}

}  // namespace

Result<std::optional<Layout>> read_layout(state::StateBackend& store) {
  ROCKY_ASSIGN(const auto stored, store.read(kName));
  if (!stored) return std::optional<Layout>();
  ROCKY_ASSIGN(Layout layout, known(stored->value));
  return std::optional(std::move(layout));
}

Status agree_on_layout(const RecordMeans& means, const std::string& engine_version) {
  ROCKY_ASSIGN(const auto there, read_layout(means.store));
  if (there) return {};
  RecordMeans kept = means;
  kept.keep_for.reset();
  const Layout ours{kLayoutVersion, kLayoutVersion, engine_version};
  ROCKY_ASSIGN(const Created created,
               create_once(kept, {std::string(kName), to_compact_json(ours)}));
  // Another version may have been first, and have said something else.
  if (created == Created::Theirs) ROCKY_TRY(read_layout(means.store));
  return {};
}

}  // namespace rocky::ledger
