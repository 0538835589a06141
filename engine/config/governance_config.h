#pragma once

#include <string>
#include <vector>

#include "base/describe.h"
#include "config/field_rules.h"

namespace rocky::config {

enum class BindingType { ReadWrite, ReadOnly };
template <>
inline constexpr auto kNames<BindingType> = std::to_array<EnumName<BindingType>>(
    {{BindingType::ReadWrite, "READ_WRITE"}, {BindingType::ReadOnly, "READ_ONLY"}});

struct WorkspaceBinding {
  std::string id;
  BindingType binding_type = BindingType::ReadWrite;

  static constexpr void describe(auto field) {
    field("id", &WorkspaceBinding::id, "Workspace.",
          FieldRules{.required = true, .not_empty = true});
    field("binding_type", &WorkspaceBinding::binding_type, "What it may do.");
  }
};

struct Isolation {
  bool enabled = false;
  std::vector<WorkspaceBinding> workspace_ids;

  static constexpr void describe(auto field) {
    constexpr FieldRules later{.support = Support::Ignored};
    field("enabled", &Isolation::enabled, "Whether catalogs are bound to workspaces.", later);
    field("workspace_ids", &Isolation::workspace_ids, "The workspaces.", later);
  }
};

struct Grant {
  std::string principal;
  std::vector<std::string> permissions;

  static constexpr void describe(auto field) {
    field("principal", &Grant::principal, "Who.", FieldRules{.required = true, .not_empty = true});
    field("permissions", &Grant::permissions, "May do what.",
          FieldRules{.required = true, .not_empty = true});
  }
};

/// What is created and granted around the tables of a target.
struct Governance {
  bool auto_create_catalogs = false;
  bool auto_create_schemas = false;
  std::string tag_prefix;
  StringMap tags;
  Isolation isolation;
  std::vector<Grant> grants;
  std::vector<Grant> schema_grants;

  static constexpr void describe(auto field) {
    using G = Governance;
    constexpr FieldRules later{.support = Support::Ignored};
    field("auto_create_catalogs", &G::auto_create_catalogs,
          "Whether missing catalogs are created; DuckDB has none to create.");
    field("auto_create_schemas", &G::auto_create_schemas, "Whether missing schemas are created.");
    field("tag_prefix", &G::tag_prefix, "Start of every tag.", later);
    field("tags", &G::tags, "Tags of what is created.", later);
    field("isolation", &G::isolation, "Which workspaces see the catalogs.");
    field("grants", &G::grants, "Rights on catalogs.", later);
    field("schema_grants", &G::schema_grants, "Rights on schemas.", later);
  }
};

static_assert(fully_described<Governance>() && fully_described<Isolation>() &&
              fully_described<Grant>());

}  // namespace rocky::config
