#include "config/read_value.h"

namespace rocky::config {
namespace {

template <std::size_t I = 0>
std::optional<PipelineBody> body_of(std::string_view type) {
  if constexpr (I < std::variant_size_v<PipelineBody>) {
    if (type == std::variant_alternative_t<I, PipelineBody>::kType)
      return PipelineBody(std::in_place_index<I>);
    return body_of<I + 1>(type);
  }
  return std::nullopt;
}

template <std::size_t... I>
std::vector<std::string> all_types(std::index_sequence<I...>) {
  return {std::string(std::variant_alternative_t<I, PipelineBody>::kType)...};
}

/// The body that `type` names, replication when there is none; a problem for any other type.
std::optional<PipelineBody> take_body(TableReader& table) {
  const TomlEntry* entry = table.take("type");
  if (!entry) return PipelineBody(ReplicationPipeline{});
  const Node node = table.node().child("type", entry->value);
  std::string type;
  if (!read_text(node, {.shown = true}, type)) return std::nullopt;
  auto body = body_of(type);
  if (!body) {
    const auto types = all_types(std::make_index_sequence<std::variant_size_v<PipelineBody>>());
    const auto nearest = closest(type, types);
    node.wrong_value("not a type of pipeline", nearest ? "did you mean `" + *nearest + "`?"
                                                       : "allowed: " + join(types, ", "));
  }
  return body;
}

void need_checks(const Node& node, const Pipeline& pipeline) {
  if (!std::holds_alternative<QualityPipeline>(pipeline.body) || pipeline.checks) return;
  node.reading.report(
      fail(ErrorCode::ConfigMissing, "a quality pipeline has no checks key=`{}.checks`", node.path)
          .with_hint(fmt::format("add [{}.checks]", node.path))
          .at(node.where()));
}

void read_pipeline(const Node& node, Pipeline& out) {
  TableReader table(node);
  read_fields(table, out);
  auto body = take_body(table);
  if (!body) return table.give_up();  // Which keys it may have is not known.
  out.body = std::move(*body);
  std::visit(
      [&](auto& kind) {
        node.unsupported(kind.kSupport, fmt::format("a pipeline of type `{}`", kind.kType));
        read_fields(table, kind);
        if constexpr (requires { check_together(node, kind); }) check_together(node, kind);
      },
      out.body);
  need_checks(node, out);
}

}  // namespace

void read_value(const Node& node, const FieldRules&, Concurrency& out) {
  if (const std::string* text = node.value.text()) {
    if (*text != "adaptive")
      node.wrong_value("not a concurrency", "a number from 1, or \"adaptive\"");
  } else if (std::int64_t fixed = 0; std::holds_alternative<std::int64_t>(node.value.data)) {
    if (read_integer(node, {.min = 1, .max = 1024}, fixed)) out.fixed = fixed;
  } else {
    node.wrong_type("an integer or \"adaptive\"");
  }
}

void read_value(const Node& node, const FieldRules&, LoadOptions& out) {
  TableReader table(node);
  read_fields(table, out);
  if (out.csv_delimiter.size() != 1)
    node.wrong_value("`csv_delimiter` is not one character", "such as \",\" or \"\\t\"");
}

void read_pipelines(const Node& node, std::vector<Pipeline>& out) {
  TableReader table(node);
  for (const TomlEntry& entry : table.entries()) {
    table.take(entry.key);
    Pipeline& pipeline = out.emplace_back();
    pipeline.name = entry.key;
    pipeline.where = entry.value.where;
    read_pipeline(node.child(entry.key, entry.value), pipeline);
  }
}

}  // namespace rocky::config
