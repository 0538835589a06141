#include "warehouse/postgres/postgres_session.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/strings.h"
#include "net/socket.h"

namespace rocky::warehouse::postgres {
namespace {

// What client_connection_check_interval and the fence's lock need; MERGE needs 15.
constexpr int kServerVersionMin = 140000;

// A peer that is gone is noticed within half a minute, on both sides.
constexpr const char* kKeepaliveIdleSeconds = "10";
constexpr const char* kKeepaliveIntervalSeconds = "5";
constexpr const char* kKeepaliveCount = "4";
constexpr const char* kUserTimeoutMs = "30000";

// How long a server that restarts is waited for, and how often it is asked.
constexpr Millis kRestartPatience{10'000};
constexpr Millis kRestartPause{100};

// How often a wait looks whether somebody asked the process to stop, and for how long a statement
// may take to end then: so much less than two seconds that the key can be given back as well.
constexpr Millis kStopInterval{50};
constexpr Millis kStopPatience{700};

constexpr std::size_t kKeyDigits = 8;

// Times of the server are of 32 bits.
constexpr Millis kIdleMaxMax{2'147'483'647};

// A session is kept while its run waits for something else, so none of the role's own for idleness.
constexpr const char* kSettings =
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') "
    "WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false), "
    "set_config('idle_in_transaction_session_timeout', $1, false), "
    "set_config('idle_session_timeout', '0', false), "
    "set_config('tcp_keepalives_idle', $2, false), "
    "set_config('tcp_keepalives_interval', $3, false), "
    "set_config('tcp_keepalives_count', $4, false), "
    "set_config('tcp_user_timeout', $5, false), "
    "set_config('TimeZone', 'UTC', false), "
    "set_config('DateStyle', 'ISO, YMD', false), "
    "set_config('quote_all_identifiers', 'off', false), "
    "set_config('standard_conforming_strings', 'on', false)";

// Where the server's system cannot tell, it refuses: then the keepalives alone must do.
constexpr const char* kConnectionCheck =
    "SELECT set_config('client_connection_check_interval', '5s', false)";

Error not_in_time(const PostgresSettings& settings) {
  return fail(ErrorCode::TargetUnavailable, "cannot connect in time place=`{}` seconds=`{}`",
              place_of(settings), settings.connect_timeout.count() / 1000)
      .with_hint("check host and port of the adapter, or raise its timeout_secs");
}

/// Whether there is anything to be had from the socket, be it an error.
bool is_ready(int socket, short events, Millis at_most) {
  pollfd descriptor{socket, events, 0};
  const int ready = ::poll(&descriptor, 1, static_cast<int>(at_most.count()));
  return ready > 0 || (ready < 0 && errno != EINTR);
}

/// One attempt to connect, at each address of the host until one answers.
class Attempt {
 public:
  Attempt(Clock& clock, const Api& api, const PostgresSettings& settings, std::string name,
          BootTime deadline)
      : clock_(clock),
        api_(api),
        settings_(settings),
        deadline_(deadline),
        name_(std::move(name)),
        port_(std::to_string(settings.port)) {}

  Result<Owned<PGconn>> connect() {
    if (auto stop = stop_in(settings_.cancellation)) return *std::move(stop);
    ROCKY_ASSIGN(const std::vector<std::string> addresses, resolve());
    for (std::size_t at = 0;; ++at) {
      // One that answers nothing must leave time for the others.
      const auto left = static_cast<Millis::rep>(addresses.size() - at);
      const BootTime now = clock_.boot_now();
      const auto share = std::chrono::ceil<Millis>(deadline_ - now) / left;
      auto connected = connect_to(addresses[at], now + share);
      const bool silent = !connected && connected.error().code == ErrorCode::TargetUnavailable;
      if (!silent || left == 1) return connected;
    }
  }

 private:
  Result<Owned<PGconn>> connect_to(const std::string& address, BootTime until) const {
    const auto words = parameters(address);
    std::vector<const char*> names, values;
    for (const auto& [name, value] : words) {
      names.push_back(name);
      values.push_back(value);
    }
    Owned<PGconn> connection(api_.connectStartParams(names.data(), values.data(), 0), api_.finish);
    if (!connection) return fail(ErrorCode::OutOfMemory, "libpq has no memory for a connection");
    // Verbose, because a failed connection tells its SQLSTATE in its text only.
    api_.setErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
    api_.setNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    ROCKY_TRY(negotiate(connection.get(), until));
    return connection;
  }

  /// libpq would wait for the resolver and for each address without an end that we could give it.
  /// It takes an address beside the host, which it still proves and finds passwords by. What is no
  /// single name (the directory of a socket, a list) is libpq's own to read: one empty address.
  Result<std::vector<std::string>> resolve() const {
    std::vector<std::string> libpqs_own = {""};
    const std::string& host = settings_.host;
    if (host.empty() || host.find_first_of("/@,") != std::string::npos) return libpqs_own;
    const auto stopped = [&] { return stop_in(settings_.cancellation).has_value(); };
    const auto found = net::find_addresses(
        clock_, {host, static_cast<std::uint16_t>(settings_.port)}, deadline_, stopped);
    if (auto stop = stop_in(settings_.cancellation)) return *std::move(stop);
    if (const auto* failed = std::get_if<net::NotSent>(&found)) {
      return connect_error(failed->text, place_of(settings_));
    }
    const auto& addresses = std::get<0>(found);
    return addresses.empty() ? libpqs_own : addresses;
  }

  std::vector<std::pair<const char*, const char*>> parameters(const std::string& address) const {
    std::vector<std::pair<const char*, const char*>> words = {
        {"host", settings_.host.c_str()},
        {"hostaddr", address.c_str()},
        {"port", port_.c_str()},
        {"dbname", settings_.database.c_str()},
        {"application_name", name_.c_str()},
        {"client_encoding", "UTF8"},
        {"keepalives_idle", kKeepaliveIdleSeconds},
        {"keepalives_interval", kKeepaliveIntervalSeconds},
        {"keepalives_count", kKeepaliveCount},
        {"tcp_user_timeout", kUserTimeoutMs}};
    if (!settings_.username.empty()) words.emplace_back("user", settings_.username.c_str());
    if (!settings_.password.empty()) {
      words.emplace_back("password", settings_.password.reveal().c_str());
    }
    words.emplace_back(nullptr, nullptr);
    return words;
  }

  Status negotiate(PGconn* connection, BootTime until) const {
    if (api_.status(connection) == CONNECTION_BAD) return failed(connection);
    for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
      const short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
      ROCKY_TRY(wait(api_.socket(connection), events, until));
      next = api_.connectPoll(connection);
      if (next == PGRES_POLLING_FAILED) return failed(connection);
    }
    return {};
  }

  Status wait(int socket, short events, BootTime until) const {
    for (;;) {
      if (auto stop = stop_in(settings_.cancellation)) return *std::move(stop);
      const auto left = std::chrono::ceil<Millis>(until - clock_.boot_now());
      if (left.count() <= 0) return not_in_time(settings_);
      if (is_ready(socket, events, std::min(left, kStopInterval))) return {};
    }
  }

  Error failed(PGconn* connection) const {
    Error error = connect_error(api_.errorMessage(connection), place_of(settings_));
    if (api_.connectionNeedsPassword(connection) != 0) error.code = ErrorCode::PermissionDenied;
    return error;
  }

  Clock& clock_;
  const Api& api_;
  const PostgresSettings& settings_;
  const BootTime deadline_;
  const std::string name_, port_;
};

/// libpq takes all arguments as text; the server reads them as what the statement needs.
struct ArgumentText {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return value; }
};

}  // namespace

std::string place_of(const PostgresSettings& settings) {
  return fmt::format("{}:{}/{}", settings.host, settings.port, settings.database);
}

std::optional<Error> stop_in(const Cancellation* cancellation) {
  auto reason = cancellation == nullptr ? std::nullopt : cancellation->reason();
  return reason && reason->code == ErrorCode::Interrupted ? reason : std::nullopt;
}

std::string application_name_of(const SessionPurpose& purpose) {
  if (purpose.key_sha256.empty()) return "rocky";
  return fmt::format("rocky:{}:{}", purpose.key_sha256.substr(0, kKeyDigits), purpose.epoch);
}

PostgresSession::PostgresSession(Clock& clock, const PostgresSettings& settings, const Api& api,
                                 Owned<PGconn> connection)
    : clock_(clock),
      cancellation_(settings.cancellation),
      api_(api),
      connection_(std::move(connection)),
      cancel_(api, Owned<PGcancel>(api.getCancel(connection_.get()), api.freeCancel),
              settings.thread_source) {}

Result<std::unique_ptr<PostgresSession>> PostgresSession::open(Clock& clock,
                                                               const PostgresSettings& settings,
                                                               const SessionPurpose& purpose,
                                                               bool was_there) {
  ROCKY_ASSIGN(const Api* api, load_api());
  const BootTime until = clock.boot_now() + std::min(kRestartPatience, settings.connect_timeout);
  for (;;) {
    const BootTime deadline = clock.boot_now() + settings.connect_timeout;
    auto connected =
        Attempt(clock, *api, settings, application_name_of(purpose), deadline).connect();
    if (!connected) {
      const bool passing = was_there && connected.error().code == ErrorCode::TargetUnavailable;
      if (!passing || clock.boot_now() + kRestartPause > until) return connected.error();
      clock.sleep_for(kRestartPause);
      continue;
    }
    std::unique_ptr<PostgresSession> session(
        new PostgresSession(clock, settings, *api, std::move(*connected)));
    // A pooler lets us in before it has a server for us.
    ROCKY_ASSIGN(const bool in_time, session->prepare(purpose, deadline));
    if (!in_time) return not_in_time(settings);
    return session;
  }
}

Result<bool> PostgresSession::prepare(const SessionPurpose& purpose, BootTime deadline) {
  const int version = api_.serverVersion(connection_.get());
  if (version < kServerVersionMin) {
    return fail(ErrorCode::NotSupportedYet, "the server is too old version=`{}` needed=`14`",
                version / 10000)
        .with_hint("use PostgreSQL 14 or later; merge models need 15");
  }
  const Millis idle_max = std::min(purpose.idle_max, kIdleMaxMax);
  const auto set = run_until(deadline, kSettings,
                             {std::to_string(idle_max.count()), kKeepaliveIdleSeconds,
                              kKeepaliveIntervalSeconds, kKeepaliveCount, kUserTimeoutMs});
  if (!set) return false;
  if (auto stop = stopped(); stop && !set->ok) return *std::move(stop);
  if (!set->ok)
    return lost() ? session_lost(set->message) : statement_error(set->message, kSettings);
  return run_until(deadline, kConnectionCheck).has_value();
}

std::optional<Reply> PostgresSession::run_until(BootTime deadline, const std::string& sql,
                                                const std::vector<Value>& arguments) {
  const bool is_sent = send(sql, arguments);
  const auto left = std::chrono::ceil<Millis>(deadline - clock_.boot_now());
  if (is_sent && !replied_within(left)) return std::nullopt;
  return is_sent ? receive() : not_sent();
}

bool PostgresSession::send(const std::string& sql, const std::vector<Value>& arguments) {
  if (lost()) return false;
  std::vector<std::string> texts;
  for (const Value& value : arguments) texts.push_back(std::visit(ArgumentText{}, value));
  std::vector<const char*> values;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool null = std::holds_alternative<std::monostate>(arguments[i]);
    values.push_back(null ? nullptr : texts[i].c_str());
  }
  return api_.sendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                              nullptr, values.data(), nullptr, nullptr, 0) == 1;
}

