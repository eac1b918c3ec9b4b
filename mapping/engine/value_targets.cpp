#include "mapping/engine/value_targets.h"

#include "ipe/base/bytes.h"
#include "mapping/engine/attribute_content.h"
#include "mapping/engine/content_shape.h"
#include "mapping/engine/device_unit.h"
#include "mapping/engine/target_detail.h"
#include "mapping/engine/target_place.h"

#include <algorithm>
#include <utility>

namespace isthmus::mapping {
namespace {

using lwm2m::Path;
using lwm2m::Record;

// m2m:contentInfo, media type and encoding: 0 plain, 2 base64 of binary (TS-0004 6.3.4.2.28)
constexpr std::string_view kPlainText = "text/plain:0";
constexpr std::string_view kBinary = "application/octet-stream:2";
constexpr std::string_view kJson = "application/json:0";
constexpr std::string_view kSenml = "application/senml+json:0";

// Of what the application gets.
std::string_view unitOf(const Conversion& conversion, std::string_view deviceUnit) {
  if (!conversion.unit.empty()) return conversion.unit;
  return conversion.deviceUnit.empty() ? deviceUnit : conversion.deviceUnit;
}

bool isResource(Form form) { return form == Form::flexContainer || form == Form::mgmtObj; }

// TS-0014 8.2: an Object Link refers to what it leads to, by name (contentRef).
void addLink(Mapped& mapped, const Record& record) {
  const auto* link = std::get_if<lwm2m::ObjectLink>(&record.value);
  constexpr std::uint16_t kNothing = 65535;
  if (link == nullptr || link->object == kNothing || mapped.form != Form::container) return;
  auto detail = TargetDetail::parse(mapped.detail);
  detail.link = std::to_string(link->object);
  if (link->instance != kNothing) detail.link += "/" + std::to_string(link->instance);
  mapped.detail = detail.toText();
}

class Maker {
 public:
  Maker(const MessageFacts& facts, const Record& record, const CompiledRule* winner)
      : facts_(facts), record_(record), winner_(winner) {}

  Result<Mapping> make() {
    const Conversion none;
    const auto& conversion = winner_ == nullptr ? none : winner_->rule->value;
    const auto deviceUnit = deviceUnitOf(facts_.device, record_.path);
    const auto& converter = winner_ == nullptr ? facts_.asItIs : winner_->converter;
    auto value = converter.toApplication(record_.value, deviceUnit);
    if (!value) return tl::unexpected(value.error());
    value_ = *std::move(value);
    unit_ = unitOf(conversion, deviceUnit);
    setReport();
    if (winner_ == nullptr) {
      addContent(defaultPlace(record_.path), facts_.settings.form);
      addLink(mapping_.targets.back(), record_);
      return std::move(mapping_);
    }
    mapping_.targets.reserve(winner_->targets.size());
    for (const auto& target : winner_->targets) {
      const auto added = add(target);
      if (!added) return tl::unexpected(added.error());
    }
    return std::move(mapping_);
  }

 private:
  void setReport() {
    mapping_.report = Report::onChange;
    if (winner_ != nullptr) setFilter(mapping_, winner_->rule->observe);
    if (!mapping_.filters()) return;
    mapping_.fingerprint = hash64(value_.text);
    const bool near = mapping_.deadband > 0 && value_.kind == Converted::Kind::number;
    if (const auto number = near ? Decimal::parse(value_.text) : std::nullopt) mapping_.number = number->toDouble();
  }

  Result<void> add(const CompiledTarget& target) {
    const auto form = target.target->form;
    if (form == Form::transparent) {
      mapping_.encapsulated = true;
      return {};
    }
    if (isResource(form)) return addAttributes(target);
    const auto content = target.target->content.value_or(facts_.settings.form);
    const auto before = mapping_.targets.size();
    if (content == Content::fromTemplate || content == Content::location) {
      addCombined(target, content);
    } else {
      addContent(placeAt(target), content);
    }
    if (mapping_.targets.size() == before) return {};
    mapping_.targets.back().form = form;
    mapping_.targets.back().detail = target.detail;
    addLink(mapping_.targets.back(), record_);
    return {};
  }

