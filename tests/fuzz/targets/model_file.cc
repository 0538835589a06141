#include "models/model_file.h"

#include "base/check.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {
namespace {

void check_error(const Error& error) {
  ROCKY_CHECK(!error.message.empty() && error.where && error.where->line > 0);
}

void check_model(const models::ModelFiles& files, const config::StringMap& vars) {
  const auto read = models::read_model(files, vars);
  if (!read) return check_error(read.error());
  ROCKY_CHECK(!read->model.sql.empty() && !read->model.name.empty());
  ROCKY_CHECK(read->model.sql_at.line > 0 && read->model.sql_at.column > 0);
}

}  // namespace

/// NAME.sql; NAME.toml or nothing; _defaults.toml.
void model_file(std::string_view bytes) {
  const config::StringMap vars = {{"v", "one"}, {"w", "'"}};
  const auto pieces = pieces_of(bytes, 3);
  models::ModelFiles files{.sql = {"models/m.sql", pieces[0]}};
  if (!pieces[1].empty()) files.sidecar = models::TextFile{"models/m.toml", pieces[1]};
  const auto defaults = models::read_defaults({"models/_defaults.toml", pieces[2]}, vars);
  if (!defaults) return check_error(defaults.error());
  check_model(files, vars);
  files.defaults = &*defaults;
  check_model(files, vars);
}

}  // namespace rocky::fuzz
