#include "sim/sim_spool.h"

#include <algorithm>

namespace rocky::sim {

using dedup::SpooledFinish;

class SpoolClient final : public dedup::Spool {
 public:
  explicit SpoolClient(SimSpool& spool) : spool_(spool) {}

  Status put(const SpooledFinish& entry) override {
    spool_.scheduler_.pause();
    if (spool_.faults_.strikes(Fault::SpoolFails))
      return fail(ErrorCode::DiskFull, "simulated: no space");
    spool_.scheduler_.trace("spooled", [] { return "a finish is spooled"; });
    spool_.entries_.push_back({entry, spool_.scheduler_.now()});
    spool_.put_.insert(entry.nonce);
    spool_.scheduler_.pause();
    return {};
  }

  Result<std::vector<SpooledFinish>> entries(std::string_view key_sha256) override {
    spool_.scheduler_.pause();
    std::vector<SpooledFinish> found;
    for (const auto& entry : spool_.entries_) {
      if (key_sha256.empty() || entry.finish.key_sha256 == key_sha256)
        found.push_back(entry.finish);
    }
    return found;
  }

  Status remove(const SpooledFinish& entry) override {
    spool_.scheduler_.pause();
    std::erase_if(spool_.entries_,
                  [&](const auto& each) { return each.finish.nonce == entry.nonce; });
    return {};
  }

 private:
  SimSpool& spool_;
};

std::unique_ptr<dedup::Spool> SimSpool::open() { return std::make_unique<SpoolClient>(*this); }

bool SimSpool::holds_finish_for(const std::string& version, const std::string& nonce,
                                Nanos since) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    const auto& own = entry.finish.own_nonces;
    const bool fits = entry.finish.expected.token == version ||
                      std::find(own.begin(), own.end(), nonce) != own.end();
    return fits && entry.put_at < since;
  });
}

}  // namespace rocky::sim
