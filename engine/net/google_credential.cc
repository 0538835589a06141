#include "net/google_credential.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/file_io.h"
#include "base/json.h"

namespace rocky::net {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr const char* kTokenUri = "https://oauth2.googleapis.com/token";
// The address, not the name: no proxy and no name server of somebody else is ever asked.
constexpr const char* kMetadataHost = "169.254.169.254";
constexpr const char* kFileVariables[] = {"GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH",
                                          "GOOGLE_APPLICATION_CREDENTIALS"};

std::string variable(const Environment& environment, std::string_view name) {
  return environment.get(name).value_or("");
}

/// One JSON object whose members are asked for by name.
class Document {
 public:
  Document(const Json& json, std::string_view source) : json_(json), source_(source) {}

  std::string optional_text(const char* name, std::string otherwise = {}) const {
    const auto found = json_.find(name);
    if (found == json_.end() || !found->is_string()) return otherwise;
    return found->get<std::string>();
  }

  Result<std::string> text(const char* name) const {
    std::string found = optional_text(name);
    if (!found.empty()) return found;
    return fail(ErrorCode::ConfigValue, "google credentials lack a field source=`{}` field=`{}`",
                source_, name);
  }

  /// An object without members where there is none.
  Document inner(const char* name) const {
    static const Json kNone = Json::object();
    const auto found = json_.find(name);
    return {found != json_.end() && found->is_object() ? *found : kNone, source_};
  }

  const Json& json() const { return json_; }
  std::string_view source() const { return source_; }

 private:
  const Json& json_;
  std::string_view source_;
};

Result<GoogleCredential> service_account(const Document& document) {
  ServiceAccountKey key;
  ROCKY_ASSIGN(key.client_email, document.text("client_email"));
  ROCKY_ASSIGN(std::string pem, document.text("private_key"));
  key.private_key = Secret(std::move(pem));
  key.private_key_id = document.optional_text("private_key_id");
  key.token_uri = document.optional_text("token_uri", kTokenUri);
  return GoogleCredential(std::move(key));
}

Result<GoogleCredential> authorized_user(const Document& document) {
  AuthorizedUser user;
  ROCKY_ASSIGN(user.client_id, document.text("client_id"));
  ROCKY_ASSIGN(std::string secret, document.text("client_secret"));
  ROCKY_ASSIGN(std::string refresh, document.text("refresh_token"));
  user.client_secret = Secret(std::move(secret));
  user.refresh_token = Secret(std::move(refresh));
  user.token_uri = document.optional_text("token_uri", kTokenUri);
  return GoogleCredential(std::move(user));
}

Error unknown_token_source(const Document& source) {
  return fail(ErrorCode::NotSupportedYet,
              "google credentials name a source of tokens that is not supported source=`{}` "
              "environment=`{}`",
              source.source(), source.optional_text("environment_id"))
      .with_hint(
          "supported are tokens of a `file` or a `url`: make a configuration whose "
          "credential_source has one of these and no environment_id (AWS)");
}

Result<SubjectToken> subject_token(const Document& source) {
  SubjectToken token;
  token.file = source.optional_text("file");
  token.url = source.optional_text("url");
  // The `url` beside an environment serves the keys of its cloud, which are no token.
  if (!source.optional_text("environment_id").empty()) return unknown_token_source(source);
  if (token.file.empty() && token.url.empty()) return unknown_token_source(source);
  for (const auto& header : source.inner("headers").json().items()) {
    if (!header.value().is_string()) continue;
    token.headers.push_back({header.key(), header.value().get<std::string>()});
  }
  const Document format = source.inner("format");
  if (format.optional_text("type") == "json") {
    ROCKY_ASSIGN(token.json_field, format.text("subject_token_field_name"));
  }
  return token;
}

Result<GoogleCredential> external_account(const Document& document) {
  ExternalAccount account;
  ROCKY_ASSIGN(account.audience, document.text("audience"));
  ROCKY_ASSIGN(account.subject_token_type, document.text("subject_token_type"));
  ROCKY_ASSIGN(account.token_url, document.text("token_url"));
  ROCKY_ASSIGN(account.subject_token, subject_token(document.inner("credential_source")));
  account.impersonation_url = document.optional_text("service_account_impersonation_url");
  const Json& options = document.inner("service_account_impersonation").json();
  const auto lifetime = options.find("token_lifetime_seconds");
  if (lifetime != options.end() && lifetime->is_number_integer()) {
    account.impersonation_lifetime = std::chrono::seconds(lifetime->get<std::int64_t>());
  }
  return GoogleCredential(std::move(account));
}

Result<GoogleCredential> from_file(const std::string& path, std::string_view source) {
  auto text = read_file(path, kFileBytesMax);
  if (!text) {
    return std::move(text).error().with_note(
        fmt::format("google credentials are named by `{}`", source));
  }
  return parse_google_credential(*text, source);
}

/// Where gcloud keeps what its user logged in as; empty when nothing says where the home is.
std::string gcloud_file(const Environment& environment) {
  constexpr std::string_view kName = "/application_default_credentials.json";
  std::string folder = variable(environment, "CLOUDSDK_CONFIG");
  if (folder.empty()) {
    const std::string home = variable(environment, "HOME");
    if (home.empty()) return {};
    folder = home + "/.config/gcloud";
  }
  return folder.append(kName);
}

/// A home that is closed to this user, as root's is in many a container, offers nothing; who names
/// gcloud's folder says that there is something in it.
Result<bool> is_offered_by_gcloud(const Environment& environment, const std::string& path) {
  if (path.empty()) return false;
  auto exists = path_exists(path);
  const bool is_closed = !exists && exists.error().code == ErrorCode::PermissionDenied;
  if (is_closed && variable(environment, "CLOUDSDK_CONFIG").empty()) return false;
  return exists;
}

GoogleCredential metadata_server(const Environment& environment) {
  const std::string host = variable(environment, "GCE_METADATA_HOST");
  return MetadataServer{host.empty() ? kMetadataHost : host};
}

}  // namespace

Result<GoogleCredential> parse_google_credential(std::string_view json, std::string_view source) {
  // The parser's message may quote what it read, which may be a key.
  const auto parsed = parse_json(json);
  if (!parsed || !parsed->is_object()) {
    return fail(ErrorCode::ConfigValue, "google credentials are not a JSON object source=`{}`",
                source);
  }
  const Document document(*parsed, source);
  const std::string type = document.optional_text("type");
  if (type == "service_account") return service_account(document);
  if (type == "authorized_user") return authorized_user(document);
  if (type == "external_account") return external_account(document);
  return fail(ErrorCode::ConfigValue, "google credentials are of an unknown type source=`{}`",
              source)
      .with_hint("known are: service_account, authorized_user, external_account");
}

Result<GoogleCredential> find_google_credential(const Environment& environment,
                                                CredentialSearch search) {
  constexpr const char* kKey = "GOOGLE_SERVICE_ACCOUNT_KEY";
  if (const std::string key = variable(environment, kKey); !key.empty()) {
    return parse_google_credential(key, kKey);
  }
  for (const char* name : kFileVariables) {
    const std::string path = variable(environment, name);
    if (!path.empty()) return from_file(path, name);
  }
  if (search == CredentialSearch::Variables) return GoogleCredential(Anonymous{});
  const std::string path = gcloud_file(environment);
  ROCKY_ASSIGN(const bool is_offered, is_offered_by_gcloud(environment, path));
  if (is_offered) return from_file(path, path);
  return metadata_server(environment);
}

}  // namespace rocky::net
