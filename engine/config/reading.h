#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/rocky_config.h"
#include "config/toml_value.h"

namespace rocky::config {

/// What reading one file finds out besides the values.
struct Reading {
  std::vector<Error> problems;
  Places places;
  std::vector<Unsupported> unsupported;
  std::set<std::string> shown;       ///< Paths of values that results print.
  std::vector<std::string> secrets;  ///< Values of secret keys.

  void report(Error problem) { problems.push_back(std::move(problem)); }
};

/// One value that is being read, and how it is reached from the top of the file.
struct Node {
  Reading& reading;
  const TomlValue& value;
  std::string path;

  const Where& where() const { return value.where; }
  /// The value under `key`, or the element `index`, of this one.
  Node child(std::string_view key, const TomlValue& inner) const;
  Node element(std::size_t index, const TomlValue& inner) const;

  void wrong_type(std::string_view expected) const;
  /// The value is of the right type, and still cannot be: says why.
  void wrong_value(std::string why, std::string hint = {}) const;
  void unsupported(Support support, std::string what) const;
};

/// The readers of single values: report what is wrong, else set `out`.
bool read_text(const Node& node, const FieldRules& rules, std::string& out);
bool read_integer(const Node& node, const FieldRules& rules, std::int64_t& out);
bool read_number(const Node& node, const FieldRules& rules, double& out);
bool read_boolean(const Node& node, bool& out);
bool read_map(const Node& node, const FieldRules& rules, StringMap& out);
/// The array's elements; a problem, and nothing, for another type.
const TomlArray* read_array(const Node& node, const FieldRules& rules);

/// Hands out the entries of one table and, at its end, reports those nobody asked for.
class TableReader {
 public:
  /// `node` must outlive the reader.
  explicit TableReader(const Node& node);
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  /// The entry under `key`, when it is there; a problem when it is required and is not.
  const TomlEntry* take(std::string_view key, const FieldRules& rules = {});
  /// These keys do not exist here, although the type describes them.
  void leave_out(std::vector<std::string> keys) { left_out_ = std::move(keys); }
  bool leaves_out(std::string_view key) const;
  /// Every entry, for tables whose keys are names.
  const std::vector<TomlEntry>& entries() const;
  /// Keys are not looked at any more: an earlier problem makes them meaningless.
  void give_up() { table_ = nullptr; }
  const Node& node() const { return node_; }

 private:
  const Node& node_;
  const TomlTable* table_;
  std::vector<std::string> known_;
  std::vector<std::string> left_out_;
};

/// Reports `key` as unknown, with the nearest of `known`.
void report_unknown_key(const Node& table, const TomlEntry& entry,
                        const std::vector<std::string>& known);

}  // namespace rocky::config
