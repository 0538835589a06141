#include "warehouse/postgres/postgres_error.h"

#include <gmock/gmock.h>

namespace rocky::warehouse::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PostgresErrors, AreToldApartBySqlstateAlone) {
  const std::pair<const char*, ErrorCode> kRows[] = {
      {"40001", ErrorCode::SqlConflict},
      {"40P01", ErrorCode::SqlConflict},
      {"57014", ErrorCode::Interrupted},
      {"55P03", ErrorCode::Timeout},
      {"08006", ErrorCode::TargetUnavailable},
      {"57P01", ErrorCode::TargetUnavailable},
      {"57P02", ErrorCode::TargetUnavailable},
      {"57P03", ErrorCode::TargetUnavailable},
      {"25P03", ErrorCode::TargetUnavailable},
      {"25006", ErrorCode::TargetUnavailable},
      {"53300", ErrorCode::TargetUnavailable},
      {"28P01", ErrorCode::PermissionDenied},
      {"28000", ErrorCode::PermissionDenied},
      {"42501", ErrorCode::PermissionDenied},
      {"3D000", ErrorCode::NotFound},
      {"53100", ErrorCode::DiskFull},
      {"53200", ErrorCode::OutOfMemory},
      {"58030", ErrorCode::Io},
      {"XX001", ErrorCode::TargetCorrupt},
      {"XX000", ErrorCode::SqlRejected},
      {"08P01", ErrorCode::SqlRejected},
      {"42P01", ErrorCode::SqlRejected},
      {"22012", ErrorCode::SqlRejected},
      {"23505", ErrorCode::SqlRejected},
      {"", ErrorCode::SqlRejected},
  };
  for (const auto& [sqlstate, code] : kRows) {
    EXPECT_EQ(code_of({sqlstate, "deadlock conflict 40001"}), code) << sqlstate;
  }
}

TEST(PostgresErrors, AKeyTwiceInTheCatalogIsARaceAndInATableAMistake) {
  ServerMessage message{.sqlstate = "23505", .text = "", .schema = "pg_catalog"};
  EXPECT_EQ(code_of(message), ErrorCode::SqlConflict);
  message.schema = "public";
  EXPECT_EQ(code_of(message), ErrorCode::SqlRejected);
}

TEST(PostgresErrors, AStatementErrorPointsIntoTheStatement) {
  const ServerMessage message{
      .sqlstate = "42703", .text = "column \"nosuch\" does not exist", .character = 8};
  const Error error = statement_error(message, "SELECT nosuch\nFROM t");
  EXPECT_EQ(error.message,
            "column \"nosuch\" does not exist\n\nLINE 1: SELECT nosuch\n               ^");
}

TEST(PostgresErrors, OfAStatementThatMayHoldASecretNothingIsQuoted) {
  for (const char* text : {"syntax error at or near \"hunter2\"", "Syntaxfehler bei »hunter2«",
                           "erreur de syntaxe sur ou près de « hunter2 »"}) {
    const ServerMessage message{.sqlstate = "42601", .text = text, .character = 23};
    const Error error = statement_error(message, "ALTER ROLE r PASSWORD hunter2");
    EXPECT_THAT(error.message, Not(HasSubstr("hunter2")));
    EXPECT_THAT(error.message, HasSubstr("42601"));
  }
}

// As libpq 15 words it, in the languages that a server may speak.
TEST(PostgresErrors, TheSqlstateOfAFailedConnectionIsReadFromItsVerboseText) {
  const std::string place = "h:5432/d";
  const Error english = connect_error(
      "connection to server at \"127.0.0.1\", port 1 failed: FATAL:  28P01: password "
      "authentication "
      "failed for user \"x\"\nLOCATION:  auth_failed, auth.c:326\n",
      place);
  EXPECT_EQ(english.code, ErrorCode::PermissionDenied);
  EXPECT_THAT(english.message, HasSubstr("password authentication failed for user \"x\" place="));
  const Error german =
      connect_error("Verbindung fehlgeschlagen: SCHWERWIEGEND:  3D000: Datenbank fehlt\n", place);
  EXPECT_EQ(german.code, ErrorCode::NotFound);
  const Error refused = connect_error(
      "connection to server at \"h\", port 1 failed: Connection refused\n\tIs the server "
      "running?\n",
      place);
  EXPECT_EQ(refused.code, ErrorCode::TargetUnavailable);
  EXPECT_THAT(refused.message, HasSubstr("Connection refused"));
}

}  // namespace
}  // namespace rocky::warehouse::postgres
