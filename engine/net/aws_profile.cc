#include "net/aws_profile.h"

#include <fmt/format.h>

#include "base/file_io.h"
#include "base/strings.h"

namespace rocky::net {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

std::string variable_or(const Environment& environment, std::string_view name,
                        std::string fallback) {
  auto value = environment.get(name);
  return value && !value->empty() ? *std::move(value) : std::move(fallback);
}

/// The name in `[name]` or `[profile name]`; empty when the line opens no section.
std::optional<std::string> section_of(std::string_view line) {
  if (!line.starts_with('[')) return std::nullopt;
  std::string_view name = trim(line.substr(1, line.find(']') - 1));
  if (name.starts_with("profile ")) name = trim(name.substr(8));
  return std::string(name);
}

/// Adds what the text says about the profile; returns whether it names it at all.
bool add_settings(std::string_view text, AwsProfile& profile) {
  bool named = false;
  bool inside = false;
  for (const std::string& raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) continue;
    if (const auto section = section_of(line)) {
      inside = *section == profile.name;
      named = named || inside;
      continue;
    }
    // Indented lines belong to the setting above, such as `s3 =`.
    const bool nested = raw.front() == ' ' || raw.front() == '\t';
    const std::size_t equals = line.find('=');
    if (!inside || nested || equals == std::string_view::npos) continue;
    profile.settings[to_lower(trim(line.substr(0, equals)))] =
        std::string(trim(line.substr(equals + 1)));
  }
  return named;
}

struct ProfileFile {
  std::string_view variable;  ///< Names it; else it is that of the home.
  std::string_view name;
};

Result<bool> add_file(const Environment& environment, const ProfileFile& file,
                      AwsProfile& profile) {
  const std::string named = variable_or(environment, file.variable, "");
  const std::string path =
      named.empty() ? fmt::format("{}/.aws/{}", variable_or(environment, "HOME", ""), file.name)
                    : named;
  const auto exists = path_exists(path);
  if (!exists) {
    // A home that is closed to this user, as root's is in many a container, offers nothing; who
    // names a file or a profile says that there is one.
    const bool is_meant = !named.empty() || !variable_or(environment, "AWS_PROFILE", "").empty();
    if (!is_meant && exists.error().code == ErrorCode::PermissionDenied) return false;
    return exists.error();
  }
  if (!*exists) return false;
  ROCKY_ASSIGN(const std::string text, read_file(path, kFileBytesMax));
  return add_settings(text, profile);
}

}  // namespace

std::string AwsProfile::get(std::string_view setting) const {
  const auto found = settings.find(setting);
  return found == settings.end() ? "" : found->second;
}

Result<std::optional<AwsProfile>> read_aws_profile(const Environment& environment) {
  const std::string named = variable_or(environment, "AWS_PROFILE", "");
  AwsProfile profile{.name = named.empty() ? "default" : named};
  ROCKY_ASSIGN(const bool configured,
               add_file(environment, {"AWS_CONFIG_FILE", "config"}, profile));
  ROCKY_ASSIGN(const bool has_keys,
               add_file(environment, {"AWS_SHARED_CREDENTIALS_FILE", "credentials"}, profile));
  if (configured || has_keys) return profile;
  if (named.empty()) return std::nullopt;
  return fail(ErrorCode::ConfigValue, "no such AWS profile AWS_PROFILE=`{}`", named)
      .with_hint("`aws configure list-profiles` shows those there are");
}

Result<std::string> aws_region(const Environment& environment) {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (std::string region = variable_or(environment, name, ""); !region.empty()) return region;
  }
  ROCKY_ASSIGN(const auto profile, read_aws_profile(environment));
  return profile ? profile->get("region") : std::string();
}

}  // namespace rocky::net
