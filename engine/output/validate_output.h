#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "output/error_info.h"

namespace rocky::output {

struct ValidatedAdapter {
  std::string name;
  std::string adapter_type;
  bool ok = true;

  static constexpr void describe(auto field) {
    field("name", &ValidatedAdapter::name, "As in `[adapter.NAME]`.");
    field("adapter_type", &ValidatedAdapter::adapter_type, "Its `type`.");
    field("ok", &ValidatedAdapter::ok, "No error concerns it.");
  }
};

struct ValidatedPipeline {
  std::string name;
  std::string pipeline_type;
  std::string strategy;
  std::string catalog_template;
  std::string schema_template;
  bool ok = true;

  static constexpr void describe(auto field) {
    using P = ValidatedPipeline;
    field("name", &P::name, "As in `[pipeline.NAME]`.");
    field("pipeline_type", &P::pipeline_type, "Its kind.");
    field("strategy", &P::strategy, "How tables are copied; empty where the kind has none.");
    field("catalog_template", &P::catalog_template, "Where to; empty where the kind has none.");
    field("schema_template", &P::schema_template, "Where to; empty where the kind has none.");
    field("ok", &P::ok, "No error concerns it.");
  }
};

struct ValidatedModels {
  bool found = false;
  std::int64_t count = 0;
  bool dag_valid = true;

  static constexpr void describe(auto field) {
    field("found", &ValidatedModels::found, "Whether a models directory exists.");
    field("count", &ValidatedModels::count, "Models read.");
    field("dag_valid", &ValidatedModels::dag_valid, "Whether their references have an order.");
  }
};

struct ValidationMessage {
  std::string severity;
  std::string code;
  std::string message;
  std::optional<std::string> file;
  std::optional<std::string> field_name;
  std::optional<std::int64_t> line;
  std::optional<std::int64_t> column;
  std::string hint;

  static constexpr void describe(auto field) {
    using M = ValidationMessage;
    field("severity", &M::severity, "`error`, `warning` or `ok`.");
    field("code", &M::code, "Stable code: V…, L… or R….");
    field("message", &M::message, "What was found.");
    field("file", &M::file, "Where.", Presence::OmitEmpty);
    field("field", &M::field_name, "Which key.", Presence::OmitEmpty);
    field("line", &M::line, "Line, from 1.", Presence::OmitEmpty);
    field("column", &M::column, "Column, from 1.", Presence::OmitEmpty);
    field("hint", &M::hint, "The way out.", Presence::OmitEmpty);
  }
};

/// `rocky validate`. Nothing is connected to.
struct ValidateOutput {
  std::string version;
  std::string command = "validate";
  bool valid = true;
  std::vector<ValidatedAdapter> adapters;
  std::vector<ValidatedPipeline> pipelines;
  ValidatedModels models;
  std::vector<ValidationMessage> messages;
  std::optional<ErrorInfo> error;

  static constexpr void describe(auto field) {
    using V = ValidateOutput;
    field("version", &V::version, "Engine version.");
    field("command", &V::command, "`validate`.");
    field("valid", &V::valid, "No message is an error.");
    field("adapters", &V::adapters, "In the order of the file.");
    field("pipelines", &V::pipelines, "In the order of the file.");
    field("models", &V::models, "Models of all transformation pipelines.");
    field("messages", &V::messages, "What was found.");
    field("error", &V::error, "The first error, when there is one.", Presence::OmitEmpty);
  }
};

static_assert(fully_described<ValidateOutput>());

}  // namespace rocky::output
