#include "onem2m/codec/serialisation.h"

#include "onem2m/codec/cbor_text.h"
#include "onem2m/codec/xml_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace isthmus::onem2m {
namespace {

struct Names {
  Serialisation serialisation;
  std::string_view name;
  std::string_view mediaType;
};

constexpr std::array<Names, 3> kNames = {{{Serialisation::json, "json", "application/json"},
                                          {Serialisation::xml, "xml", "application/xml"},
                                          {Serialisation::cbor, "cbor", "application/cbor"}}};

const Names& namesOf(Serialisation serialisation) { return kNames[static_cast<std::size_t>(serialisation)]; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::string_view name(Serialisation serialisation) { return namesOf(serialisation).name; }
std::string_view mediaType(Serialisation serialisation) { return namesOf(serialisation).mediaType; }

std::optional<Serialisation> serialisationNamed(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name, &Names::name);
  if (found == kNames.end()) return std::nullopt;
  return found->serialisation;
}

std::optional<Serialisation> serialisationOf(std::string_view contentType) {
  std::string type = lowered(contentType.substr(0, contentType.find(';')));
  std::erase_if(type, [](unsigned char c) { return std::isspace(c) != 0; });
  const std::size_t mark = type.find_last_of("/+");
  if (mark == std::string::npos) return std::nullopt;
  return serialisationNamed(std::string_view(type).substr(mark + 1));
}

Result<std::string> fromJson(Serialisation serialisation, std::string_view json) {
  switch (serialisation) {
    case Serialisation::xml: return xmlFromJson(json);
    case Serialisation::cbor: return cborFromJson(json);
    case Serialisation::json: break;
  }
  return std::string(json);
}

Result<std::string> toJson(Serialisation serialisation, std::string_view bytes) {
  switch (serialisation) {
    case Serialisation::xml: return jsonFromXml(bytes);
    case Serialisation::cbor: return jsonFromCbor(bytes);
    case Serialisation::json: break;
  }
  return std::string(bytes);
}

}  // namespace isthmus::onem2m
