#include "warehouse/postgres/postgres_blockers.h"

#include "base/number_text.h"
#include "base/strings.h"

namespace rocky::warehouse::postgres {
namespace {

// A prepared transaction has no session: its number is 0. A session that went meanwhile is nobody.
constexpr const char* kBlockers =
    "SELECT DISTINCT b.pid, coalesce(a.application_name, '') "
    "FROM unnest(pg_blocking_pids($1::integer)) AS b(pid) "
    "LEFT JOIN pg_stat_activity AS a ON a.pid = b.pid "
    "WHERE b.pid = 0 OR a.pid IS NOT NULL ORDER BY b.pid";

constexpr std::string_view kPreparedPid = "0";
constexpr const char* kPreparedName = "a prepared transaction";

// Named once more, so that another session that got the number meanwhile is left alone.
constexpr const char* kEnd =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid = $1::integer AND application_name = $2";

struct Blocker {
  std::string pid;
  std::string application_name;
};

Error refused(PostgresSession& helper, const Reply& reply, const char* sql) {
  if (helper.lost()) return session_lost(reply.message);
  return statement_error(reply.message, sql);
}

Result<std::vector<Blocker>> blockers_of(PostgresSession& helper, int waiting_pid) {
  const Reply reply = helper.run(kBlockers, {std::int64_t{waiting_pid}});
  if (!reply.ok) return refused(helper, reply, kBlockers);
  const Api& api = helper.api();
  std::vector<Blocker> found;
  for (int row = 0; row < api.ntuples(reply.result.get()); ++row) {
    const auto text = [&](int column) {
      return std::string(api.getvalue(reply.result.get(), row, column));
    };
    found.push_back({text(0), text(1)});
  }
  return found;
}

Error no_right(const Blocker& blocker, const Error& cause) {
  return fail(ErrorCode::TargetBusy,
              "a session of an earlier owner of the key holds its fence, and this role may not end "
              "it pid=`{}` session=`{}`",
              blocker.pid, blocker.application_name)
      .with_hint(fmt::format("as the session's role or one with pg_signal_backend: SELECT "
                             "pg_terminate_backend({}); then run again",
                             blocker.pid))
      .with_note(cause.message);
}

}  // namespace

std::uint64_t epoch_in(std::string_view application_name, const SessionPurpose& purpose) {
  SessionPurpose without_epoch = purpose;
  without_epoch.epoch = 0;
  std::string prefix = application_name_of(without_epoch);
  prefix.pop_back();
  if (purpose.key_sha256.empty() || !application_name.starts_with(prefix)) return 0;
  return to_number<std::uint64_t>(application_name.substr(prefix.size())).value_or(0);
}

Result<bool> end_older_sessions(PostgresSession& helper, const SessionPurpose& purpose,
                                int waiting_pid) {
  ROCKY_ASSIGN(const auto blockers, blockers_of(helper, waiting_pid));
  bool ended = false;
  for (const Blocker& blocker : blockers) {
    const std::uint64_t epoch = epoch_in(blocker.application_name, purpose);
    if (epoch == 0 || epoch >= purpose.epoch) continue;
    const Reply reply = helper.run(kEnd, {blocker.pid, blocker.application_name});
    if (!reply.ok) {
      Error cause = refused(helper, reply, kEnd);
      if (cause.code == ErrorCode::PermissionDenied) return no_right(blocker, cause);
      return cause;
    }
    // No row: it is gone already. False: it went just now.
    const Api& api = helper.api();
    const bool told = api.ntuples(reply.result.get()) == 1 &&
                      std::string_view(api.getvalue(reply.result.get(), 0, 0)) == "t";
    ended = ended || told;
  }
  return ended;
}

Result<std::string> name_blockers(PostgresSession& helper, int waiting_pid) {
  ROCKY_ASSIGN(const auto blockers, blockers_of(helper, waiting_pid));
  std::vector<std::string> names;
  for (const Blocker& blocker : blockers) {
    names.push_back(blocker.pid == kPreparedPid
                        ? kPreparedName
                        : fmt::format("pid {} ({})", blocker.pid, blocker.application_name));
  }
  return join(names, ", ");
}

Error fence_held_by(const std::string& names) {
  if (names.empty()) {
    return fail(ErrorCode::Timeout,
                "the server does not give the fence of the key, though nobody holds it")
        .with_hint("look at the server's load and log, then run again");
  }
  Error error =
      fail(ErrorCode::TargetBusy, "somebody else holds the fence of the key holder=`{}`", names)
          .with_hint("end that transaction, then run again");
  if (names.find(kPreparedName) == std::string::npos) return error;
  return std::move(error).with_hint(
      "ROLLBACK PREPARED or COMMIT PREPARED what pg_prepared_xacts lists, then run again");
}

}  // namespace rocky::warehouse::postgres
