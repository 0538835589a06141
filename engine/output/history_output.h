#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace rocky::output {

struct HistoryModel {
  std::string model_name;
  std::int64_t duration_ms = 0;
  std::optional<std::int64_t> rows_affected;
  std::string status;

  static constexpr void describe(auto field) {
    field("model_name", &HistoryModel::model_name, "The model or table.");
    field("duration_ms", &HistoryModel::duration_ms, "Wall time, milliseconds.");
    field("rows_affected", &HistoryModel::rows_affected, "Rows written.", Presence::OmitEmpty);
    field("status", &HistoryModel::status,
          "`success`, `failed`, `recovered` (an earlier run did it) or `not_tried`.");
  }
};

struct HistoryRun {
  std::string run_id;
  std::string started_at;
  std::string status;
  std::string trigger;
  std::int64_t models_executed = 0;
  std::int64_t duration_ms = 0;
  std::vector<HistoryModel> models;
  std::string pipeline;
  std::optional<std::string> key_sha256;
  std::optional<std::string> decision;
  std::optional<std::string> skipped_by_run_id;

  static constexpr void describe(auto field) {
    using R = HistoryRun;
    field("run_id", &R::run_id, "The run.");
    field("started_at", &R::started_at, "RFC 3339, UTC.");
    field("status", &R::status, "As in the run's own document.");
    field("trigger", &R::trigger, "What started it.");
    field("models_executed", &R::models_executed, "Tables and models of the run.");
    field("duration_ms", &R::duration_ms, "Wall time, milliseconds.");
    field("models", &R::models, "In the order of the plan.");
    field("pipeline", &R::pipeline, "The pipeline's name.");
    field("key_sha256", &R::key_sha256, "Digest of its key, when it had one.", Presence::OmitEmpty);
    field("decision", &R::decision, "What its key led to.", Presence::OmitEmpty);
    field("skipped_by_run_id", &R::skipped_by_run_id, "The run it deferred to.",
          Presence::OmitEmpty);
  }
};

/// `rocky history`.
struct HistoryOutput {
  std::string version;
  std::string command = "history";
  std::vector<HistoryRun> runs;
  std::int64_t count = 0;
  std::optional<std::string> as_of;

  static constexpr void describe(auto field) {
    field("version", &HistoryOutput::version, "Engine version.");
    field("command", &HistoryOutput::command, "`history`.");
    field("runs", &HistoryOutput::runs, "Newest first.");
    field("count", &HistoryOutput::count, "How many are listed.");
    field("as_of", &HistoryOutput::as_of,
          "When the state store last answered, where it cannot be reached now: later runs are "
          "missing.",
          Presence::OmitEmpty);
  }
};

struct ModelExecution {
  std::string run_id;
  std::optional<std::string> started_at;
  std::int64_t duration_ms = 0;
  std::optional<std::int64_t> rows_affected;
  std::string status;
  std::string sql_hash;

  static constexpr void describe(auto field) {
    using E = ModelExecution;
    field("run_id", &E::run_id, "The run.");
    field("started_at", &E::started_at, "RFC 3339, UTC; absent where nothing ran.",
          Presence::OmitEmpty);
    field("duration_ms", &E::duration_ms, "Wall time, milliseconds.");
    field("rows_affected", &E::rows_affected, "Rows written.", Presence::OmitEmpty);
    field("status", &E::status,
          "`success`, `failed`, `recovered` (an earlier run did it) or `not_tried`.");
    field("sql_hash", &E::sql_hash, "Hash of the statements; empty when none ran.");
  }
};

/// `rocky history --model NAME`.
struct ModelHistoryOutput {
  std::string version;
  std::string command = "history";
  std::string model;
  std::vector<ModelExecution> executions;
  std::int64_t count = 0;
  std::optional<std::string> as_of;

  static constexpr void describe(auto field) {
    using H = ModelHistoryOutput;
    field("version", &H::version, "Engine version.");
    field("command", &H::command, "`history`.");
    field("model", &H::model, "The model, as asked for.");
    field("executions", &H::executions, "Newest first.");
    field("count", &H::count, "How many are listed.");
    field("as_of", &H::as_of,
          "When the state store last answered, where it cannot be reached now: later runs are "
          "missing.",
          Presence::OmitEmpty);
  }
};

static_assert(fully_described<HistoryOutput>() && fully_described<ModelHistoryOutput>());

}  // namespace rocky::output
