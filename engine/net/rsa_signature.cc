#include "net/rsa_signature.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace rocky::net {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

/// OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Key read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
}

std::optional<std::string> sign(EVP_PKEY* key, std::string_view bytes) {
  const Digest digest(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t size = 0;
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, data, bytes.size()) != 1) {
    return std::nullopt;
  }
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(digest.get(), out, &size, data, bytes.size()) != 1) return std::nullopt;
  signature.resize(size);
  return signature;
}

}  // namespace

Result<std::string> sign_rs256(const Secret& private_key_pem, std::string_view bytes) {
  const Key key = read_key(private_key_pem.reveal());
  std::optional<std::string> signature;
  if (key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) signature = sign(key.get(), bytes);
  ERR_clear_error();  // The queue is the thread's, and others read it.
  if (signature) return *std::move(signature);
  return fail(ErrorCode::ConfigValue, "the private key cannot sign")
      .with_hint("it must be an RSA key in PEM, as in the JSON key file of a service account");
}

}  // namespace rocky::net
