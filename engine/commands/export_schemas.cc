#include "base/file_io.h"
#include "commands/verbs.h"

namespace rocky::commands {

Result<Reply> export_schemas(const World& world, const Globals&,
                             const ExportSchemasArguments& arguments) {
  ROCKY_TRY(make_directories(arguments.directory));
  output::FilesOutput output;
  output.version = world.version;
  output.command = "export-schemas";
  output.directory = arguments.directory;
  for (const output::DocumentType& type : output::document_types()) {
    const std::string file = std::string(type.name) + ".schema.json";
    ROCKY_TRY(write_file_atomically(arguments.directory + "/" + file, type.schema()));
    output.files.push_back(file);
  }
  return reply_with(output);
}

}  // namespace rocky::commands
