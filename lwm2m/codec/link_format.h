#pragma once

#include "lwm2m/codec/content_format.h"
#include "lwm2m/model/link.h"
#include "lwm2m/model/object_registry.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// `tolerant` also takes what real devices send and RFC 6690 does not allow: white space around commas and semicolons.
// Both take a quoted ver.
enum class LinkSyntax { strict, tolerant };

// RFC 6690 2. An empty text is an empty list. Error: malformed, `where` is the byte offset.
Result<std::vector<Link>> parseLinks(std::string_view text, LinkSyntax syntax = LinkSyntax::strict);
std::string serializeLinks(std::span<const Link> links);

struct DeclaredInstance {
  std::uint16_t object = 0;
  std::optional<std::uint16_t> instance;  // absent: the object is supported, no instance is known
  bool operator==(const DeclaredInstance&) const = default;
};

// The meaning of a Register or Update payload (LwM2M Core 6.2.1): which objects, which versions, below which root.
struct ObjectList {
  std::string rootPath;                     // "" or "/lwm2m"
  std::vector<ContentFormat> formats;       // `ct` of the root link
  std::vector<DeclaredInstance> instances;  // ascending, each once; /0, /21 and /23 left out as the standard asks
  std::vector<ObjectVersion> versions;      // only where the device states one
  bool operator==(const ObjectList&) const = default;
};

// Links outside the root, or with targets that are no LwM2M path, are passed over.
Result<ObjectList> parseObjectList(std::string_view payload);

}  // namespace isthmus::lwm2m
