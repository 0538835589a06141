#include "config/rocky_config.h"

#include <algorithm>

namespace rocky::config {
namespace {

constexpr std::string_view kDiscoveryOnly[] = {"fivetran", "airbyte", "iceberg", "manual"};

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Named& n) { return n.name == name; });
  return found == all.end() ? nullptr : &*found;
}

/// `a.b[2].c` → `a.b[2]` → `a.b` → `a` → nothing.
std::string_view parent(std::string_view path) {
  const auto cut = path.find_last_of(".[");
  return cut == std::string_view::npos ? std::string_view{} : path.substr(0, cut);
}

}  // namespace

bool Adapter::only_discovers() const {
  return std::find(std::begin(kDiscoveryOnly), std::end(kDiscoveryOnly), type) !=
         std::end(kDiscoveryOnly);
}

bool Adapter::moves_data() const { return !only_discovers() && kind != AdapterKind::Discovery; }

bool Adapter::discovers() const { return kind != AdapterKind::Data; }

std::string TransformationPipeline::models_directory() const {
  std::string directory = models.substr(0, models.find("**"));
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  return directory.empty() ? "." : directory;
}

std::string_view Pipeline::type() const {
  return std::visit([](const auto& kind) { return kind.kType; }, body);
}

const std::string& Pipeline::target_adapter() const {
  return std::visit([](const auto& kind) -> const std::string& { return kind.target.adapter; },
                    body);
}

std::vector<std::string> Pipeline::source_adapters() const {
  if (const auto* replication = std::get_if<ReplicationPipeline>(&body)) {
    std::vector<std::string> names = {replication->source.adapter};
    if (replication->source.discovery) names.push_back(replication->source.discovery->adapter);
    return names;
  }
  if (const auto* snapshot = std::get_if<SnapshotPipeline>(&body))
    return {snapshot->source.adapter};
  return {};
}

Where Places::find(std::string_view path) const {
  for (; !path.empty(); path = parent(path))
    if (const auto found = places_.find(std::string(path)); found != places_.end())
      return found->second;
  const auto root = places_.find("");
  return root == places_.end() ? Where{} : root->second;
}

const Adapter* RockyConfig::find_adapter(std::string_view name) const {
  return find_named(adapters, name);
}
const Pipeline* RockyConfig::find_pipeline(std::string_view name) const {
  return find_named(pipelines, name);
}

}  // namespace rocky::config
