#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "errors/error.h"
#include "net/google_credential.h"
#include "net/http.h"
#include "net/service_clock.h"

namespace rocky::net {

/// Access tokens for Google's services, asked for when first needed and again some minutes before
/// they expire. Safe from several threads.
///
/// Each exchange is sent once and bounded in time. Out of reach is StoreUnavailable, a credential
/// that is not accepted PermissionDenied; no error shows a key, an assertion or a token.
class GoogleTokens final {
 public:
  /// `scope`: what the tokens are to be good for, `https://www.googleapis.com/auth/…`.
  GoogleTokens(Clock& clock, HttpClient& client, GoogleCredential credential, std::string scope);

  /// For `Authorization: Bearer …`; empty: the request is sent without.
  Result<Secret> token();
  /// A server did not accept `refused`: the next token() asks for another.
  void forget(const Secret& refused);

 private:
  struct Kept {
    Secret token;
    BootTime refresh_at;
    BootTime expires_at;
  };
  Kept kept() const;
  void put_off_refresh(BootTime until);

  Clock& clock_;
  ServiceClock time_;  // By which what is signed for a token is judged.
  HttpClient& client_;
  const GoogleCredential credential_;
  const std::string scope_;
  mutable std::mutex mutex_;  // Never held during an exchange: two may be under way at once.
  Kept kept_;
};

}  // namespace rocky::net
