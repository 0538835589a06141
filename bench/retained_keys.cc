// What a local state file that retains many keys costs the next run: 1,000, 100,000 and 1,000,000
// records of about the size of a finished claim. Prints one JSON document; times are microseconds.
//
// Each sample opens the store anew, as a run does.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/file_io.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/sqlite_file.h"
#include "fakes/scratch_directory.h"
#include "state/registry.h"

namespace rocky {
namespace {

using state::StateBackend;

constexpr int kSamples = 51;

std::unique_ptr<StateBackend> open_store(const std::string& path) {
  return std::move(*state::open_backend({system_clock(), system_random(), system_environment()},
                                        {.path = path, .engine_version = "bench"}));
}

std::string record_name(std::string_view key) { return "idempotency/" + sha256_hex(key); }

/// Fills the table behind the back of the backend, which syncs every write.
void add_records(const std::string& path, int count) {
  auto file = SqliteFile::open(system_clock(), system_random(), {.path = path});
  ROCKY_CHECK(file);
  auto transaction = (*file)->begin();
  ROCKY_CHECK(transaction);
  const std::string sql = fmt::format(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
      "INSERT INTO state_values SELECT 'idempotency/' || lower(hex(randomblob(32))), "
      "lower(hex(randomblob(12))), 1, randomblob(1000) FROM n",
      count);
  ROCKY_CHECK((*file)->execute(sql));
  ROCKY_CHECK(std::holds_alternative<Committed>(transaction->commit()));
  ROCKY_CHECK((*file)->checkpoint());
}

Json times(const std::function<void(int)>& sample) {
  std::vector<std::int64_t> micros;
  for (int i = 0; i < kSamples; ++i) {
    const BootTime before = system_clock().boot_now();
    sample(i);
    micros.push_back((system_clock().boot_now() - before).count() / 1000);
  }
  std::sort(micros.begin(), micros.end());
  return {{"median", micros[kSamples / 2]}, {"max", micros.back()}};
}

Json measure(const std::string& path, int records) {
  Json figures = {{"records", records}};
  figures["skip_open_and_read_us"] =
      times([&](int) { ROCKY_CHECK(open_store(path)->read(record_name("finished")).value()); });
  figures["claim_open_read_create_us"] = times([&](int i) {
    const auto store = open_store(path);
    const std::string name = record_name(fmt::format("{}-{}", records, i));
    ROCKY_CHECK(!store->read(name).value());
    ROCKY_CHECK(store->create(name, std::string(1000, 'v'), {}));
  });
  figures["list_page_of_100_us"] = times([&](int) {
    ROCKY_CHECK(open_store(path)->list("idempotency/8", "", 100)->names.size() <= 100);
  });
  return figures;
}

int run() {
  const ScratchDirectory scratch;
  const std::string path = scratch.path("state.db");
  ROCKY_CHECK(open_store(path)->create(record_name("finished"), std::string(1000, 'v'), {}));
  Json results = Json::array();
  int records = 0;
  for (const int target : {1'000, 100'000, 1'000'000}) {
    add_records(path, target - records);
    records = target;
    results.push_back(measure(path, records));
  }
  std::fputs(to_pretty_json(results).c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace rocky

int main() { return rocky::run(); }
