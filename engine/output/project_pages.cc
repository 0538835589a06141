#include <fmt/format.h>

#include "output/pages.h"

namespace rocky::output {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

template <class T>
std::string counted_size(const std::vector<T>& list, std::string_view what) {
  return counted(static_cast<long long>(list.size()), what);
}

std::string value_in(const std::map<std::string, std::string>& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? "" : found->second;
}

std::string text_of(const SourceComponent& component) {
  if (const auto* one = std::get_if<std::string>(&component)) return *one;
  return joined(std::get<std::vector<std::string>>(component), ",");
}

std::string place_of(const ValidationMessage& message) {
  std::string out = message.file.value_or("");
  if (message.line) out += fmt::format(":{}", *message.line);
  return out;
}

}  // namespace

Page page_of(const PlanOutput& plan) {
  Page page;
  for (const PlannedStatement& statement : plan.statements) {
    page.push_back(fmt::format("-- {} {}", statement.purpose, statement.target));
    page.push_back(statement.sql + ";\n");
  }
  page.push_back(fmt::format("{} in {} · pipeline {} ({}) · nothing was run",
                             counted_size(plan.statements, "statement"),
                             counted_size(plan.units, "unit"), plan.pipeline, plan.pipeline_type));
  return page;
}

Page page_of(const ValidateOutput& validation) {
  Page page;
  Table table{{{"code"}, {"severity"}, {"where"}, {"message"}}, {}};
  for (const ValidationMessage& message : validation.messages) {
    if (message.severity == "ok") continue;
    table.rows.push_back({message.code, message.severity, place_of(message), message.message});
  }
  if (!table.rows.empty()) page.push_back(std::move(table));
  page.push_back(fmt::format("{} · {} · {} · {}", validation.valid ? "valid" : "invalid",
                             counted_size(validation.adapters, "adapter"),
                             counted_size(validation.pipelines, "pipeline"),
                             counted(validation.models.count, "model")));
  return page;
}

Page page_of(const DiscoverOutput& discovery) {
  Page page;
  Table table{{{"source"}, {"components"}, {"table"}}, {}};
  for (const DiscoveredSource& source : discovery.sources) {
    std::vector<std::string> components;
    for (const auto& [name, values] : source.components)
      components.push_back(name + "=" + text_of(values));
    for (const DiscoveredTable& one : source.tables) {
      table.rows.push_back({source.id, joined(components, " "), one.name});
    }
  }
  const std::size_t tables = table.rows.size();
  if (tables > 0) page.push_back(std::move(table));
  for (const ExcludedTable& one : discovery.excluded_tables) {
    page.push_back(
        fmt::format("left out: {}.{} ({})", one.source_schema, one.table_name, one.reason));
  }
  page.push_back(counted_size(discovery.sources, "source") + " · " +
                 counted(static_cast<long long>(tables), "table"));
  return page;
}

Page page_of(const CompileOutput& compilation) {
  Page page;
  Table table{{{"model"}, {"strategy"}, {"target"}, {"reads"}}, {}};
  for (const ModelDetail& model : compilation.models_detail) {
    table.rows.push_back(
        {model.name, value_in(model.strategy, "type"),
         fmt::format("{}.{}.{}", value_in(model.target, "catalog"),
                     value_in(model.target, "schema"), value_in(model.target, "table")),
         joined(model.depends_on, ", ")});
  }
  if (!table.rows.empty()) page.push_back(std::move(table));
  for (const CompileDiagnostic& one : compilation.diagnostics) {
    page.push_back(one.severity + (one.code.empty() ? "" : "[" + one.code + "]") +
                   (one.model.empty() ? "" : " " + one.model) + ": " + one.message);
  }
  page.push_back(counted(compilation.models, "model") + " in " +
                 counted(compilation.execution_layers, "layer"));
  return page;
}

Page page_of(const ExplainOutput& explanation) {
  return {fmt::format("{} {}", explanation.code, explanation.name), "", explanation.explanation, "",
          fmt::format("exit code {} · {}", explanation.exit_code,
                      explanation.retryable ? "may work when tried again"
                                            : "trying again unchanged does not help")};
}

Page page_of(const HelpOutput& help) { return {help.text}; }

Page page_of(const FilesOutput& files) {
  Page page;
  for (const std::string& file : files.files)
    page.push_back("wrote " + files.directory + "/" + file);
  if (!files.next.empty()) page.push_back("try next:");
  for (const std::string& command : files.next) page.push_back("  " + command);
  return page;
}

}  // namespace rocky::output
