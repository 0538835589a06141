#include "config/describe_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "config/config_testing.h"
#include "config/shape.h"

namespace rocky::config {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = Shape::Kind;

/// A file that uses every described key once, written from the description alone.
class SampleFile {
 public:
  struct Table {
    std::string path;  ///< As an error names it.
    int line;          ///< Of its header.
  };

  SampleFile() {
    for (const FieldShape& field : describe_config().fields)
      if (field.key != "vars" && field.key != "env") value(field.key, field.key, field);
  }
  const std::string& text() const { return text_; }
  const std::set<std::string>& paths() const { return paths_; }
  const std::vector<Table>& tables() const { return tables_; }

 private:
  void line(const std::string& text) {
    text_ += text + "\n";
    ++lines_;
  }

  void header(const std::string& toml, const std::string& path, bool in_list) {
    line(in_list ? "[[" + toml + "]]" : "[" + toml + "]");
    tables_.push_back({path, lines_});
  }

  static std::string sample(const Shape& shape, const FieldShape& field) {
    if (field.key == "valkey_url") return "\"valkey://host:1/0\"";
    if (!field.default_text.empty() && field.default_text != "\"\"") return field.default_text;
    switch (shape.kind) {
      case Kind::Integer:
      case Kind::Number: return std::to_string(static_cast<int>(std::max(field.rules.min, 1.0)));
      case Kind::Boolean: return "true";
      case Kind::Choice: return "\"" + shape.choices.front().name + "\"";
      case Kind::AnyOf: return sample(shape.inner.front(), field);
      case Kind::List: return "[\"x\", \"y\"]";
      default: return "\"x\"";
    }
  }

  static bool is_scalar(const Shape& shape) {
    if (shape.kind == Kind::List) return is_scalar(shape.inner.front());
    if (shape.kind == Kind::AnyOf)
      return is_scalar(shape.inner.front()) && is_scalar(shape.inner.back());
    return shape.kind != Kind::Table && shape.kind != Kind::Tagged && shape.kind != Kind::Map;
  }

  void fields(const std::string& toml, const std::string& path,
              const std::vector<FieldShape>& all) {
    for (const FieldShape& field : all)
      if (is_scalar(field.shape)) {
        line(field.key + " = " + sample(field.shape, field));
        paths_.insert(path + "." + field.key);
      }
    for (const FieldShape& field : all)
      if (!is_scalar(field.shape)) value(toml + "." + field.key, path + "." + field.key, field);
  }

  void value(const std::string& toml, const std::string& path, const FieldShape& field) {
    shape(toml, path, field, field.shape, false);
  }

  void shape(const std::string& toml, const std::string& path, const FieldShape& field,
             const Shape& shape, bool in_list) {
    const std::string own = in_list ? path + "[0]" : path;
    switch (shape.kind) {
      case Kind::Table: header(toml, own, in_list); return fields(toml, own, shape.fields);
      case Kind::List: return this->shape(toml, path, field, shape.inner.front(), true);
      case Kind::AnyOf: return this->shape(toml, path, field, shape.inner.back(), in_list);
      case Kind::Tagged: return variants(toml, path, shape, in_list, "x");
      case Kind::Map: return map(toml, path, field, shape);
      default: FAIL() << path;
    }
  }

  void map(const std::string& toml, const std::string& path, const FieldShape& field,
           const Shape& shape) {
    const Shape& one = shape.inner.front();
    if (one.kind == Kind::Tagged) return variants(toml, path, one, false, "n");
    line("[" + toml + "]");
    line("x = " + sample(one, field));
    paths_.insert(path + ".x");
  }

