// The low-level functions, not EVP: fetching an algorithm from a provider costs more than the
// digests of a whole run.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"

#include <openssl/sha.h>

#include "base/strings.h"

namespace rocky {

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest, &context);
  return to_hex({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace rocky
