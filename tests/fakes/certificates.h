#pragma once

#include <string>

namespace rocky::fakes {

/// Writes `ca.pem` and, signed by it and good for `localhost` and 127.0.0.1 for a day, `server.pem`
/// and `server.key` into the folder.
void write_certificates(const std::string& folder);

}  // namespace rocky::fakes
