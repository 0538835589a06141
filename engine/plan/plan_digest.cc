#include "plan/plan_digest.h"

#include <string_view>

#include "base/sha256.h"

namespace rocky::plan {
namespace {

// The digested text is a list of fields, each `length:bytes,`: no two different lists read the
// same.
class Fields {
 public:
  void add(std::string_view field) {
    text_ += std::to_string(field.size());
    text_ += ':';
    text_ += field;
    text_ += ',';
  }
  void add(const sql::QualifiedName& name) {
    add(name.catalog);
    add(name.schema);
    add(name.table);
  }
  void add(const std::vector<std::string>& list) {
    add(std::to_string(list.size()));
    for (const auto& item : list) add(item);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_action(Fields& fields, const CreateSchema&) { fields.add("create_schema"); }

void add_action(Fields& fields, const CopyTable& copy) {
  fields.add("copy");
  fields.add(name_of(copy.strategy));
  fields.add(copy.source);
  // A full refresh is not bounded by the column, so a change of it changes nothing that runs.
  if (copy.strategy == CopyStrategy::Incremental) fields.add(copy.timestamp_column);
  for (const auto& column : copy.metadata_columns) {
    fields.add(column.name);
    fields.add(column.type);
    fields.add(column.value);
  }
}

void add_action(Fields& fields, const BuildModel& model) {
  fields.add("model");
  fields.add(name_of(model.strategy));
  fields.add(model.sql);
  if (model.strategy == ModelStrategy::Incremental) fields.add(model.timestamp_column);
  fields.add(model.unique_key);  // A full refresh checks it too.
  if (model.strategy == ModelStrategy::Merge) fields.add(model.update_columns);
}

}  // namespace

std::string digest_of(const Step& step) {
  Fields fields;
  fields.add("1");  // The digest's own version.
  fields.add(step.target);
  std::visit([&](const auto& action) { add_action(fields, action); }, step.action);
  return sha256_hex(fields.text());
}

}  // namespace rocky::plan
