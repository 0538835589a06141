#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "output/error_info.h"

namespace rocky::output {

struct CompileDiagnostic {
  std::string severity;
  std::string code;
  std::string message;
  std::string model;
  std::optional<Place> place;
  std::string suggestion;

  static constexpr void describe(auto field) {
    using D = CompileDiagnostic;
    field("severity", &D::severity, "`Error`, `Warning` or `Info`.");
    field("code", &D::code, "Stable code, for `rocky explain`.");
    field("message", &D::message, "What was found.");
    field("model", &D::model, "The model; empty when it concerns several.");
    field("place", &D::place, "Where.", Presence::OmitEmpty);
    field("suggestion", &D::suggestion, "The way out.", Presence::OmitEmpty);
  }
};

struct ModelDetail {
  std::string name;
  std::map<std::string, std::string> strategy;
  std::map<std::string, std::string> target;
  std::vector<std::string> depends_on;

  static constexpr void describe(auto field) {
    field("name", &ModelDetail::name, "The model's name.");
    field("strategy", &ModelDetail::strategy, "`type` and its settings.");
    field("target", &ModelDetail::target, "`catalog`, `schema`, `table`.");
    field("depends_on", &ModelDetail::depends_on, "Models it reads, declared or found in its SQL.");
  }
};

/// `rocky compile`.
struct CompileOutput {
  std::string version;
  std::string command = "compile";
  std::int64_t models = 0;
  std::int64_t execution_layers = 0;
  std::vector<CompileDiagnostic> diagnostics;
  bool has_errors = false;
  std::vector<ModelDetail> models_detail;
  std::optional<ErrorInfo> error;

  static constexpr void describe(auto field) {
    using C = CompileOutput;
    field("version", &C::version, "Engine version.");
    field("command", &C::command, "`compile`.");
    field("models", &C::models, "Models read.");
    field("execution_layers", &C::execution_layers, "Steps if each ran all models that are ready.");
    field("diagnostics", &C::diagnostics, "What was found.");
    field("has_errors", &C::has_errors, "Whether a diagnostic is an error.");
    field("models_detail", &C::models_detail, "In an order in which they could run.");
    field("error", &C::error, "The first error, when there is one.", Presence::OmitEmpty);
  }
};

static_assert(fully_described<CompileOutput>());

}  // namespace rocky::output