  /// Each kind of a tagged table once: as entries of a list, or under names of their own.
  void variants(const std::string& toml, const std::string& path, const Shape& shape, bool in_list,
                const std::string& name) {
    std::size_t i = 0;
    for (const ShapeVariant& variant : shape.variants) {
      const std::string type = variant.type.empty() ? "another" : variant.type;
      const std::string inner = in_list ? toml : toml + "." + name + type;
      const std::string own =
          in_list ? path + "[" + std::to_string(i++) + "]" : path + "." + name + type;
      header(inner, own, in_list);
      line("type = \"" + type + "\"");
      std::vector<FieldShape> all = shape.fields;
      all.insert(all.end(), variant.fields.begin(), variant.fields.end());
      fields(inner, own, all);
    }
  }

  std::string text_;
  int lines_ = 0;
  std::set<std::string> paths_;
  std::vector<Table> tables_;
};

TEST(Description, EveryDescribedKeyIsRead) {
  const SampleFile sample;
  const auto reading = reading_of(sample.text());
  ASSERT_THAT(problems_of(reading), IsEmpty()) << sample.text();
  EXPECT_GT(sample.paths().size(), 300u);
  for (const std::string& path : sample.paths())
    EXPECT_TRUE(reading.config->places.contains(path)) << path;
}

TEST(Description, NoTableTakesAKeyThatIsNotDescribed) {
  const SampleFile sample;
  std::set<int> headers;
  for (const SampleFile::Table& table : sample.tables()) headers.insert(table.line);
  std::istringstream lines(sample.text());
  std::string text;
  std::vector<std::string> expected;
  int written = 0;
  int read = 0;
  for (std::string line; std::getline(lines, line);) {
    text += line + "\n";
    ++written;
    if (!headers.contains(++read)) continue;
    text += "not_a_key = 1\n";
    expected.push_back(fmt::format("{}:1 R0103", ++written));
  }
  std::vector<std::string> told;
  for (const std::string& problem : problems_of(reading_of(text)))
    told.push_back(problem.substr(0, problem.find(" unknown key")));
  EXPECT_EQ(told, expected);
}

TEST(Description, ARequiredKeyThatIsMissingIsToldWithItsName) {
  const SampleFile sample;
  const std::string text = sample.text();
  const auto at = text.find("schema_template = ");
  std::string without = text;
  without.erase(at, text.find('\n', at) - at);
  EXPECT_THAT(problems_of(reading_of(without)),
              Contains(HasSubstr("R0106 a required key is missing key=`schema_template`")));
}

TEST(Reference, NamesEveryDescribedKey) {
  const std::string page = configuration_reference_markdown();
  const std::function<void(const std::vector<FieldShape>&)> check = [&](const auto& fields) {
    for (const FieldShape& field : fields) {
      const bool is_event = field.key.starts_with("on_") && field.shape.kind == Kind::AnyOf;
      if (!is_event) {
        EXPECT_THAT(
            page, testing::AnyOf(HasSubstr("| `" + field.key + "` |"), HasSubstr("[" + field.key)));
      }
      EXPECT_FALSE(field.doc.empty() && field.rules.support == Support::Full) << field.key;
      check(field.shape.fields);
      for (const Shape& inner : field.shape.inner) check(inner.fields);
      for (const ShapeVariant& variant : field.shape.variants) check(variant.fields);
    }
  };
  check(describe_config().fields);
}

TEST(Schema, RefusesUnknownKeysInEveryTable) {
  const Json schema = project_schema();
  EXPECT_FALSE(schema.at("additionalProperties").get<bool>());
  EXPECT_FALSE(schema.at("properties").at("state").at("additionalProperties").get<bool>());
  for (const auto& variant : schema.at("definitions").at("pipeline").at("anyOf"))
    EXPECT_FALSE(variant.at("additionalProperties").get<bool>());
}

TEST(Schema, RefersOnlyToWhatItDefines) {
  const Json schema = project_schema();
  const std::string text = to_compact_json(schema);
  const std::string mark = "#/definitions/";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const auto start = at + mark.size();
    EXPECT_TRUE(
        schema.at("definitions").contains(text.substr(start, text.find('"', start) - start)));
  }
}

}  // namespace
}  // namespace rocky::config
