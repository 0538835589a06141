#include "net/google_token.h"

#include <algorithm>

#include "base/check.h"
#include "fakes/manual_clock.h"
#include "fakes/scripted_http_client.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"

namespace rocky::fuzz {
namespace {

/// Neither the caller's files nor a key that takes long to sign with.
bool stays_in_memory(const net::GoogleCredential& credential) {
  const auto* account = std::get_if<net::ExternalAccount>(&credential);
  if (account) return account->subject_token.file.empty();
  return !std::holds_alternative<net::ServiceAccountKey>(credential);
}

void check_token(const net::GoogleCredential& credential, const std::string& reply) {
  fakes::ManualClock clock;
  fakes::ScriptedHttpClient http;
  for (int exchange = 0; exchange < 3; ++exchange) http.then(200, reply);
  const auto token = net::GoogleTokens(clock, http, credential, "scope").token();
  if (!token) return;
  const std::string& text = token->reveal();
  ROCKY_CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; }));
}

}  // namespace

/// The reply of a token server; a credential file.
void google_token(std::string_view bytes) {
  const auto pieces = pieces_of(bytes, 2);
  check_token(net::MetadataServer{"127.0.0.1"}, pieces[0]);
  const auto credential = net::parse_google_credential(pieces[1], "a test");
  if (credential && stays_in_memory(*credential)) check_token(*credential, pieces[0]);
}

}  // namespace rocky::fuzz
