#pragma once

#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky::warehouse::postgres {

/// What a server says when it refuses something.
struct ServerMessage {
  std::string sqlstate;     ///< Five characters; empty when libpq itself speaks.
  std::string text;         ///< One line.
  std::string detail = {};  ///< May hold values of rows.
  std::string schema = {};  ///< Of the table that it speaks of.
  int character = 0;        ///< In the statement, from 1; 0: unknown.
};

/// The code for an SQLSTATE. It alone decides; texts differ with the server's language.
///
/// A key found twice is a conflict in the catalog only, where two made the same table at once: in a
/// table of the user's it would be found again.
ErrorCode code_of(const ServerMessage& message);

/// What the server said about a statement, with the line that it points at. Of a statement that may
/// hold a secret only the SQLSTATE.
Error statement_error(const ServerMessage& message, std::string_view sql);

/// The session is gone, and whatever was not committed with it.
Error session_lost(const ServerMessage& message);

/// Why there is no session, from libpq's text for a failed connection in its verbose form:
///
///   … failed: FATAL:  28P01: password authentication failed for user "x"
///   LOCATION:  auth_failed, auth.c:326
///
/// libpq gives the SQLSTATE of a failed connection in no other way.
Error connect_error(std::string_view verbose_text, std::string_view place);

}  // namespace rocky::warehouse::postgres
