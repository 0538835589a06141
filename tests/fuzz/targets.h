#pragma once

#include <span>
#include <string_view>

namespace rocky::fuzz {

/// Gives any bytes to one decoder or parser and aborts (ROCKY_CHECK) where a promise about it does
/// not hold.
using Target = void(std::string_view bytes);

Target addresses;
Target aws_keys;
Target cache_entry;
Target claim_record;
Target dates;
Target filter;
Target gcs_reply;
Target google_token;
Target host_files;
Target json;
Target model_file;
Target postgres_error;
Target resp_reply;
Target rocky_toml;
Target run_key;
Target run_record;
Target s3_reply;
Target schema_pattern;
Target statement_text;
Target v1_entry;
Target valkey_value;

struct NamedTarget {
  std::string_view name;  ///< Of the function, of its file, and of its folder in corpus/.
  Target* take;
};

/// All targets, by name.
std::span<const NamedTarget> targets();

}  // namespace rocky::fuzz
