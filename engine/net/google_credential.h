#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/secret.h"
#include "errors/error.h"
#include "net/http.h"

namespace rocky::net {

/// Requests are sent without a token.
struct Anonymous {};

/// The JSON key of a service account: it signs for itself.
struct ServiceAccountKey {
  std::string client_email;
  std::string private_key_id;  ///< May be empty.
  Secret private_key;          ///< PEM.
  std::string token_uri;
};

/// What `gcloud auth application-default login` leaves behind.
struct AuthorizedUser {
  std::string client_id;
  Secret client_secret;
  Secret refresh_token;
  std::string token_uri;
};

/// Where the token of another identity provider is read anew at each exchange.
struct SubjectToken {
  std::string file;  ///< Empty: `url`.
  std::string url;
  std::vector<HttpHeader> headers;  ///< Sent to `url`.
  std::string json_field;           ///< Empty: the whole text is the token.
};

/// Workload identity federation: another provider's token is exchanged for one of Google's.
struct ExternalAccount {
  std::string audience;
  std::string subject_token_type;
  std::string token_url;
  SubjectToken subject_token;
  std::string impersonation_url;  ///< Empty: the exchanged token is used as it is.
  std::chrono::seconds impersonation_lifetime{3600};
};

/// The identity of the machine, told by its metadata server.
struct MetadataServer {
  std::string host;
};

using GoogleCredential =
    std::variant<Anonymous, ServiceAccountKey, AuthorizedUser, ExternalAccount, MetadataServer>;

enum class CredentialSearch {
  Variables,  ///< What was named for this process; Anonymous when nothing was.
  Machine,    ///< Then gcloud's file, then the metadata server, which may turn out not to be there.
};

/// The credential of the first variable that is set and not empty: GOOGLE_SERVICE_ACCOUNT_KEY (the
/// JSON itself), GOOGLE_SERVICE_ACCOUNT, GOOGLE_SERVICE_ACCOUNT_PATH,
/// GOOGLE_APPLICATION_CREDENTIALS (files). Errors name the variable and show nothing of the
/// content.
Result<GoogleCredential> find_google_credential(const Environment& environment,
                                                CredentialSearch search);

/// One such JSON document; `source` says in errors where it came from.
Result<GoogleCredential> parse_google_credential(std::string_view json, std::string_view source);

}  // namespace rocky::net
