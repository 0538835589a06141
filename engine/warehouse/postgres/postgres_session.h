#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "warehouse/postgres/postgres_api.h"
#include "warehouse/postgres/postgres_error.h"
#include "warehouse/postgres/postgres_settings.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse::postgres {

/// `host:port/database`, for people and for telling databases apart.
std::string place_of(const PostgresSettings& settings);

/// What a session of a key is called in `pg_stat_activity`: `rocky:KEY8:EPOCH`, KEY8 the first
/// eight digits of the key's name; without a key `rocky`.
std::string application_name_of(const SessionPurpose& purpose);

/// The reply to one statement.
struct Reply {
  Owned<PGresult> result;
  bool ok = false;  ///< Otherwise `message` says what the server refused, or that it is gone.
  ServerMessage message = {};
};

/// A session of the server as libpq has it. One thread, except `cancel`.
class PostgresSession {
 public:
  /// `TargetUnavailable` when the server cannot be reached, or does not serve us, in time,
  /// `PermissionDenied` when it lets us not in, `NotFound` when it has no such database.
  /// `was_there`: the server has been reached before, so that one that does not answer is waited
  /// for as one that restarts.
  static Result<std::unique_ptr<PostgresSession>> open(Clock& clock,
                                                       const PostgresSettings& settings,
                                                       const SessionPurpose& purpose,
                                                       bool was_there);

  /// Sends one statement; `receive` must follow.
  bool send(const std::string& sql, const std::vector<Value>& arguments);
  /// Whether the reply is there, waiting at most so long for it.
  bool replied_within(Clock& clock, Millis patience);
  Reply receive();
  Reply run(const std::string& sql, const std::vector<Value>& arguments = {});

  /// Asks the server to end the running statement. Safe from any thread.
  void cancel();
  /// The connection is no longer there.
  bool lost() const;
  int pid() const { return api_.backendPID(connection_.get()); }
  const Api& api() const { return api_; }

 private:
  PostgresSession(const Api& api, Owned<PGconn> connection, Owned<PGcancel> cancel)
      : api_(api), connection_(std::move(connection)), cancel_(std::move(cancel)) {}
  /// Says whether the server answered in time.
  Result<bool> prepare(Clock& clock, const SessionPurpose& purpose, BootTime deadline);
  /// Empty when there is no reply by then: the session is of no use any more.
  std::optional<Reply> run_until(Clock& clock, BootTime deadline, const std::string& sql,
                                 const std::vector<Value>& arguments = {});
  Reply not_sent() const;
  ServerMessage message_in(const PGresult* result) const;

  const Api& api_;
  Owned<PGconn> connection_;
  Owned<PGcancel> cancel_;
  bool given_up_ = false;  // It waits for rows of a COPY that nobody sends.
};

}  // namespace rocky::warehouse::postgres
