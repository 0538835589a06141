#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"
#include "config/field_rules.h"
#include "errors/error.h"

namespace rocky::config {

/// What hooks can wait for. The name in the file is `on_` plus the name here.
enum class HookEvent {
  PipelineStart,
  DiscoverComplete,
  CompileComplete,
  PipelineComplete,
  PipelineError,
  BeforeMaterialize,
  AfterMaterialize,
  MaterializeError,
  BeforeModelRun,
  AfterModelRun,
  ModelError,
  BeforeChecks,
  CheckResult,
  AfterChecks,
  DriftDetected,
  AnomalyDetected,
  StateSynced,
  BudgetBreach,
};
template <>
inline constexpr auto kNames<HookEvent> =
    std::to_array<EnumName<HookEvent>>({{HookEvent::PipelineStart, "pipeline_start"},
                                        {HookEvent::DiscoverComplete, "discover_complete"},
                                        {HookEvent::CompileComplete, "compile_complete"},
                                        {HookEvent::PipelineComplete, "pipeline_complete"},
                                        {HookEvent::PipelineError, "pipeline_error"},
                                        {HookEvent::BeforeMaterialize, "before_materialize"},
                                        {HookEvent::AfterMaterialize, "after_materialize"},
                                        {HookEvent::MaterializeError, "materialize_error"},
                                        {HookEvent::BeforeModelRun, "before_model_run"},
                                        {HookEvent::AfterModelRun, "after_model_run"},
                                        {HookEvent::ModelError, "model_error"},
                                        {HookEvent::BeforeChecks, "before_checks"},
                                        {HookEvent::CheckResult, "check_result"},
                                        {HookEvent::AfterChecks, "after_checks"},
                                        {HookEvent::DriftDetected, "drift_detected"},
                                        {HookEvent::AnomalyDetected, "anomaly_detected"},
                                        {HookEvent::StateSynced, "state_synced"},
                                        {HookEvent::BudgetBreach, "budget_breach"}});

enum class OnHookFailure { Warn, Abort, Ignore };
template <>
inline constexpr auto kNames<OnHookFailure> =
    std::to_array<EnumName<OnHookFailure>>({{OnHookFailure::Warn, "warn"},
                                            {OnHookFailure::Abort, "abort", Support::Refused},
                                            {OnHookFailure::Ignore, "ignore"}});

enum class WebhookPreset { Slack, Pagerduty, Datadog, Teams, Generic };
template <>
inline constexpr auto kNames<WebhookPreset> =
    std::to_array<EnumName<WebhookPreset>>({{WebhookPreset::Slack, "slack"},
                                            {WebhookPreset::Pagerduty, "pagerduty"},
                                            {WebhookPreset::Datadog, "datadog"},
                                            {WebhookPreset::Teams, "teams"},
                                            {WebhookPreset::Generic, "generic"}});

/// `[hook.on_EVENT]`, once or as an array: a command that gets the event as JSON on its stdin.
struct ShellHook {
  HookEvent event = HookEvent::PipelineStart;
  Where where;
  std::string command;
  std::chrono::milliseconds timeout{30000};
  OnHookFailure on_failure = OnHookFailure::Warn;
  StringMap env;

  static constexpr void describe(auto field) {
    using H = ShellHook;
    field("command", &H::command, "Run by `sh -c`.",
          FieldRules{.required = true, .not_empty = true});
    field("timeout_ms", &H::timeout, "The command is killed after this long.",
          FieldRules{.min = 1});
    field("on_failure", &H::on_failure,
          "Whether a failure is reported, ends the run, or is ignored.");
    field("env", &H::env, "Added to its environment.");
  }
};

/// `[hook.webhooks.on_EVENT]`, once or as an array.
struct Webhook {
  HookEvent event = HookEvent::PipelineStart;
  Where where;
  Secret url;
  std::string method = "POST";
  StringMap headers;
  std::optional<std::string> body_template;
  Secret secret;
  std::chrono::milliseconds timeout{10000};
  bool asynchronous = false;
  OnHookFailure on_failure = OnHookFailure::Warn;
  std::int64_t retry_count = 0;
  std::chrono::milliseconds retry_delay{1000};
  std::optional<WebhookPreset> preset;

  static constexpr void describe(auto field) {
    using W = Webhook;
    field("url", &W::url, "Where to send to; masked, because it often carries a token.",
          FieldRules{.required = true, .not_empty = true, .secret = true});
    field("method", &W::method, "HTTP method.", FieldRules{.not_empty = true, .identifier = true});
    field("headers", &W::headers, "Added to the request; masked.", FieldRules{.secret = true});
    field("body_template", &W::body_template,
          "The body, with `{{field}}`, `{{metadata.key}}` and `{{#if field}}…{{/if}}`; unset: by "
          "the preset.");
    field("secret", &W::secret, "Signs the body: `X-Rocky-Signature: sha256=…`.",
          FieldRules{.secret = true});
    field("timeout_ms", &W::timeout, "Longest duration of one attempt.", FieldRules{.min = 1});
    field("async", &W::asynchronous, "Whether the run goes on while it is sent.");
    field("on_failure", &W::on_failure,
          "Whether a failure is reported, ends the run, or is ignored.");
    field("retry_count", &W::retry_count, "How often a failed attempt is repeated.",
          FieldRules{.max = 100});
    field("retry_delay_ms", &W::retry_delay,
          "Pause before the first repetition; doubles, up to 30 s.");
    field("preset", &W::preset, "Shape of the body for a known receiver.");
  }
};

struct Hooks {
  std::vector<ShellHook> shell;
  std::vector<Webhook> webhooks;
};

}  // namespace rocky::config