bool PostgresSession::wait_for_input(Millis at_most, OnStop on_stop) {
  if (stopped()) {
    if (!stop_seen_at_) stop_seen_at_ = clock_.boot_now();
    if (clock_.boot_now() - *stop_seen_at_ > kStopPatience) return false;
    if (on_stop == OnStop::Cancel) cancel();
  }
  is_ready(api_.socket(connection_.get()), POLLIN, std::min(at_most, kStopInterval));
  return api_.consumeInput(connection_.get()) != 0;
}

bool PostgresSession::replied_within(Millis patience) {
  const BootTime until = clock_.boot_now() + patience;
  while (api_.isBusy(connection_.get()) != 0) {
    const auto left = std::chrono::ceil<Millis>(until - clock_.boot_now());
    if (left.count() <= 0) return false;
    if (!wait_for_input(left, OnStop::Cancel)) return true;
  }
  return true;
}

/// None where the connection is lost, also because nothing comes from it after a request to stop.
Owned<PGresult> PostgresSession::next_result(OnStop on_stop) {
  while (!lost() && api_.isBusy(connection_.get()) != 0) {
    if (wait_for_input(kStopInterval, on_stop)) continue;
    if (!stop_seen_at_) break;  // What libpq has to say of it is the result.
    given_up_ = true;
  }
  return {given_up_ ? nullptr : api_.getResult(connection_.get()), api_.clear};
}

