#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "errors/error.h"
#include "plan/step.h"

namespace rocky::pipelines {

/// Collects the steps of a plan. One thread.
class PlanBuilder {
 public:
  /// `names`: which spellings are one schema.
  explicit PlanBuilder(sql::Names names) : names_(names) {}

  /// The step that makes a schema, added once however often it is asked for. Returns its index.
  std::size_t add_schema(const std::string& catalog, const std::string& schema);
  /// Adds a step with its digest. Returns its index.
  std::size_t add(plan::Step step);
  plan::Plan plan() && { return std::move(plan_); }

 private:
  const sql::Names names_;
  plan::Plan plan_;
  std::map<std::string, std::size_t> schemas_;  // By `name_key`.
};

/// The catalog to write to: `wanted`, or the target's own when empty. A target is one database, so
/// any other is refused; `what` says whose catalog it is.
Result<std::string> catalog_in_target(const std::string& wanted, const std::string& own,
                                      const std::string& what);

/// Refuses targets with a name that is longer than the warehouse keeps: it would be cut, and two
/// tables could become one.
Status check_name_lengths(const plan::Plan& plan, std::size_t identifier_bytes_max);

/// Refuses to write data into the schema that proves what is committed.
Status check_target_schema(const std::string& schema, const std::string& meta_schema);

}  // namespace rocky::pipelines
