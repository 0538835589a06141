#include <nlohmann/json.hpp>

#include "base/file_io.h"
#include "commands/verbs.h"
#include "config/describe_config.h"

namespace rocky::commands {

Result<Reply> export_schemas(const World& world, const Globals&,
                             const ExportSchemasArguments& arguments) {
  ROCKY_TRY(make_directories(arguments.directory));
  output::FilesOutput output;
  output.version = world.version;
  output.command = "export-schemas";
  output.directory = arguments.directory;
  const auto write = [&](const std::string& name, const std::string& schema) -> Status {
    output.files.push_back(name + ".schema.json");
    return write_file_atomically(arguments.directory + "/" + output.files.back(), schema);
  };
  for (const output::DocumentType& type : output::document_types())
    ROCKY_TRY(write(std::string(type.name), type.schema()));
  ROCKY_TRY(write("rocky_project", to_pretty_json(config::project_schema())));
  return reply_with(output);
}

}  // namespace rocky::commands