  Result<void> addAttributes(const CompiledTarget& target) {
    if (target.kind == nullptr) return fail(Errc::notFound, "no such class: " + target.target->className);
    auto content = attributeContent(*target.kind, target.target->attribute, value_, record_, facts_.siblings);
    if (!content) return tl::unexpected(content.error());
    if (!content->empty())
      mapping_.targets.push_back({target.target->form, placeAt(target), *std::move(content), {}, target.detail});
    return {};
  }

  void addContent(std::string place, Content content) {
    auto& target = mapping_.targets.emplace_back();
    target.path = std::move(place);
    switch (content) {
      case Content::record:
        target.content = recordOf(value_, shaped());
        target.contentInfo = kJson;
        return;
      case Content::senml:
        target.content = senmlOf(value_, shaped());
        target.contentInfo = kSenml;
        return;
      default:
        target.content = value_.text;
        target.contentInfo = value_.kind == Converted::Kind::binary ? kBinary : kPlainText;
    }
  }

  // Several resources as one content. It is made once for a message: at the resource that the rule names, otherwise at
  // the first that it speaks of.
  void addCombined(const CompiledTarget& target, Content content) {
    const auto location = locationAt(record_.path.object(), record_.path.resource());
    const auto speaks = [&](const Path& path) {
      if (content == Content::fromTemplate) return speaksOf(target.contentTemplate, path.resource());
      return location && locationAt(path.object(), path.resource()).has_value();
    };
    const auto& match = winner_->rule->match;
    if (!match.resource && !speaks(record_.path)) return;
    auto text = content == Content::fromTemplate ? std::optional(fill(target.contentTemplate, shaped(), others()))
                : location                       ? locationOf(*location, others())
                                                 : std::nullopt;
    if (!text) return;
    if (const auto first = match.resource ? record_.path : firstOf(speaks); first != record_.path) {
      mapping_.mergedWith = first;
      return;
    }
    mapping_.targets.push_back({target.target->form, placeAt(target), *std::move(text), std::string(kJson)});
    if (content == Content::fromTemplate && mapping_.filters()) {
      auto timeless = shaped();
      timeless.time = {};
      mapping_.fingerprint = hash64(fill(target.contentTemplate, timeless, others()), mapping_.fingerprint);
    } else {
      mapping_.fingerprint = hash64(mapping_.targets.back().content, mapping_.fingerprint);
    }
  }

  template <class Speaks>
  Path firstOf(Speaks speaks) const {
    const auto first = std::ranges::find_if(facts_.siblings, [&](const Record& other) {
      return isBeside(other) && speaks(other.path) && facts_.rules.find(facts_.device, other.path) == winner_;
    });
    return first == facts_.siblings.end() ? record_.path : first->path;
  }

  // Of the same instance, at the same time.
  bool isBeside(const Record& other) const {
    return other.path.depth() >= 3 && other.path.prefix(2) == record_.path.prefix(2) && other.time == record_.time;
  }

  ResourceValue others() const {
    return [this](std::uint16_t resource) -> std::optional<Converted> {
      if (resource == record_.path.resource()) return value_;
      const auto found = std::ranges::find_if(
          facts_.siblings, [&](const Record& other) { return isBeside(other) && other.path.resource() == resource; });
      if (found == facts_.siblings.end()) return {};
      const auto* rule = facts_.rules.find(facts_.device, found->path);
      const auto& converter = rule == nullptr ? facts_.asItIs : rule->converter;
      const auto value = converter.toApplication(found->value, deviceUnitOf(facts_.device, found->path));
      return value ? std::optional(*value) : std::nullopt;
    };
  }

  std::string placeAt(const CompiledTarget& target) const {
    return placeOf(target, winner_->rule->match, record_.path, facts_.device.endpoint);
  }

  Shaped shaped() const {
    return {record_.path, facts_.device.endpoint, unit_, record_.time.value_or(facts_.received)};
  }

  const MessageFacts& facts_;
  const Record& record_;
  const CompiledRule* winner_;
  Converted value_;
  std::string_view unit_;
  Mapping mapping_;
};

}  // namespace

void setFilter(Mapping& mapping, const Observe& observe) {
  mapping.report = observe.report;
  mapping.heartbeat = observe.heartbeat;
  mapping.deadband = observe.deadband;
  mapping.minInterval = observe.minInterval;
}

Result<Mapping> targetsOf(const MessageFacts& facts, const Record& record, const CompiledRule* winner) {
  return Maker(facts, record, winner).make();
}

}  // namespace isthmus::mapping
