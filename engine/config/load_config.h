#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/governance_config.h"

namespace rocky::config {

enum class LoadFormat { Csv, Parquet, JsonLines };
template <>
inline constexpr auto kNames<LoadFormat> =
    std::to_array<EnumName<LoadFormat>>({{LoadFormat::Csv, "csv"},
                                         {LoadFormat::Parquet, "parquet"},
                                         {LoadFormat::JsonLines, "json_lines"}});

struct LoadTarget {
  std::string adapter = "default";
  std::string catalog;
  std::string schema;
  std::string table;  ///< Empty: one table for each file, named after it.
  Governance governance;

  static constexpr void describe(auto field) {
    using L = LoadTarget;
    field("adapter", &L::adapter, "Where files go.", FieldRules{.not_empty = true, .shown = true});
    field("catalog", &L::catalog, "Catalog.", FieldRules{.required = true, .shown = true});
    field("schema", &L::schema, "Schema.",
          FieldRules{.required = true, .identifier = true, .shown = true});
    field("table", &L::table,
          "Table of all files; without it, each file has its own, named after it.",
          FieldRules{.identifier = true, .shown = true});
    field("governance", &L::governance, "What is created and granted.");
  }
};

struct LoadOptions {
  std::int64_t batch_size = 10000;
  bool create_table = true;
  bool truncate_first = false;
  std::string csv_delimiter = ",";
  bool csv_has_header = true;

  static constexpr void describe(auto field) {
    using L = LoadOptions;
    field("batch_size", &L::batch_size, "Rows sent at once, where rows are sent one by one.",
          FieldRules{.min = 1});
    field("create_table", &L::create_table, "Whether a missing table is created.");
    field("truncate_first", &L::truncate_first,
          "Whether the table is emptied before the first file.");
    field("csv_delimiter", &L::csv_delimiter, "One character.", FieldRules{.not_empty = true});
    field("csv_has_header", &L::csv_has_header, "Whether the first line names the columns.");
  }
};

struct LoadPipeline {
  static constexpr std::string_view kType = "load";
  static constexpr Support kSupport = Support::Refused;
  std::string source_dir;
  std::optional<LoadFormat> format;  ///< Nothing: by the ending of each file.
  LoadTarget target;
  LoadOptions options;

  static constexpr void describe(auto field) {
    using L = LoadPipeline;
    field("source_dir", &L::source_dir, "Directory of the files, relative to rocky.toml.",
          FieldRules{.required = true, .not_empty = true, .shown = true});
    field("format", &L::format, "Only files of this format; unset: each by its ending.");
    field("target", &L::target, "Where files go.", FieldRules{.required = true});
    field("options", &L::options, "How files are read and written.");
  }
};

static_assert(fully_described<LoadPipeline>() && fully_described<LoadOptions>() &&
              fully_described<LoadTarget>());

}  // namespace rocky::config
