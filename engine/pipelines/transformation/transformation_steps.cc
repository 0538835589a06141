#include "pipelines/transformation/transformation_steps.h"

#include <utility>

#include "base/strings.h"

namespace rocky::pipelines {
namespace {

using Columns = std::vector<sql::Column>;

class ModelScript {
 public:
  ModelScript(const plan::BuildModel& model, const sql::QualifiedName& target,
              const sql::Dialect& dialect)
      : model_(model), target_(target), dialect_(dialect) {}

  Result<StepScript> make(warehouse::Connection& connection) {
    const bool anew = model_.strategy == plan::ModelStrategy::FullRefresh;
    if (anew && !names_columns()) return replace();
    // Columns are looked at before the first build too, so that a wrong name is told at once.
    ROCKY_ASSIGN(const auto incoming, columns_of_query(connection, model_.sql));
    ROCKY_TRY(check_columns(incoming));
    spell_as(incoming);
    if (anew) return replace();
    ROCKY_ASSIGN(const auto existing, columns_of_table(connection, target_));
    if (!existing) return replace();
    const auto drift = sql::compare_columns(incoming, *existing, dialect_.names());
    ROCKY_TRY(check_drift(drift));
    auto script = start_of_change(drift);
    ROCKY_ASSIGN(auto change, change_statements(incoming, connection));
    std::move(change.begin(), change.end(), std::back_inserter(script.statements));
    return script;
  }

  StepScript replace() const {
    return {.statements =
                model_.unique_key.empty()
                    ? sql::replace_table(dialect_, target_, model_.sql)
                    : sql::replace_keyed_table(dialect_, target_, model_.sql, model_.unique_key),
            .strategy = std::string(name_of(plan::ModelStrategy::FullRefresh)),
            .timestamp_column = model_.timestamp_column};
  }

 private:
  bool names_columns() const {
    return !model_.timestamp_column.empty() || !model_.unique_key.empty() ||
           !model_.update_columns.empty();
  }

  /// Names of the configuration are found without regard to case, but written quoted: spelled as
  /// the query's columns they are also the table's, which was made from them.
  void spell_as(const Columns& incoming) {
    model_.timestamp_column = spelled_as(incoming, model_.timestamp_column);
    for (auto* names : {&model_.unique_key, &model_.update_columns}) {
      for (std::string& name : *names) name = spelled_as(incoming, name);
    }
  }

  /// The columns that tell which rows are new.
  std::vector<std::string> deciding_columns() const {
    if (!model_.timestamp_column.empty()) return {model_.timestamp_column};
    return model_.unique_key;
  }

  Status check_columns(const Columns& incoming) const {
    auto needed = deciding_columns();
    needed.insert(needed.end(), model_.update_columns.begin(), model_.update_columns.end());
    for (const auto& name : needed) {
      if (find_column(incoming, name) != nullptr) continue;
      const auto near = closest(name, names_of(incoming));
      return fail(ErrorCode::ModelInvalid,
                  "query lacks a column that the strategy names model=`{}` column=`{}`",
                  model_.model, name)
          .with_hint(near ? "did you mean \"" + *near + "\"?"
                          : "the query returns " + join(names_of(incoming), ", "));
    }
    return {};
  }

  Status check_drift(const sql::SchemaDrift& drift) const {
    const auto reason = reason_not_to_adapt(drift, deciding_columns(), dialect_.names());
    if (reason.empty()) return {};
    return fail(ErrorCode::SchemaChanged,
                "query no longer fits the model's table model=`{}` table=`{}` reason=`{}`",
                model_.model, target_.dotted(), reason)
        .with_hint(
            "run with --full-refresh to build the table anew, or cast the column to its old type");
  }

  StepScript start_of_change(const sql::SchemaDrift& drift) const {
    return {.statements = sql::adapt_table(dialect_, target_, drift),
            .strategy = std::string(name_of(model_.strategy)),
            .timestamp_column = model_.timestamp_column,
            .drift_checked = true,
            .drift = adaptations(target_, drift)};
  }

  Result<sql::Script> change_statements(const Columns& incoming,
                                        warehouse::Connection& connection) const {
    const auto columns = names_of(incoming);
    if (model_.strategy == plan::ModelStrategy::Merge) {
      return sql::merge(dialect_, target_, model_.sql, columns,
                        {.key = model_.unique_key, .update = model_.update_columns});
    }
    ROCKY_ASSIGN(const auto bound, bound_of(connection, target_, model_.timestamp_column));
    return sql::append(dialect_, target_, model_.sql, columns, bound);
  }

  plan::BuildModel model_;
  const sql::QualifiedName& target_;
  const sql::Dialect& dialect_;
};

}  // namespace

StepScript script_for_new_model(const plan::BuildModel& model, const sql::QualifiedName& target,
                                const sql::Dialect& dialect) {
  return ModelScript(model, target, dialect).replace();
}

Result<StepScript> script_for_model(const plan::BuildModel& model, const sql::QualifiedName& target,
                                    warehouse::Connection& connection,
                                    const sql::Dialect& dialect) {
  return ModelScript(model, target, dialect).make(connection);
}

}  // namespace rocky::pipelines
