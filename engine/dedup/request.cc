#include "dedup/request.h"

#include "base/sha256.h"

namespace rocky::dedup {

Request make_request(std::map<std::string, std::string> parts) {
  std::string canonical;
  for (const auto& [name, value] : parts) {
    // Lengths in front, so that no choice of names and values can imitate another.
    canonical += fmt::format("{}:{}{}:{}", name.size(), name, value.size(), value);
  }
  return {sha256_hex(canonical), std::move(parts), {}};
}

std::vector<std::string> differing_parts(const Request& ours, const Request& theirs) {
  std::vector<std::string> names;
  if (ours.parts.empty() || theirs.parts.empty()) {
    const bool both_known = !ours.sha256.empty() && !theirs.sha256.empty();
    if (both_known && ours.sha256 != theirs.sha256) names.push_back("request");
    return names;
  }
  for (const auto& [name, value] : ours.parts) {
    const auto other = theirs.parts.find(name);
    if (other != theirs.parts.end() && other->second != value) names.push_back(name);
  }
  return names;
}

std::string describe_difference(const std::string& part, const Request& ours,
                                const Request& theirs) {
  const auto here = ours.parts.find(part);
  const auto there = theirs.parts.find(part);
  if (here == ours.parts.end() || there == theirs.parts.end())
    return fmt::format("its digest is `{}`, was `{}`", ours.sha256, theirs.sha256);
  return fmt::format("{} is `{}`, was `{}`", part, here->second, there->second);
}

}  // namespace rocky::dedup
