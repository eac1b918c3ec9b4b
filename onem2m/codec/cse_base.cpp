#include "onem2m/codec/cse_base.h"

#include "onem2m/codec/json_fields.h"

namespace isthmus::onem2m {
namespace {

using rapidjson::Value;

// The first object of a document, which is the resource: {"m2m:cb":{...}}.
template <class Read>
auto readFirst(std::string_view json, Read read) -> Result<decltype(read(Value()))> {
  rapidjson::Document document;
  if (auto parsed = parse(document, json); !parsed) return tl::unexpected(parsed.error());
  if (document.IsObject()) {
    for (const auto& member : document.GetObject()) {
      if (member.value.IsObject()) return read(member.value);
    }
  }
  return fail(Errc::malformed, "no resource in the answer");
}

}  // namespace

Result<CseBase> readCseBase(std::string_view json) {
  return readFirst(json, [](const Value& resource) {
    CseBase base;
    base.name = textAttribute(resource, "rn");
    base.cseId = textAttribute(resource, "csi");
    base.releases = listAttribute(resource, "srv");
    base.serialisations = listAttribute(resource, "csz");
    const Value* types = attribute(resource, "srt");
    if (types != nullptr && types->IsArray()) {
      for (const Value& type : types->GetArray()) {
        if (const auto number = integerOf(type)) base.types.push_back(*number);
      }
    }
    return base;
  });
}

Result<std::string> readAttribute(std::string_view json, const char* shortName) {
  return readFirst(json, [shortName](const Value& resource) {
    const Value* value = attribute(resource, shortName);
    return value != nullptr ? anyText(*value) : std::string();
  });
}

}  // namespace isthmus::onem2m
