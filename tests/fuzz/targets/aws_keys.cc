#include <fstream>
#include <map>

#include "base/check.h"
#include "fakes/scratch_directory.h"
#include "fakes/scripted_http_client.h"
#include "fuzz/targets.h"
#include "net/aws_key_sources.h"
#include "net/aws_profile.h"

namespace rocky::fuzz {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

/// The keys of a source whose questions are all answered by `reply`.
void ask(net::KeySource source, Variables variables, std::string_view reply) {
  const FixedEnvironment environment(std::move(variables));
  fakes::ScriptedHttpClient http;
  for (int answers = 0; answers < 3; ++answers) http.then(200, std::string(reply));
  const std::string region = "eu-central-1";
  const auto offered = source({environment, http, region});
  if (offered && *offered)
    ROCKY_CHECK(!(*offered)->keys.id.empty() && !(*offered)->keys.secret.empty());
}

void read_profile(std::string_view text) {
  static const ScratchDirectory directory;
  const std::string path = directory.path("config");
  std::ofstream(path, std::ios::binary) << text;
  const FixedEnvironment environment({{"AWS_CONFIG_FILE", path},
                                      {"AWS_SHARED_CREDENTIALS_FILE", "/nowhere"},
                                      {"AWS_PROFILE", "p"}});
  const auto profile = net::read_aws_profile(environment);
  if (profile && *profile) ROCKY_CHECK((*profile)->name == "p");
}

}  // namespace

/// The reply of a service that gives out keys, or a file of the AWS tools.
void aws_keys(std::string_view bytes) {
  ask(net::keys_of_container, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/keys"}}, bytes);
  ask(net::keys_of_instance, {}, bytes);
  ask(net::keys_of_web_identity,
      {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null"}, {"AWS_ROLE_ARN", "arn:r"}}, bytes);
  read_profile(bytes);
}

}  // namespace rocky::fuzz
