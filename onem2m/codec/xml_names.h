#pragma once

#include <array>
#include <string_view>

namespace isthmus::onem2m {

inline constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

// The prefixes that JSON's roots have, and their namespaces (TS-0004 8.3, TS-0023 6).
struct XmlNamespace {
  std::string_view prefix;
  std::string_view uri;
};
inline constexpr std::array<XmlNamespace, 5> kNamespaces = {
    {{"m2m", "http://www.onem2m.org/xml/protocols"},
     {"cod", "http://www.onem2m.org/xml/protocols/commondomain"},
     {"hd", "http://www.onem2m.org/xml/protocols/homedomain"},
     {"mad", "http://www.onem2m.org/xml/protocols/managementdomain"},
     {"dcfg", "http://www.onem2m.org/xml/protocols/deviceconfiguration"}}};

// Is it the element of a resource or a primitive, which has a prefix, and not an attribute?
inline bool isQualified(std::string_view name) { return name.find(':') != std::string_view::npos; }

// What holds one resource by its name rather than having it as a child.
inline bool holdsOneResource(std::string_view name) {
  return name == "m2m:rce" || name == "m2m:rqp" || name == "m2m:rsp" || !isQualified(name);
}

}  // namespace isthmus::onem2m
