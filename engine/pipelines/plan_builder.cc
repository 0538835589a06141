#include "pipelines/plan_builder.h"

#include <fmt/format.h>

#include <utility>

#include "base/strings.h"
#include "plan/plan_digest.h"

namespace rocky::pipelines {

std::size_t PlanBuilder::add_schema(const std::string& catalog, const std::string& schema) {
  const sql::QualifiedName name{catalog, schema, {}};
  const auto key = sql::name_key(catalog + '\0' + schema, names_);
  if (const auto known = schemas_.find(key); known != schemas_.end()) return known->second;
  const auto index = add({.name = "schema:" + (catalog.empty() ? schema : catalog + "." + schema),
                          .target = name,
                          .action = plan::CreateSchema{}});
  schemas_.emplace(key, index);
  return index;
}

std::size_t PlanBuilder::add(plan::Step step) {
  step.plan_sha256 = plan::digest_of(step);
  plan_.steps.push_back(std::move(step));
  return plan_.steps.size() - 1;
}

Result<std::string> catalog_in_target(const std::string& wanted, const std::string& own,
                                      const std::string& what) {
  if (wanted.empty() || to_lower(wanted) == to_lower(own)) return own;
  return fail(ErrorCode::ConfigValue,
              "catalog is not the target's database catalog=`{}` database=`{}`", wanted, own)
      .with_hint(
          fmt::format("write \"{}\": a DuckDB file's catalog is its name up to the first dot, a "
                      "server's is its database",
                      own))
      .with_note(what);
}

Status check_name_lengths(const plan::Plan& plan, std::size_t identifier_bytes_max) {
  for (const plan::Step& step : plan.steps) {
    for (const std::string* name : {&step.target.schema, &step.target.table}) {
      if (name->size() <= identifier_bytes_max) continue;
      return fail(ErrorCode::IdentifierInvalid,
                  "name is longer than the target keeps name=`{}` bytes=`{}` longest=`{}`", *name,
                  name->size(), identifier_bytes_max)
          .with_hint("choose a shorter one, or a shorter template")
          .with_note(fmt::format("step=`{}`", step.name));
    }
  }
  return {};
}

Status check_target_schema(const std::string& schema, const std::string& meta_schema) {
  if (meta_schema.empty() || to_lower(schema) != to_lower(meta_schema)) return {};
  return fail(ErrorCode::ConfigValue, "the target's schema is the engine's own schema=`{}`", schema)
      .with_hint("write to another schema, or set meta_schema of the adapter");
}

}  // namespace rocky::pipelines
