#include "fakes/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/check.h"

namespace rocky::fakes {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using File = std::unique_ptr<std::FILE, Free>;

struct Signer {
  X509* certificate;
  EVP_PKEY* key;
};

Key new_key() { return Key(EVP_EC_gen("P-256")); }

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  ROCKY_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Signed by the signer, or by itself where there is none.
Certificate new_certificate(const char* name, EVP_PKEY* key, const Signer* signer) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), signer ? 2 : 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509* issuer = signer ? signer->certificate : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  if (signer) {
    add_extension(certificate.get(), issuer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  } else {
    add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:TRUE");
  }
  ROCKY_CHECK(X509_sign(certificate.get(), signer ? signer->key : key, EVP_sha256()) > 0);
  return certificate;
}

File new_file(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"));
  ROCKY_CHECK(file != nullptr);
  return file;
}

}  // namespace

void write_certificates(const std::string& folder) {
  const Key ca_key = new_key();
  const Certificate ca = new_certificate("Rocky's test authority", ca_key.get(), nullptr);
  const Signer signer{ca.get(), ca_key.get()};
  const Key key = new_key();
  const Certificate server = new_certificate("localhost", key.get(), &signer);
  PEM_write_X509(new_file(folder + "/ca.pem").get(), ca.get());
  PEM_write_X509(new_file(folder + "/server.pem").get(), server.get());
  PEM_write_PrivateKey(new_file(folder + "/server.key").get(), key.get(), nullptr, nullptr, 0,
                       nullptr, nullptr);
}

}  // namespace rocky::fakes
