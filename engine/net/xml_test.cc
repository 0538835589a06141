#include "net/xml.h"

#include <gtest/gtest.h>

namespace rocky::net {
namespace {

TEST(Xml, OfAReplyIsReadWithEntitiesReplaced) {
  const auto root = parse_xml(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error "
      "xmlns=\"http://x/\"><Code>NoSuchKey</Code>"
      "<Message>a &lt;b&gt; &quot;c&quot;</Message><Empty/><!-- no --></Error>");
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->name, "Error");
  EXPECT_EQ(root->text_of("Code"), "NoSuchKey");
  EXPECT_EQ(root->text_of("Message"), "a <b> \"c\"");
  EXPECT_EQ(root->text_of("Empty"), "");
  EXPECT_EQ(root->text_of("Absent"), "");
  EXPECT_EQ(root->child("Absent"), nullptr);
  EXPECT_EQ(root->children.size(), 3u);
}

TEST(Xml, ThatIsNoneOrAPartIsRefused) {
  for (const char* text : {"", "text", "<a>", "<a><b></a></b>", "{\"a\":1}", "<a", "<a>&"}) {
    EXPECT_FALSE(parse_xml(text).has_value()) << text;
  }
}

TEST(Xml, ThatNestsTooDeeplyIsRefused) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  std::string closed = deep;
  for (int i = 0; i < 100'000; ++i) closed += "</a>";
  EXPECT_FALSE(parse_xml(deep).has_value());
  EXPECT_FALSE(parse_xml(closed).has_value());
}

TEST(Xml, KnowsNoEntitiesOfItsOwn) {
  const auto root = parse_xml("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>");
  EXPECT_TRUE(!root || root->text == "&e;");
}

}  // namespace
}  // namespace rocky::net
