#include "app/version.h"

namespace rocky::app {

std::string_view engine_version() { return ROCKY_VERSION; }

std::string version_line() { return "rocky " + std::string(engine_version()) + "\n"; }

}  // namespace rocky::app
