#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "warehouse/postgres/cancel_request.h"
#include "warehouse/postgres/postgres_api.h"
#include "warehouse/postgres/postgres_error.h"
#include "warehouse/postgres/postgres_settings.h"
#include "warehouse/warehouse.h"

namespace rocky::warehouse::postgres {

/// `host:port/database`, for people and for telling databases apart.
std::string place_of(const PostgresSettings& settings);

/// The reason of a request to stop. A lost lease is none: nobody waits for that run to end, and
/// what it left in doubt can be looked up.
std::optional<Error> stop_in(const Cancellation* cancellation);

/// What a session of a key is called in `pg_stat_activity`: `rocky:KEY8:EPOCH`, KEY8 the first
/// eight digits of the key's name; without a key `rocky`.
std::string application_name_of(const SessionPurpose& purpose);

/// The reply to one statement.
struct Reply {
  Owned<PGresult> result;
  bool ok = false;  ///< Otherwise `message` says what the server refused, or that it is gone.
  ServerMessage message = {};
};

/// Whether a statement is cancelled once somebody asked the process to stop. One whose end decides
/// what is committed is only waited for.
enum class OnStop { Cancel, Wait };

/// A session of the server as libpq has it. One thread, except `cancel`.
///
/// Every wait ends within a second of a request to stop (`Interrupted`): a statement is cancelled,
/// and a session from which nothing comes then is lost.
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
  /// Whether there is a reply, or no use in waiting for one; waits at most so long.
  bool replied_within(Millis patience);
  Reply receive(OnStop on_stop = OnStop::Cancel);
  Reply run(const std::string& sql, const std::vector<Value>& arguments = {},
            OnStop on_stop = OnStop::Cancel);

  /// Asks the server to end the running statement. Safe from any thread.
  void cancel() { cancel_.send(); }
  /// A cancellation was sent at some time; it may arrive late.
  bool ever_cancelled() const { return cancel_.was_sent(); }
  /// Nothing more is waited for: the session is lost.
  void give_up() { given_up_ = true; }
  /// Why the process is to stop, once it is.
  std::optional<Error> stopped() const { return stop_in(cancellation_); }
  /// The connection is no longer there.
  bool lost() const;
  int pid() const { return api_.backendPID(connection_.get()); }
  const Api& api() const { return api_; }

 private:
  PostgresSession(Clock& clock, const PostgresSettings& settings, const Api& api,
                  Owned<PGconn> connection);
  /// Says whether the server answered in time.
  Result<bool> prepare(const SessionPurpose& purpose, BootTime deadline);
  /// Empty when there is no reply by then: the session is of no use any more.
  std::optional<Reply> run_until(BootTime deadline, const std::string& sql,
                                 const std::vector<Value>& arguments = {});
  Reply not_sent() const;
  Owned<PGresult> next_result(OnStop on_stop);
  // For a moment at most; false: once somebody asked to stop, for no longer.
  bool wait_for_input(Millis at_most, OnStop on_stop);
  ServerMessage message_in(const PGresult* result) const;

  Clock& clock_;
  const Cancellation* const cancellation_;
  const Api& api_;
  Owned<PGconn> connection_;
  CancelRequest cancel_;
  std::optional<BootTime> stop_seen_at_;
  bool given_up_ = false;  // Nothing comes from it, or it waits for rows that nobody sends.
};

}  // namespace rocky::warehouse::postgres
