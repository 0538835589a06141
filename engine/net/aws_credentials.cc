#include "net/aws_credentials.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "net/aws_key_sources.h"

namespace rocky::net {
namespace {

constexpr Millis kFetchedBeforeEnd = std::chrono::minutes(5);
// While the old keys serve, a source that fails is not asked at every request.
constexpr Millis kFetchedAgainAfter = std::chrono::minutes(1);
// Nobody gives out keys for longer; what no clock can hold is cut.
constexpr Millis kLastsMax = std::chrono::hours(24 * 366);

constexpr KeySource* kSources[] = {keys_of_variables, keys_of_profile, keys_of_web_identity,
                                   keys_of_container, keys_of_instance};

class CredentialChain final : public AwsCredentials {
 public:
  CredentialChain(Clock& clock, const Environment& environment, HttpClient& http,
                  std::string region)
      : clock_(clock), environment_(environment), http_(http), region_(std::move(region)) {}

  Result<AwsKeys> keys() override {
    // Held while asking: those who come meanwhile want the same answer.
    std::lock_guard lock(mutex_);
    if (offered_ && (lasts(kFetchedBeforeEnd) || clock_.boot_now() < fetch_again_at_))
      return *offered_;
    const BootTime asked_at = clock_.boot_now();
    auto fetched = fetch();
    if (fetched) {
      end_ = end_of(*fetched, asked_at);
      offered_ = std::move(fetched->keys);
      return *offered_;
    }
    if (!offered_ || !lasts(Millis{0})) return std::move(fetched).error();
    // Keys that never end are not fetched again, so these have an end.
    fetch_again_at_ = std::min(clock_.boot_now() + kFetchedAgainAfter, *end_);
    return *offered_;
  }

  void forget() override {
    std::lock_guard lock(mutex_);
    offered_.reset();
  }

 private:
  bool lasts(Millis duration) const { return !end_ || clock_.boot_now() + duration < *end_; }

  /// How long they last is told by one clock, that of who offers them, where it tells its time:
  /// this machine's may be another. Counted from before the question.
  std::optional<BootTime> end_of(const OfferedKeys& offered, BootTime asked_at) const {
    if (!offered.end) return std::nullopt;
    const WallTime offered_at = offered.offered_at.value_or(clock_.wall_now());
    const Millis lasts(offered.end->millis() - offered_at.millis());
    return asked_at + std::clamp(lasts, Millis(0), kLastsMax);
  }

  Result<OfferedKeys> fetch() {
    const KeySourceWorld world{environment_, http_, region_};
    for (KeySource* source : kSources) {
      ROCKY_ASSIGN(auto offered, source(world));
      if (offered) return *std::move(offered);
    }
    return fail(ErrorCode::PermissionDenied, "no AWS credentials are offered")
        .with_hint(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile in AWS_PROFILE, or "
            "give the machine a role");
  }

  Clock& clock_;
  const Environment& environment_;
  HttpClient& http_;
  const std::string region_;
  std::mutex mutex_;
  std::optional<AwsKeys> offered_;
  std::optional<BootTime> end_;  // Empty: they do not end.
  BootTime fetch_again_at_;
};

}  // namespace

std::unique_ptr<AwsCredentials> aws_credential_chain(Clock& clock, const Environment& environment,
                                                     HttpClient& http, std::string region) {
  return std::make_unique<CredentialChain>(clock, environment, http, std::move(region));
}

}  // namespace rocky::net
