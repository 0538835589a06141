#include "pipelines/replication/replication_steps.h"

#include <fmt/format.h>

#include "sql/identifier.h"

namespace rocky::pipelines {
namespace {

using Columns = std::vector<sql::Column>;

Result<Columns> columns_of_source(const plan::CopyTable& copy, warehouse::Connection& connection) {
  ROCKY_ASSIGN(const auto columns, columns_of_table(connection, copy.source));
  if (!columns) {
    return fail(ErrorCode::NotFound, "source table does not exist table=`{}`", copy.source.dotted())
        .with_hint("it was there when the run began; run again to see what is there now");
  }
  for (const auto& added : copy.metadata_columns) {
    if (find_column(*columns, added.name) == nullptr) continue;
    return fail(ErrorCode::ConfigValue,
                "metadata column has the name of a source column table=`{}` column=`{}`",
                copy.source.dotted(), added.name)
        .with_hint("give the metadata column another name");
  }
  if (copy.metadata_columns.empty()) return *columns;
  return columns_of_query(connection, copy_query(copy));
}

Error no_timestamp_column(const plan::CopyTable& copy, const Columns& columns) {
  std::string names;
  for (const auto& column : columns) names += (names.empty() ? "" : ", ") + column.name;
  return fail(ErrorCode::ConfigValue,
              "source table lacks the timestamp column table=`{}` timestamp_column=`{}`",
              copy.source.dotted(), copy.timestamp_column)
      .with_hint(
          fmt::format("set timestamp_column to one of {}, or strategy = \"full_refresh\"", names));
}

class CopyScript {
 public:
  CopyScript(const plan::CopyTable& copy, const sql::QualifiedName& target,
             const sql::Dialect& dialect)
      : copy_(copy), target_(target), dialect_(dialect) {}

  Result<StepScript> make(warehouse::Connection& connection) {
    const bool incremental = copy_.strategy == plan::CopyStrategy::Incremental;
    ROCKY_ASSIGN(const auto source, columns_of_source(copy_, connection));
    const bool timed = find_column(source, copy_.timestamp_column) != nullptr;
    if (incremental && !timed) return no_timestamp_column(copy_, source);
    copy_.timestamp_column = spelled_as(source, copy_.timestamp_column);

    ROCKY_ASSIGN(const auto existing, columns_of_table(connection, target_));
    const auto drift =
        existing ? sql::compare_columns(source, *existing, dialect_.names()) : sql::SchemaDrift{};
    const auto reason = existing && incremental
                            ? reason_not_to_adapt(drift, {copy_.timestamp_column}, dialect_.names())
                            : reason_of_types(drift);
    StepScript script;
    if (!existing || !incremental || !reason.empty()) {
      script = replace(reason);
    } else {
      ROCKY_ASSIGN(script, append(source, drift, connection));
    }
    script.drift_checked = true;
    if (timed) script.timestamp_column = copy_.timestamp_column;
    return script;
  }

 private:
  static std::string reason_of_types(const sql::SchemaDrift& drift) {
    return drift.widening_suffices ? std::string() : sql::describe_changes(drift.changed);
  }

  StepScript replace(const std::string& reason) const {
    StepScript script{.statements = sql::replace_table(dialect_, target_, copy_query(copy_)),
                      .strategy = std::string(name_of(plan::CopyStrategy::FullRefresh))};
    if (!reason.empty()) script.drift = {{target_.dotted(), "drop_and_recreate", reason}};
    return script;
  }

  Result<StepScript> append(const Columns& source, const sql::SchemaDrift& drift,
                            warehouse::Connection& connection) const {
    ROCKY_ASSIGN(const auto bound, bound_of(connection, target_, copy_.timestamp_column));
    StepScript script{.statements = sql::adapt_table(dialect_, target_, drift),
                      .strategy = std::string(name_of(plan::CopyStrategy::Incremental)),
                      .drift = adaptations(target_, drift)};
    for (auto& statement :
         sql::append(dialect_, target_, copy_query(copy_), names_of(source), bound)) {
      script.statements.push_back(std::move(statement));
    }
    return script;
  }

  plan::CopyTable copy_;
  const sql::QualifiedName& target_;
  const sql::Dialect& dialect_;
};

}  // namespace

std::string copy_query(const plan::CopyTable& copy) {
  std::string columns = "*";
  for (const auto& column : copy.metadata_columns) {
    columns +=
        fmt::format(", CAST({} AS {}) AS {}", column.value, column.type, sql::quoted(column.name));
  }
  return fmt::format("SELECT {}\nFROM {}", columns, sql::quoted(copy.source));
}

Result<StepScript> script_for_copy(const plan::CopyTable& copy, const sql::QualifiedName& target,
                                   warehouse::Connection& connection, const sql::Dialect& dialect) {
  return CopyScript(copy, target, dialect).make(connection);
}

}  // namespace rocky::pipelines
