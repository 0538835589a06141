#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "errors/error.h"

namespace rocky::net {

/// Signs with RSASSA-PKCS1-v1_5 and SHA-256 (`RS256`), by a private key in PEM without a
/// passphrase. `ConfigValue` when it is not such a key.
Result<std::string> sign_rs256(const Secret& private_key_pem, std::string_view bytes);

}  // namespace rocky::net
