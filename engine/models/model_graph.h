#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "errors/error.h"
#include "models/model.h"
#include "warehouse/table_references.h"

namespace rocky::models {

/// The tables that queries read, one answer for each (`warehouse::table_references`).
using TablesRead =
    std::function<Result<std::vector<warehouse::References>>(std::span<const std::string> queries)>;

/// What the parts that a name leaves out stand for in the target.
struct NameDefaults {
  std::string catalog;
  std::string schema = "main";
};

/// Who must be built before whom. Models are known by their index in the set.
struct ModelGraph {
  /// The models each one reads or declares, in name order.
  std::vector<std::vector<std::size_t>> upstream;
  /// The models each one's SQL calls by their bare name, in name order.
  std::vector<std::vector<std::size_t>> called_by_name;
  /// Models of one layer are independent of each other; every layer is in name order.
  std::vector<std::vector<std::size_t>> layers;
  std::vector<std::string> warnings = {};  ///< For people: models ordered by `depends_on` alone.

  /// The layers one after another.
  std::vector<std::size_t> order() const;
};

/// Orders models by what they declare (`depends_on`) and by what their SQL reads: a bare name that
/// is another model's name, or a name that means another model's table. Case does not matter.
///
/// Names must be unique. SQL that does not parse is `ModelSql`, with its place in the file.
/// `ModelCycle` prints the cycle; `ModelNotFound` an unknown `depends_on`.
Result<ModelGraph> build_graph(const std::vector<Model>& models, const TablesRead& tables_read,
                               const NameDefaults& defaults);

}  // namespace rocky::models
