#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/rocky_config.h"
#include "errors/error.h"

namespace rocky::config {

enum class MessageSeverity { Ok, Warning, Error };

/// One line of what `rocky validate` finds.
struct Message {
  MessageSeverity severity = MessageSeverity::Error;
  Error error;        ///< Code, words, place and hint.
  std::string field;  ///< Path of the key it is about; empty: no single one.
};

/// What is known of one model without running anything.
struct ModelFacts {
  std::string name;
  Where where;
  std::string catalog;
  std::string schema;
  bool names_itself = false;      ///< Its file says `name`, and it is the file's name.
  bool names_its_table = false;   ///< Its file says `target.table`, and it is the model's name.
  bool names_its_target = false;  ///< Its own file, not _defaults.toml, says catalog and schema.
  bool has_contract = false;
};

/// The models of one transformation, as whoever read them found them.
struct ModelFindings {
  std::string pipeline;
  bool directory_exists = true;
  std::vector<ModelFacts> models;
  std::vector<Error> problems;  ///< Of single models, and of their order.
};

/// References, roles and lints of a whole configuration, in the order of the file. Connects to
/// nothing and reads no file.
std::vector<Message> validate_config(const RockyConfig& config,
                                     const std::vector<ModelFindings>& models);

/// The first thing that keeps this pipeline from running: an adapter that is missing or has the
/// wrong role, or a setting that cannot be left without effect.
Status check_pipeline(const RockyConfig& config, const Pipeline& pipeline);

/// The keys that this pipeline uses and that this version does not act on: a warning where that is
/// harmless, else an error (`NotSupportedYet`). Adapters of other pipelines do not matter.
std::vector<Message> not_supported_yet(const RockyConfig& config, const Pipeline& pipeline);

}  // namespace rocky::config
