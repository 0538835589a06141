#pragma once

#include <string_view>

#include "errors/error.h"
#include "warehouse/duckdb/duckdb_api.h"

namespace rocky::warehouse::duckdb {

/// What DuckDB said about a statement, as an Error. Its own text is kept, with the line and the
/// caret, unless the statement may hold a secret: then only the type.
Error statement_error(ErrorType type, std::string_view text, std::string_view sql);

/// The type of an error that comes as text alone (those of preparing): the word it begins with, as
/// in `Binder Error: …`.
ErrorType type_of(std::string_view text);

/// What DuckDB said about a COMMIT that surely did not happen. Conflicts with other transactions, a
/// duplicate key included, are `SqlConflict`.
Error commit_error(std::string_view text);

/// Whether the text ends in what strerror says for a full disk. DuckDB gives system errors one
/// type.
bool tells_full_disk(std::string_view text);

/// `DiskFull`, with the way out.
Error disk_full(std::string_view text);

}  // namespace rocky::warehouse::duckdb
