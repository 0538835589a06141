#pragma once

#include "config/reading.h"

namespace rocky::config {

// Values with a form of their own.
void read_value(const Node& node, const FieldRules& rules, Concurrency& out);
void read_value(const Node& node, const FieldRules& rules, CheckSwitch& out);
void read_value(const Node& node, const FieldRules& rules, NumberText& out);
void read_value(const Node& node, const FieldRules& rules, SchemaPattern& out);
void read_value(const Node& node, const FieldRules& rules, Assertion& out);
void read_value(const Node& node, const FieldRules& rules,
                std::vector<std::pair<std::string, std::chrono::seconds>>& out);

// Types whose fields depend on one another.
void read_value(const Node& node, const FieldRules& rules, Idempotency& out);
void read_value(const Node& node, const FieldRules& rules, State& out);
void read_value(const Node& node, const FieldRules& rules, RetryPolicy& out);
void read_value(const Node& node, const FieldRules& rules, Quarantine& out);
void read_value(const Node& node, const FieldRules& rules, LoadOptions& out);
/// What the fields of a replication demand of one another; fills in the target's separator.
void check_together(const Node& node, ReplicationPipeline& out);

/// `[[tests]]` of a model: an assertion without `table` and `name`.
void read_model_test(const Node& node, Assertion& out);

// The tables of named things.
void read_adapters(const Node& node, std::vector<Adapter>& out);
void read_pipelines(const Node& node, std::vector<Pipeline>& out);
void read_hooks(const Node& node, Hooks& out);

}  // namespace rocky::config
