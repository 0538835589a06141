#pragma once

#include <string>

#include "base/clock.h"
#include "fakes/scratch_directory.h"
#include "pipelines/warehouse_project.h"
#include "warehouse/registry.h"

namespace rocky::testing {

/// The directory is there before the file and after it.
struct DuckdbFolder {
  ScratchDirectory directory;
  std::string file = directory.path("poc.duckdb");
};

/// A DuckDB file `poc.duckdb` in a directory of its own, and one connection to it.
class DuckdbProject : private DuckdbFolder, public WarehouseProject {
 public:
  DuckdbProject()
      : WarehouseProject(
            warehouse::open_warehouse(system_clock(),
                                      {.type = "duckdb", .path = DuckdbFolder::file, .threads = 2})
                .value()) {}

  std::string path(const std::string& name) const { return directory.path(name); }
  const std::string& file() const { return DuckdbFolder::file; }
};

}  // namespace rocky::testing
