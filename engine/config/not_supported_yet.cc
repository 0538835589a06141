#include <algorithm>

#include "config/validate_config.h"

namespace rocky::config {
namespace {

bool is_below(std::string_view path, std::string_view table) {
  return path.starts_with(table) &&
         (path.size() == table.size() || path[table.size()] == '.' || path[table.size()] == '[');
}

/// Whether a key matters to the pipeline: its own, those of its adapters, and those of no other.
bool concerns(std::string_view path, const Pipeline& pipeline) {
  if (is_below(path, "pipeline")) return is_below(path, "pipeline." + pipeline.name);
  if (!is_below(path, "adapter")) return true;
  std::vector<std::string> adapters = pipeline.source_adapters();
  adapters.push_back(pipeline.target_adapter());
  return std::any_of(adapters.begin(), adapters.end(),
                     [&](const std::string& name) { return is_below(path, "adapter." + name); });
}

Message message_of(const Unsupported& used) {
  const bool refused = used.support == Support::Refused;
  Message message{refused ? MessageSeverity::Error : MessageSeverity::Warning,
                  fail(ErrorCode::NotSupportedYet, "this version {} {} key=`{}`",
                       refused ? "does not have" : "does not act on", used.what, used.path),
                  used.path};
  message.error.where = used.where;
  message.error.hint = refused ? "remove it, or use a version that has it"
                               : "it is read and checked, and has no effect";
  return message;
}

}  // namespace

std::vector<Message> not_supported_yet(const RockyConfig& config, const Pipeline& pipeline) {
  std::vector<Message> messages;
  for (const Unsupported& used : config.unsupported)
    if (concerns(used.path, pipeline)) messages.push_back(message_of(used));
  return messages;
}

}  // namespace rocky::config
