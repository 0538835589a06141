#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "errors/error.h"

namespace rocky::dedup {

/// What a caller names its work by: 1 to `max_bytes` opaque bytes, not blank. Compared byte for
/// byte; ours to store and hash, never to interpret.
class RunKey {
 public:
  /// `Usage` when empty, only white space, or longer than `max_bytes`.
  static Result<RunKey> parse(std::string_view bytes, std::size_t max_bytes);

  const std::string& bytes() const { return bytes_; }
  /// 64 hex digits: the key's name in a store and in the target.
  const std::string& sha256() const { return sha256_; }
  bool is_utf8() const;
  /// For people: control and non-UTF-8 bytes escaped as `\xNN`.
  std::string display() const;

 private:
  RunKey(std::string bytes, std::string sha256)
      : bytes_(std::move(bytes)), sha256_(std::move(sha256)) {}
  std::string bytes_;
  std::string sha256_;
};

/// The name under which a key's record is kept: `idempotency/<scoped_sha256>`.
std::string record_name(std::string_view key_sha256);

/// Whether `name`, which begins with kRecordPrefix, is that of a record. Version 1.15 kept keys
/// under names of their own beside ours.
bool is_record_name(std::string_view name);

/// The digest that names a key within a scope: of scope and key, or of the key alone where the
/// scope is empty. So version 1.15 named it in object stores.
std::string scoped_sha256(const RunKey& key, std::string_view scope);

constexpr std::string_view kRecordPrefix = "idempotency/";

}  // namespace rocky::dedup
