#include "net/xml.h"

#include <algorithm>
#include <pugixml.hpp>

namespace rocky::net {
namespace {

constexpr int kDepthMax = 16;

bool convert(const pugi::xml_node& node, int depth, XmlElement& out) {
  if (depth > kDepthMax) return false;
  out.name = node.name();
  out.text = node.text().get();
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    if (!convert(child, depth + 1, out.children.emplace_back())) return false;
  }
  return true;
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const XmlElement& child) {
    return child.name == child_name;
  });
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child_name) const {
  const XmlElement* found = child(child_name);
  return found ? std::string_view(found->text) : std::string_view();
}

std::optional<XmlElement> parse_xml(std::string_view bytes) {
  pugi::xml_document document;
  const auto parsed =
      document.load_buffer(bytes.data(), bytes.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) return std::nullopt;
  XmlElement root;
  if (!convert(document.document_element(), 0, root)) return std::nullopt;
  return root;
}

}  // namespace rocky::net
