#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rocky::output {

enum class JsonForm { Indented, OneLine };

/// The JSON of one document, newline included. Defined for every type of the registry.
template <class Output>
std::string json_of(const Output& document, JsonForm form);

/// One type of document that the engine prints.
struct DocumentType {
  std::string_view name;    ///< Names the schema's file: `run` → `run.schema.json`.
  std::string (*schema)();  ///< JSON Schema, draft 2020-12, as it is written to the file.
};

/// Every type of document, in order of their names.
const std::vector<DocumentType>& document_types();

}  // namespace rocky::output
