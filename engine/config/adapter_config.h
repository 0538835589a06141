#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/describe.h"
#include "config/policy_config.h"
#include "errors/error.h"

namespace rocky::config {

enum class AdapterKind { Data, Discovery };
template <>
inline constexpr auto kNames<AdapterKind> = std::to_array<EnumName<AdapterKind>>(
    {{AdapterKind::Data, "data"}, {AdapterKind::Discovery, "discovery"}});

struct DuckdbSettings {
  std::optional<std::string> path;
  std::int64_t threads = 0;
  std::string memory_limit;
  std::string temp_directory;
  std::string max_temp_directory_size;
  std::chrono::seconds lock_timeout{0};

  /// There is no file.
  bool in_memory() const { return !path || *path == ":memory:"; }

  static constexpr void describe(auto field) {
    using D = DuckdbSettings;
    field("path", &D::path,
          "The database file, relative to rocky.toml; unset: in memory, gone at the end.",
          FieldRules{.not_empty = true, .shown = true});
    field("threads", &D::threads, "0: as many as the machine or container has.",
          FieldRules{.max = 4096});
    field("memory_limit", &D::memory_limit, "Such as `4GB`; empty: by the machine or container.");
    field("temp_directory", &D::temp_directory, "Where DuckDB spills; empty: beside the file.");
    field("max_temp_directory_size", &D::max_temp_directory_size,
          "Such as `20GB`; empty: DuckDB's default.");
    field("lock_timeout_seconds", &D::lock_timeout,
          "How long to wait for a file that another process holds (= `--lock-timeout`).");
  }
};

struct PostgresSettings {
  std::string host;
  std::int64_t port = 5432;
  std::string database;
  std::string username;
  Secret password;
  std::chrono::seconds timeout{30};

  static constexpr void describe(auto field) {
    using P = PostgresSettings;
    field("host", &P::host, "Host name, address or socket directory.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
    field("port", &P::port, "Port.", FieldRules{.min = 1, .max = 65535});
    field("database", &P::database, "Database.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
    field("username", &P::username, "Role; empty: as libpq finds it.", FieldRules{.shown = true});
    field("password", &P::password, "Password; empty: as libpq finds it.",
          FieldRules{.secret = true});
    field("timeout_secs", &P::timeout, "Longest time to connect.", FieldRules{.min = 1});
  }
};

struct TrinoSettings {
  std::string host;
  std::int64_t port = 8080;
  std::string database;
  std::string username;
  Secret password;
  Secret token;
  std::chrono::seconds timeout{30};

  static constexpr void describe(auto field) {
    using T = TrinoSettings;
    field("host", &T::host, "Coordinator: a host name, or an `https://` address.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
    field("port", &T::port, "Port.", FieldRules{.min = 1, .max = 65535});
    field("database", &T::database, "Default catalog.", FieldRules{.shown = true});
    field("username", &T::username, "User.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
    field("password", &T::password, "Password.", FieldRules{.secret = true});
    field("token", &T::token, "Bearer token.", FieldRules{.secret = true});
    field("timeout_secs", &T::timeout, "Longest time to connect.", FieldRules{.min = 1});
  }
};

/// An adapter of a type that this engine does not have: read, so that its configuration can be
/// validated, and refused when a pipeline uses it.
struct ForeignSettings {
  std::optional<std::string> path, host, http_path, client_id, destination_id, account, warehouse;
  std::optional<std::string> username, private_key_path, role, database, project_id, location;
  Secret token, client_secret, api_key, api_secret, password, oauth_token;
  std::optional<std::chrono::seconds> timeout;

  static constexpr void describe(auto field) {
    using F = ForeignSettings;
    constexpr FieldRules secret{.secret = true};
    field("path", &F::path, "File.");
    field("host", &F::host, "Host name.");
    field("http_path", &F::http_path, "Path of the SQL endpoint.");
    field("client_id", &F::client_id, "OAuth client.");
    field("destination_id", &F::destination_id, "Destination of a connector service.");
    field("account", &F::account, "Account.");
    field("warehouse", &F::warehouse, "Virtual warehouse.");
    field("username", &F::username, "User.");
    field("private_key_path", &F::private_key_path, "File of the private key.");
    field("role", &F::role, "Role.");
    field("database", &F::database, "Database.");
    field("project_id", &F::project_id, "Project.");
    field("location", &F::location, "Region.");
    field("token", &F::token, "Access token.", secret);
    field("client_secret", &F::client_secret, "OAuth secret.", secret);
    field("api_key", &F::api_key, "Key of a connector service.", secret);
    field("api_secret", &F::api_secret, "Secret of a connector service.", secret);
    field("password", &F::password, "Password.", secret);
    field("oauth_token", &F::oauth_token, "Access token.", secret);
    field("timeout_secs", &F::timeout, "Longest time to connect.");
  }
};

using AdapterSettings =
    std::variant<DuckdbSettings, PostgresSettings, TrinoSettings, ForeignSettings>;

/// `[adapter.NAME]`: a source or target of data, or a place where sources are discovered.
struct Adapter {
  std::string name;
  Where where;  ///< Its table header.
  std::string type;
  std::optional<AdapterKind> kind;
  std::string meta_schema = "_rocky";
  RetryPolicy retry;
  AdapterSettings settings;

  bool only_discovers() const;  ///< Its type has no data to move.
  bool moves_data() const;
  bool discovers() const;

  static constexpr void describe(auto field) {
    using A = Adapter;
    field("type", &A::type,
          "`duckdb`, `postgres` or `trino`; other types are read and refused when used.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
    field("kind", &A::kind, "Narrows the adapter to one role; needed by types that only discover.");
    field("meta_schema", &A::meta_schema, "Schema of the target that holds stamps and fences.",
          FieldRules{.not_empty = true, .identifier = true, .shown = true});
    field("retry", &A::retry, "How calls are repeated; without effect on DuckDB and PostgreSQL.");
  }
};

static_assert(fully_described<DuckdbSettings>() && fully_described<PostgresSettings>());
static_assert(fully_described<TrinoSettings>() && fully_described<ForeignSettings>());

}  // namespace rocky::config
