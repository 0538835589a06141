#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "output/error_info.h"

namespace rocky::output {

struct StoreCheck {
  std::string name;
  bool passed = false;
  std::string seen;

  static constexpr void describe(auto field) {
    field("name", &StoreCheck::name, "What was tried: `create_twice`, `racers`, …");
    field("passed", &StoreCheck::passed, "The store kept its promise.");
    field("seen", &StoreCheck::seen, "What it did instead.", Presence::OmitEmpty);
  }
};

/// What is true of a store, so far as this engine can tell.
struct StoreFacts {
  bool shared_across_hosts = false;
  bool may_lose_acknowledged_writes = false;
  bool conditional_remove = false;
  bool liveness_lock = false;
  bool store_clock = false;
  std::int64_t write_spacing_ms = 0;

  static constexpr void describe(auto field) {
    using F = StoreFacts;
    field("shared_across_hosts", &F::shared_across_hosts, "Hosts share it.");
    field("may_lose_acknowledged_writes", &F::may_lose_acknowledged_writes,
          "It may lose a write that it acknowledged.");
    field("conditional_remove", &F::conditional_remove,
          "It removes a value only at a given version; otherwise only run records are removed "
          "there.");
    field("liveness_lock", &F::liveness_lock,
          "The kernel tells at once when the owner of a key is gone.");
    field("store_clock", &F::store_clock,
          "It tells how old a value is; otherwise silence is observed.");
    field("write_spacing_ms", &F::write_spacing_ms, "Least time between two writes of one value.");
  }
};

/// `rocky state probe`.
struct ProbeOutput {
  std::string version;
  std::string command = "state probe";
  std::string backend;
  std::string location;
  bool sound = false;
  std::vector<StoreCheck> checks;
  StoreFacts facts;
  std::int64_t duration_ms = 0;
  std::optional<ErrorInfo> error;

  static constexpr void describe(auto field) {
    using P = ProbeOutput;
    field("version", &P::version, "Engine version.");
    field("command", &P::command, "`state probe`.");
    field("backend", &P::backend, "`local`, `valkey`, `s3`, `gcs` or `tiered`.");
    field("location", &P::location, "Where the state is, without secrets.");
    field("sound", &P::sound, "A claim in it is worth something.");
    field("checks", &P::checks, "In the order in which they were tried.");
    field("facts", &P::facts, "What is true of it.");
    field("duration_ms", &P::duration_ms, "How long it took, milliseconds.");
    field("error", &P::error, "Why it is refused.", Presence::OmitEmpty);
  }
};

struct DrainedFinishes {
  std::int64_t recorded = 0;
  std::int64_t dropped = 0;
  std::int64_t undecided = 0;
  std::int64_t unreadable = 0;

  static constexpr void describe(auto field) {
    using D = DrainedFinishes;
    field("recorded", &D::recorded, "Ends of keyed runs that are recorded now.");
    field("dropped", &D::dropped,
          "Those whose key was changed or lost meanwhile: the next run recovers from the stamps.");
    field("undecided", &D::undecided, "Those that the store did not answer for; they are kept.");
    field("unreadable", &D::unreadable,
          "Those that are, or are to replace, what this version cannot read; they are kept.");
  }
};

struct DrainedRunRecords {
  std::int64_t recorded = 0;
  std::int64_t dropped = 0;
  std::int64_t unreadable = 0;

  static constexpr void describe(auto field) {
    using D = DrainedRunRecords;
    field("recorded", &D::recorded, "Run records that are in the history now.");
    field("dropped", &D::dropped, "Those under whose name another record stands.");
    field("unreadable", &D::unreadable, "Files that are no run records; they are left.");
  }
};

/// `rocky state drain`.
struct DrainOutput {
  std::string version;
  std::string command = "state drain";
  DrainedFinishes finishes;
  DrainedRunRecords runs;
  std::optional<ErrorInfo> error;

  static constexpr void describe(auto field) {
    using D = DrainOutput;
    field("version", &D::version, "Engine version.");
    field("command", &D::command, "`state drain`.");
    field("finishes", &D::finishes, "Ends of keyed runs that waited on this host.");
    field("runs", &D::runs, "Run records that waited on this host.");
    field("error", &D::error, "Why something still waits.", Presence::OmitEmpty);
  }
};

struct SweptKeys {
  std::int64_t examined = 0;
  std::int64_t removed = 0;
  std::int64_t unreadable = 0;

  static constexpr void describe(auto field) {
    using S = SweptKeys;
    field("examined", &S::examined, "Keys that were looked at.");
    field("removed", &S::removed, "Keys past their retention that are gone now.");
    field("unreadable", &S::unreadable, "Keys whose record cannot be read; they are left.");
  }
};

struct SweptRunRecords {
  std::int64_t removed = 0;
  std::int64_t left = 0;

  static constexpr void describe(auto field) {
    field("removed", &SweptRunRecords::removed, "Runs past `history_retention_days`, gone now.");
    field("left", &SweptRunRecords::left,
          "Runs past it that the store refuses to remove; they are left.");
  }
};

struct SweptStamps {
  std::string adapter;
  std::int64_t removed = 0;
  std::optional<ErrorInfo> error;

  static constexpr void describe(auto field) {
    using S = SweptStamps;
    field("adapter", &S::adapter, "The target.");
    field("removed", &S::removed, "Keys past their retention whose fence and stamps are gone.");
    field("error", &S::error, "Why not all were.", Presence::OmitEmpty);
  }
};

/// `rocky state gc`.
struct GcOutput {
  std::string version;
  std::string command = "state gc";
  SweptKeys keys;
  SweptRunRecords runs;
  std::vector<SweptStamps> stamps;
  std::optional<ErrorInfo> error;

  static constexpr void describe(auto field) {
    using G = GcOutput;
    field("version", &G::version, "Engine version.");
    field("command", &G::command, "`state gc`.");
    field("keys", &G::keys, "Records of keys in the state store.");
    field("runs", &G::runs, "Run records in the state store.");
    field("stamps", &G::stamps, "Fences and stamps, target by target.");
    field("error", &G::error, "Why not everything was swept.", Presence::OmitEmpty);
  }
};

static_assert(fully_described<ProbeOutput>() && fully_described<StoreCheck>() &&
              fully_described<StoreFacts>() && fully_described<DrainOutput>() &&
              fully_described<DrainedFinishes>() && fully_described<DrainedRunRecords>() &&
              fully_described<GcOutput>() && fully_described<SweptKeys>() &&
              fully_described<SweptRunRecords>() && fully_described<SweptStamps>());

}  // namespace rocky::output
