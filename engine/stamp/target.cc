#include "stamp/target.h"

#include <utility>

#include "base/sha256.h"

namespace rocky::stamp {
namespace {

// The NUL keeps the two kinds of names apart: neither word can be the beginning of the other's
// text.
std::string digest(std::string_view kind, std::string_view name) {
  return sha256_hex(std::string(kind) + '\0' + std::string(name));
}

}  // namespace

std::string stamp_name_of_record(std::string_view record_hex) { return digest("key", record_hex); }

std::string stamp_name_of_run(std::string_view run_id) { return digest("run", run_id); }

Result<std::vector<ListedFence>> Target::list_fences(std::string_view, int) {
  return std::vector<ListedFence>();
}

Grant grant_of_run(std::string run_id, std::string owner, std::uint64_t epoch) {
  Grant grant;
  grant.key_sha256 = stamp_name_of_run(run_id);
  grant.epoch = epoch;
  grant.owner = std::move(owner);
  grant.run_id = std::move(run_id);
  return grant;
}

}  // namespace rocky::stamp