/// The first result is the statement's own. What follows it is of the connection, which tells it
/// again when it is asked next.
Reply PostgresSession::receive(OnStop on_stop) {
  Reply reply{next_result(on_stop)};
  if (!reply.result) {
    reply.message.text = trim(api_.errorMessage(connection_.get()));
    return reply;
  }
  switch (api_.resultStatus(reply.result.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK: reply.ok = true; break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      given_up_ = true;
      reply.message = {"0A000", "COPY from and to the client is not possible here"};
      return reply;
    default: reply.message = message_in(reply.result.get());
  }
  while (next_result(on_stop)) {
  }
  return reply;
}

Reply PostgresSession::run(const std::string& sql, const std::vector<Value>& arguments,
                           OnStop on_stop) {
  return send(sql, arguments) ? receive(on_stop) : not_sent();
}

Reply PostgresSession::not_sent() const {
  Reply reply{Owned<PGresult>(nullptr, api_.clear)};
  reply.message.text = trim(api_.errorMessage(connection_.get()));
  return reply;
}

ServerMessage PostgresSession::message_in(const PGresult* result) const {
  const auto field = [&](int name) {
    const char* text = api_.resultErrorField(result, name);
    return std::string(text == nullptr ? "" : text);
  };
  ServerMessage message{field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY),
                        field(PG_DIAG_MESSAGE_DETAIL), field(PG_DIAG_SCHEMA_NAME)};
  message.character = std::atoi(field(PG_DIAG_STATEMENT_POSITION).c_str());
  if (message.text.empty()) message.text = trim(api_.errorMessage(connection_.get()));
  return message;
}

bool PostgresSession::lost() const {
  return given_up_ || api_.status(connection_.get()) == CONNECTION_BAD;
}

}  // namespace rocky::warehouse::postgres
