#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace rocky::state {

// An object's version is its entity tag, which S3 makes from the bytes: the same bytes, written
// again, would be the same version. So each write gets a tail of its own:
//
//   object := value "\n" 64 of (space | tab)      one bit each, random
//
// Blanks, because what is JSON stays JSON for whoever reads the object with other tools. An object
// without such a tail is somebody else's and is taken as it is.

/// The value with a tail that no other write has.
std::string with_salt(std::string_view value, Random& random);

/// The value alone.
std::string_view without_salt(std::string_view object);

}  // namespace rocky::state
