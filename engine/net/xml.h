#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rocky::net {

/// One element of a document: what services say, without attributes and comments.
struct XmlElement {
  std::string name;
  std::string text;  ///< Directly inside it, entities replaced.
  std::vector<XmlElement> children;

  /// The first child of that name; null when there is none.
  const XmlElement* child(std::string_view child_name) const;
  /// The text of the first child of that name; "" when there is none.
  std::string_view text_of(std::string_view child_name) const;
};

/// The root of a document in UTF-8; empty when the bytes are not one, or nest too deeply.
std::optional<XmlElement> parse_xml(std::string_view bytes);

}  // namespace rocky::net
