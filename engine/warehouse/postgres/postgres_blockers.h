#pragma once

#include "warehouse/postgres/postgres_session.h"

namespace rocky::warehouse::postgres {

/// Ends the sessions that keep the session `waiting_pid` waiting, as far as they belong to owners
/// of the purpose's key with a lower epoch. Done by `helper`, another session of the same role.
///
/// True: the server told some to end. False: who is in the way is somebody else, or nobody any
/// more.
/// `TargetBusy` names one that is ours to end, where the role has no right to.
Result<bool> end_older_sessions(PostgresSession& helper, const SessionPurpose& purpose,
                                int waiting_pid);

/// Who keeps a session waiting, for people: `pid 4711 (psql)`, joined by `, `; empty: nobody.
Result<std::string> name_blockers(PostgresSession& helper, int waiting_pid);

/// Why the fence could not be had: `TargetBusy` when somebody of these names holds it, `Timeout`
/// when nobody does.
Error fence_held_by(const std::string& names);

/// The epoch in a session's name `rocky:KEY8:EPOCH`, when the key is that of `purpose`; else 0.
std::uint64_t epoch_in(std::string_view application_name, const SessionPurpose& purpose);

}  // namespace rocky::warehouse::postgres
