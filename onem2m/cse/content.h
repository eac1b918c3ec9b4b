#pragma once

#include "onem2m/cse/refusal.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m::cse {

enum class JsonType : std::uint8_t { null, boolean, number, text, array, object };

// One attribute: checked JSON text, so that what a client gave comes back as it came.
struct Attribute {
  std::string name;
  JsonType type = JsonType::null;
  std::string json;
  std::size_t size = 0;  // of the value: a string's bytes without quotes and escapes, else the JSON text's
};

// A resource representation: {"m2m:cnt":{"rn":"x"}} is root "m2m:cnt" with one attribute.
struct Content {
  std::string root;
  std::vector<Attribute> attributes;
};

// The one parser of what clients send. Nesting is limited; of a repeated key the last one counts.
Answer<Content> parseContent(std::string_view json);

// Values of checked attributes; nothing (or empty) when the attribute is of another kind.
std::optional<std::string> textOf(const Attribute& attribute);
std::optional<std::vector<std::string>> textsOf(const Attribute& attribute);
std::optional<std::uint64_t> countOf(const Attribute& attribute);  // 3 and 3.0 are the same number
std::optional<bool> flagOf(const Attribute& attribute);

const Attribute* lookup(const std::vector<Attribute>& attributes, std::string_view name);
void setAttribute(std::vector<Attribute>& attributes, Attribute attribute);
bool eraseAttribute(std::vector<Attribute>& attributes, std::string_view name);

// A JSON string with its quotes.
std::string quoted(std::string_view text);

}  // namespace isthmus::onem2m::cse
