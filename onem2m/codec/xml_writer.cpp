#include "onem2m/codec/json_fields.h"
#include "onem2m/codec/xml_names.h"
#include "onem2m/codec/xml_text.h"

#include <algorithm>
#include <optional>

namespace isthmus::onem2m {
namespace {

using rapidjson::Value;

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::string_view prefixOf(std::string_view name) { return name.substr(0, name.find(':')); }

// Namespaces in XML 1.0 3: what begins with "xml" is not ours to give; "xsi" is given already.
bool isReserved(std::string_view prefix) { return prefix.starts_with("xml") || prefix == "xsi"; }

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// XML 1.0 2.3, for what the oneM2M short names and prefixes need.
bool isName(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto later = [letter](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  const std::size_t colon = name.find(':');
  const auto part = [&](std::string_view word) {
    return !word.empty() && letter(word.front()) && std::ranges::all_of(word, later);
  };
  if (colon == std::string_view::npos) return part(name);
  return part(name.substr(0, colon)) && !isReserved(name.substr(0, colon)) && part(name.substr(colon + 1));
}

// XML 1.0 2.2: most control characters and the two non-characters have no place in XML at all. "U+0007", the first.
std::optional<std::string> unspeakable(std::string_view xml) {
  for (std::size_t i = 0; i < xml.size(); ++i) {
    const auto byte = static_cast<unsigned char>(xml[i]);
    if (byte < 0x20) return std::string("U+00") + kHexDigits[byte >> 4] + kHexDigits[byte & 15U];
    if (xml.substr(i).starts_with("\xEF\xBF\xBE")) return "U+FFFE";
    if (xml.substr(i).starts_with("\xEF\xBF\xBF")) return "U+FFFF";
  }
  return std::nullopt;
}

void appendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\r': out += "&#13;"; break;  // or it would be read as a line feed
      case '\n': out += "&#10;"; break;  // within an attribute it would be read as a space
      case '\t': out += "&#9;"; break;
      default: out += c;
    }
  }
}

void appendListItem(std::string& out, std::string_view item) {
  std::string encoded;
  for (const char c : item) {
    if (!isSpace(c)) {
      encoded += c;
      continue;
    }
    encoded += '%';
    encoded += kHexDigits[static_cast<unsigned char>(c) >> 4];
    encoded += kHexDigits[static_cast<unsigned char>(c) & 15U];
  }
  appendEscaped(out, encoded);
}

class Writer {
 public:
  Result<std::string> write(const Value& document) {
    if (!document.IsObject() || document.MemberCount() != 1)
      return fail(Errc::unsupported, "XML has one root: not an object with one member");
    const auto& root = *document.MemberBegin();
    out_ = R"(<?xml version="1.0" encoding="UTF-8"?>)";
    const std::string_view name = textOf(root.name);
    if (auto done = root.value.IsArray() ? listRoot(name, root.value) : element(name, root.value, true); !done)
      return tl::unexpected(done.error());
    if (const auto character = unspeakable(out_))
      return fail(Errc::unsupported, "XML has no character " + *character + ", JSON and CBOR have it");
    return std::move(out_);
  }

 private:
  // m2m:uril: a list of plain values at the top.
  Result<void> listRoot(std::string_view name, const Value& list) {
    if (auto opened = open(name, true); !opened) return opened;
    out_ += '>';
    return plainList(name, list);
  }

  Result<void> open(std::string_view name, bool isRoot) {
    if (!isName(name)) return fail(Errc::unsupported, "no name for XML: \"" + std::string(name) + '"');
    out_.append(1, '<').append(name);
    if (isRoot) {
      declare(kNamespaces.front().prefix);
      declare("xsi");
    }
    // A resource of another namespace says it where it begins.
    if (isQualified(name) && prefixOf(name) != kNamespaces.front().prefix) declare(prefixOf(name));
    return {};
  }

  void close(std::string_view name) { out_.append("</").append(name).append(1, '>'); }

  Result<void> element(std::string_view name, const Value& value, bool isRoot = false) {
    if (value.IsArray()) return list(name, value);
    if (auto opened = open(name, isRoot); !opened) return opened;
    if (value.IsNull()) {
      out_ += " xsi:nil=\"true\"/>";
      return {};
    }
    if (!value.IsObject() || name == "con") {
      out_ += '>';
      appendEscaped(out_, anyText(value));
      close(name);
      return {};
    }
    return members(name, value);
  }

  // A prefix that is not known gets a namespace made of it, so that the document can be read at all.
  void declare(std::string_view prefix) {
    out_.append(" xmlns:").append(prefix).append("=\"");
    const auto* const known = std::ranges::find(kNamespaces, prefix, &XmlNamespace::prefix);
    if (prefix == "xsi")
      out_ += kSchemaInstance;
    else if (known != kNamespaces.end())
      out_ += known->uri;
    else
      out_.append(kNamespaces.front().uri).append(1, '/').append(prefix);
    out_ += '"';
  }

  // TS-0004 8.3: resourceName is an attribute of the resource's element; so are name and type of a child's reference.
  static bool isXmlAttribute(std::string_view owner, std::string_view name, const Value& value) {
    if (owner == "rrf" || owner == "ch") return name == "nm" || name == "typ";
    return isQualified(owner) && name == "rn" && value.IsString();
  }

  Result<void> members(std::string_view name, const Value& object) {
    for (const auto& member : object.GetObject()) {
      if (!isXmlAttribute(name, textOf(member.name), member.value)) continue;
      out_.append(1, ' ').append(textOf(member.name)).append("=\"");
      appendEscaped(out_, anyText(member.value));
      out_ += '"';
    }
    out_ += '>';
    for (const auto& member : object.GetObject()) {
      const std::string_view key = textOf(member.name);
      if (isXmlAttribute(name, key, member.value)) continue;
      if ((name == "rrf" || name == "ch") && key == "val") {
        appendEscaped(out_, anyText(member.value));
      } else if (auto done = element(key, member.value); !done) {
        return done;
      }
    }
    close(name);
    return {};
  }

  Result<void> list(std::string_view name, const Value& list) {
    const bool ofObjects = !list.Empty() && list[0].IsObject();
    if (!ofObjects) {
      if (auto opened = open(name, false); !opened) return opened;
      out_ += '>';
      return plainList(name, list);
    }
    for (const Value& item : list.GetArray()) {
      if (!item.IsObject()) return fail(Errc::unsupported, "a list of mixed items", std::string(name));
      if (auto done = element(name, item); !done) return done;
    }
    return {};
  }

  Result<void> plainList(std::string_view name, const Value& list) {
    bool first = true;
    for (const Value& item : list.GetArray()) {
      if (item.IsObject() || item.IsArray()) return fail(Errc::unsupported, "a list within a list", std::string(name));
      if (!first) out_ += ' ';
      first = false;
      appendListItem(out_, anyText(item));
    }
    close(name);
    return {};
  }

  std::string out_;
};

}  // namespace

Result<std::string> xmlFromJson(std::string_view json) {
  rapidjson::Document document;
  if (auto parsed = parse(document, json); !parsed) return tl::unexpected(parsed.error());
  return Writer().write(document);
}

}  // namespace isthmus::onem2m
