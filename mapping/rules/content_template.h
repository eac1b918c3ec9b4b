#pragma once

#include "ipe/base/located_json.h"
#include "ipe/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::mapping {

enum class TemplateField : std::uint8_t { none, resource, time, object, instance, endpoint };

// A piece of the JSON text: text as it stands, or a placeholder.
struct TemplatePart {
  TemplateField field = TemplateField::none;
  std::uint16_t resource = 0;  // of `resource`
  bool inText = false;         // within a string: its characters only; otherwise a JSON value of its own
  std::string text = {};       // of `none`
  bool operator==(const TemplatePart&) const = default;
};

// Where a resource's value stands by itself, so that an application may write it: names and positions from the root.
struct TemplatePlace {
  std::uint16_t resource = 0;
  std::vector<std::string> steps;
  bool operator==(const TemplatePlace&) const = default;
};

struct ContentTemplate {
  std::vector<TemplatePart> parts;
  std::vector<TemplatePlace> places;
};

// A JSON object or array whose strings may hold {5700} (a resource of the same instance), {time}, {object}, {instance}
// and {endpoint}. A string that is one placeholder becomes its value: "{5700}" -> 21.5.
ContentTemplate readContentTemplate(const json::Node& node, json::Faults& faults);
// As compact JSON, from which the same template is read again.
std::string toText(const ContentTemplate& contentTemplate);
Result<ContentTemplate> parseContentTemplate(std::string_view text);

}  // namespace isthmus::mapping
