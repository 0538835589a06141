#include <filesystem>

#include "base/file_io.h"
#include "commands/verbs.h"

namespace rocky::commands {
namespace {

struct SampleFile {
  std::string_view path;
  std::string_view text;
};

constexpr std::string_view kConfig =
    R"(# A small shop: customers and their orders, read from data/, and what they tell.
# `rocky run` builds every model into playground.duckdb.

[adapter.default]
type = "duckdb"
path = "playground.duckdb"

[pipeline.shop]
type = "transformation"
models = "models/**"
)";

constexpr std::string_view kCustomers = R"(customer_id,name,city,since
1,Amina Diallo,Lyon,2024-02-11
2,Bruno Costa,Porto,2024-03-02
3,Chloe Martin,Lyon,2024-03-19
4,Dmitri Ivanov,Riga,2024-05-27
5,Elif Kaya,Izmir,2024-06-08
6,Farid Haddad,Lyon,2024-08-30
)";

constexpr std::string_view kOrders = R"(order_id,customer_id,ordered_at,amount
1001,1,2025-01-04 09:12:00,42.50
1002,2,2025-01-05 18:40:00,18.00
1003,1,2025-01-19 11:03:00,75.25
1004,3,2025-02-02 14:27:00,12.90
1005,4,2025-02-03 08:55:00,230.00
1006,2,2025-02-14 20:10:00,64.40
1007,5,2025-02-20 16:31:00,33.30
1008,1,2025-03-01 10:00:00,58.00
1009,6,2025-03-07 12:48:00,91.75
1010,4,2025-03-15 07:22:00,140.10
)";

constexpr SampleFile kFiles[] = {
    {"rocky.toml", kConfig},
    {"data/customers.csv", kCustomers},
    {"data/orders.csv", kOrders},
    {"models/_defaults.toml", "[target]\ncatalog = \"playground\"\nschema = \"shop\"\n"},
    {"models/customers.sql", "---toml\n---\nSELECT * FROM read_csv('data/customers.csv')\n"},
    {"models/orders.sql",
     "---toml\nstrategy = { type = \"incremental\", timestamp_column = \"ordered_at\" }\n---\n"
     "-- Append lines to data/orders.csv and run again: only the new ones are added.\n"
     "SELECT * FROM read_csv('data/orders.csv')\n"},
    {"models/revenue_by_city.sql",
     "---toml\n---\n"
     "SELECT c.city, count(*) AS orders, sum(o.amount) AS revenue\n"
     "FROM playground.shop.orders o\n"
     "JOIN playground.shop.customers c ON c.customer_id = o.customer_id\n"
     "GROUP BY c.city\n"},
    {"models/revenue_by_month.sql",
     "---toml\n---\n"
     "SELECT date_trunc('month', ordered_at) AS month, count(*) AS orders, sum(amount) AS revenue\n"
     "FROM playground.shop.orders\n"
     "GROUP BY month\n"},
};

/// Nothing of the user's is overwritten: the directory must be new or empty.
Status check_free(const std::string& directory) {
  std::error_code problem;
  const bool free =
      !std::filesystem::exists(directory, problem) || std::filesystem::is_empty(directory, problem);
  if (problem)
    return fail(ErrorCode::Io, "cannot look into the directory: {}", problem.message())
        .at({directory});
  if (free) return {};
  return fail(ErrorCode::Usage, "the directory is not empty directory=`{}`", directory)
      .with_hint("name a directory that does not exist yet");
}

}  // namespace

Result<Reply> playground(const World& world, const Globals&, const PlaygroundArguments& arguments) {
  ROCKY_TRY(check_free(arguments.directory));
  output::FilesOutput output;
  output.version = world.version;
  output.command = "playground";
  output.directory = arguments.directory;
  for (const SampleFile& file : kFiles) {
    const std::string path = arguments.directory + "/" + std::string(file.path);
    ROCKY_TRY(make_directories(parent_directory(path)));
    ROCKY_TRY(write_file_atomically(path, file.text));
    output.files.emplace_back(file.path);
  }
  output.next = {"cd " + output::shell_quoted(arguments.directory) + " && rocky run",
                 "rocky run --idempotency-key today   # twice: the second time it is skipped",
                 "rocky history"};
  return reply_with(output);
}

}  // namespace rocky::commands
