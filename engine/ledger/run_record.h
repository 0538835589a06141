#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/describe.h"
#include "errors/error.h"

namespace rocky::ledger {

/// The format that we write, and the newest that we read.
constexpr int kRunRecordVersion = 1;

/// One table or model of a run.
struct RecordedModel {
  std::string model_name;
  std::string table;
  std::string started_at;
  std::int64_t duration_ms = 0;
  std::optional<std::int64_t> rows_affected;
  std::string status;
  std::string sql_hash;
  std::optional<std::string> watermark;

  static constexpr void describe(auto field) {
    using M = RecordedModel;
    field("model_name", &M::model_name, "Last part of the asset key.");
    field("table", &M::table, "`catalog.schema.table`.");
    field("started_at", &M::started_at, "RFC 3339, UTC; empty where nothing ran.");
    field("duration_ms", &M::duration_ms, "Wall time, milliseconds.");
    field("rows_affected", &M::rows_affected, "Rows written.", Presence::OmitEmpty);
    field("status", &M::status,
          "`success`, `failed`, `recovered` (an earlier run did it) or `not_tried`.");
    field("sql_hash", &M::sql_hash, "Hash of the statements; empty when none ran.");
    field("watermark", &M::watermark, "Greatest timestamp the table held afterwards.",
          Presence::OmitEmpty);
  }
};

/// What is kept of one run, or of one day's first skip of a key. Written once, never changed.
struct RunRecord {
  int v = kRunRecordVersion;
  std::string run_id;
  std::string started_at;
  std::string finished_at;
  std::string status;
  std::string trigger = "Manual";
  std::string pipeline;
  std::string pipeline_type;
  std::string config_hash;
  std::int64_t duration_ms = 0;
  std::string host;
  std::string version;
  std::optional<std::string> key_sha256;
  std::optional<std::string> decision;
  std::optional<std::string> skipped_by_run_id;
  std::optional<std::string> error;
  std::vector<RecordedModel> models_executed;
  /// How many values of their own hold the rest of `models_executed`.
  int further_parts = 0;

  static constexpr void describe(auto field) {
    using R = RunRecord;
    constexpr auto kOmit = Presence::OmitEmpty;
    field("v", &R::v, "Format version.");
    field("run_id", &R::run_id, "The run.");
    field("started_at", &R::started_at, "RFC 3339, UTC.");
    field("finished_at", &R::finished_at, "RFC 3339, UTC.");
    field("status", &R::status, "As in the run's document.");
    field("trigger", &R::trigger, "What started it.");
    field("pipeline", &R::pipeline, "The pipeline's name.");
    field("pipeline_type", &R::pipeline_type, "Its kind.");
    field("config_hash", &R::config_hash, "Hash of the configuration file's bytes, 16 hex digits.");
    field("duration_ms", &R::duration_ms, "Wall time, milliseconds.");
    field("host", &R::host, "Where it ran.");
    field("version", &R::version, "Engine version.");
    field("key_sha256", &R::key_sha256, "Digest of its key, when it had one.", kOmit);
    field("decision", &R::decision, "What its key led to.", kOmit);
    field("skipped_by_run_id", &R::skipped_by_run_id, "The run it deferred to.", kOmit);
    field("error", &R::error, "Name of the error that ended it.", kOmit);
    field("models_executed", &R::models_executed, "In the order of the plan.");
    field("further_parts", &R::further_parts, "Values that hold the rest of `models_executed`.",
          kOmit);
  }
};

/// What of a record does not fit into its one value.
struct RunRecordPart {
  int v = kRunRecordVersion;
  std::string run_id;
  std::vector<RecordedModel> models_executed;

  static constexpr void describe(auto field) {
    using P = RunRecordPart;
    field("v", &P::v, "Format version.");
    field("run_id", &P::run_id, "The run.");
    field("models_executed", &P::models_executed, "In the order of the plan.");
  }
};

static_assert(fully_described<RunRecord>() && fully_described<RecordedModel>() &&
              fully_described<RunRecordPart>());

/// One line of JSON.
std::string encode(const RunRecord& record);
std::string encode(const RunRecordPart& part);
std::string encode(const RecordedModel& model);
/// `StoreCorrupt` when it is not one, `StoreNewer` when a newer version wrote it.
Result<RunRecord> decode(std::string_view bytes);
Result<RunRecordPart> decode_part(std::string_view bytes);

}  // namespace rocky::ledger
