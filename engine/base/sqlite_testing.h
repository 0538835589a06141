#pragma once

// What the tests of SQLite files have in common.

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

#include "base/sqlite_file.h"

namespace rocky {

inline void run(SqliteFile& file, std::string_view sql) {
  const auto done = file.execute(sql);
  EXPECT_TRUE(done.has_value()) << done.error().message;
}

/// Of the table `t`.
inline std::int64_t count_rows(SqliteFile& file) {
  auto count = file.prepare("SELECT count(*) FROM t").value();
  EXPECT_TRUE(count.step().value());
  return count.integer(0);
}

}  // namespace rocky
