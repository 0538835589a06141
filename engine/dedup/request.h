#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace rocky::dedup {

/// What a run was asked to do, in named parts, so that one key cannot stand for two things.
///
/// Parts are what decides the work: command, pipeline, selection, shadow or branch, target
/// identity. Never credentials or the working directory.
struct Request {
  std::string sha256;
  std::map<std::string, std::string> parts;
  /// Relative selections ("latest") as they were resolved by the first claim of a generation.
  std::map<std::string, std::string> resolved;
  bool operator==(const Request&) const = default;
};

Request make_request(std::map<std::string, std::string> parts);

/// The names of the parts that both sides know and that differ, in order. Where one side has lost
/// its parts the digests decide: `request` where they differ.
std::vector<std::string> differing_parts(const Request& ours, const Request& theirs);

/// For people: what one of these parts is here and there.
std::string describe_difference(const std::string& part, const Request& ours,
                                const Request& theirs);

}  // namespace rocky::dedup
