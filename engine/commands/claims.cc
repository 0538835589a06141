#include <ranges>

#include "base/strings.h"
#include "commands/claim_lookup.h"
#include "commands/verbs.h"

namespace rocky::commands {
namespace {

/// The digest in `sha256:DIGEST`; a whole one, as pages are continued by name.
Result<std::string> digest_of(const std::string& after) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kDigits = 64;
  if (after.empty()) return std::string();
  std::string digest = to_lower(after.substr(after.starts_with(kPrefix) ? kPrefix.size() : 0));
  if (digest.size() == kDigits && from_hex(digest)) return digest;
  return fail(ErrorCode::Usage, "--after needs the digest that a page ended with given=`{}`", after)
      .with_hint("the `next` of `rocky state claims list`: sha256: and 64 hex digits");
}

void add_details(const dedup::ClaimRecord& record, output::ClaimShowOutput& output) {
  const bool in_flight = record.state == dedup::ClaimState::InFlight;
  if (in_flight) output.phase = name_of(record.phase);
  output.owner_command = record.owner.command;
  if (record.units.total > 0) {
    output.units_done = record.units.done;
    output.units_total = record.units.total;
  }
  if (record.result) output.result_status = record.result->status;
  if (record.release) {
    output.released_by =
        record.release->by + (record.release->host.empty() ? "" : "@" + record.release->host);
    output.release_reason = record.release->reason;
  }
  for (const auto& one : std::views::reverse(record.prev)) {
    output.earlier.push_back({one.epoch, one.run_id, std::string(name_of(one.state)), one.reason});
  }
}

}  // namespace

Result<Reply> claims_list(const World& world, const Globals& globals,
                          const ClaimsListArguments& arguments) {
  ROCKY_ASSIGN(const std::string after, digest_of(arguments.after));
  ROCKY_ASSIGN(const ClaimsOffice office, open_claims(world, globals));
  ROCKY_ASSIGN(const ClaimPage page, claims_after(world, office.store, after, arguments.limit));
  output::ClaimsListOutput output;
  output.version = world.version;
  for (const auto& claim : page.claims) output.claims.push_back(summary_of(claim));
  output.count = static_cast<std::int64_t>(output.claims.size());
  if (!page.next.empty()) output.next = "sha256:" + page.next;
  return reply_with(output);
}

Result<Reply> claims_show(const World& world, const Globals& globals,
                          const ClaimsShowArguments& arguments) {
  ROCKY_ASSIGN(const ClaimsOffice office, open_claims(world, globals));
  ROCKY_ASSIGN(const NamedKey key, find_key(world, office, arguments.key));
  ROCKY_ASSIGN(const dedup::ListedClaim claim,
               dedup::show_claim(office.store.means(world), key.digest, key.v1_key));
  output::ClaimShowOutput output;
  output.version = world.version;
  output.claim = summary_of(claim);
  if (claim.record) add_details(*claim.record, output);
  return reply_with(output);
}

}  // namespace rocky::commands
