#include "app/version.h"

namespace rocky::app {

std::string_view engine_version() { return ROCKY_VERSION; }

}  // namespace rocky::app
