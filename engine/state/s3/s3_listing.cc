#include "state/s3/s3_listing.h"

#include <algorithm>

#include "net/http_date.h"
#include "net/xml.h"
#include "state/s3/s3_reply.h"

namespace rocky::state {

std::optional<S3Listing> read_listing(std::string_view body) {
  const auto root = net::parse_xml(body);
  if (!root || root->name != "ListBucketResult") return std::nullopt;
  S3Listing listing{.truncated = root->text_of("IsTruncated") == "true"};
  for (const net::XmlElement& child : root->children) {
    if (child.name != "Contents") continue;
    listing.objects.push_back({std::string(child.text_of("Key")),
                               entity_tag_of(child.text_of("ETag")),
                               net::parse_timestamp(child.text_of("LastModified"))});
  }
  const bool rises =
      std::is_sorted(listing.objects.begin(), listing.objects.end(),
                     [](const ListedObject& a, const ListedObject& b) { return a.key < b.key; });
  if (!rises || (listing.truncated && listing.objects.empty())) return std::nullopt;
  return listing;
}

}  // namespace rocky::state
