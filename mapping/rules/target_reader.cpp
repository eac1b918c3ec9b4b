#include "mapping/rules/content_template.h"
#include "mapping/rules/name_template.h"
#include "mapping/rules/reading.h"
#include "mapping/rules/rule_words.h"

#include <algorithm>

namespace isthmus::mapping {
namespace {

using json::complain;
using json::Faults;
using json::Kind;
using json::Node;

constexpr std::size_t kMostLabels = 16;
constexpr std::size_t kLongestTemplate = 4096;

// What a target is called that does not say so.
std::string defaultName(const Target& target) {
  const auto colon = target.className.find(':');
  const auto shortClass = colon == std::string::npos ? target.className : target.className.substr(colon + 1);
  switch (target.form) {
    case Form::flexContainer: return "{object}/{instance}/" + shortClass;
    case Form::mgmtObj: return shortClass + "-{instance}";
    case Form::transparent: return "{object}/{instance}";
    default: return target.content == Content::location ? "{object}/{instance}/location" : Target{}.name;
  }
}

class TargetReader {
 public:
  TargetReader(const Node& node, Faults& faults) : node_(node), faults_(faults) {}

  Target read() {
    if (!openObject(node_, words::kTargetKeys, faults_)) return target_;
    const auto text = [this](const Node& at) { return readText(at, faults_); };
    const auto flag = [this](const Node& at) { return json::readBoolean(at, faults_); };
    take(node_, "form", target_.form, [this](const Node& at) { return readEnum<Form>(at, words::kForms, faults_); });
    take(node_, "class", target_.className, text);
    take(node_, "attribute", target_.attribute, text);
    take(node_, "content", target_.content,
         [this](const Node& at) { return readEnum<Content>(at, words::kContents, faults_); });
    take(node_, "template", target_.jsonTemplate, [this](const Node& at) { return readTemplate(at); });
    take(node_, "write", target_.write, flag);
    take(node_, "blocking", target_.blocking, flag);
    take(node_, "command", target_.command, flag);
    if (const auto labels = node_.member("labels")) readLabels(*labels);
    checkClass();
    target_.name = defaultName(target_);
    take(node_, "name", target_.name, [this](const Node& at) { return readName(at); });
    checkContent();
    checkFlags();
    return target_;
  }

 private:
  std::optional<std::string> readName(const Node& node) {
    auto text = json::readString(node, faults_);
    if (!text) return {};
    const auto parsed = parseNameTemplate(*text);
    if (parsed) return text;
    complain(faults_, node, parsed.error().message);
    return {};
  }

  // A template alone says that the content is one.
  std::optional<std::string> readTemplate(const Node& node) {
    auto text = toText(readContentTemplate(node, faults_));
    if (!target_.content) target_.content = Content::fromTemplate;
    if (text.size() <= kLongestTemplate) return text;
    complain(faults_, node, "must have at most 4096 bytes");
    return {};
  }

  void readLabels(const Node& node) {
    if (!json::expect(node, Kind::array, faults_)) return;
    for (const auto& item : node.children()) {
      if (auto label = readText(item, faults_)) target_.labels.push_back(*std::move(label));
    }
    if (target_.labels.size() > kMostLabels) complain(faults_, node, "16 labels at most");
  }

  std::string form() const { return std::string(words::kForms[static_cast<std::size_t>(target_.form)]); }

  void checkClass() {
    static constexpr std::string_view kClassKeys[] = {"class", "attribute"};
    const bool classed = target_.form == Form::flexContainer || target_.form == Form::mgmtObj;
    for (const auto key : kClassKeys) {
      const auto member = node_.member(key);
      if (classed && !member) complain(faults_, node_, "a " + form() + " needs \"" + std::string(key) + "\"");
      if (!classed && member) complain(faults_, *member, "is for flexContainer and mgmtObj, not for " + form());
    }
  }

  void checkContent() {
    const auto content = node_.member("content");
    const bool free = target_.form == Form::container || target_.form == Form::timeSeries;
    if (content && !free) complain(faults_, *content, "is for container and timeSeries, not for " + form());
    const auto given = node_.member("template");
    if (given && !free) complain(faults_, *given, "is for container and timeSeries, not for " + form());
    if (target_.content == Content::fromTemplate && !given) {
      complain(faults_, *content, R"(needs "template" beside it: the JSON of the content)");
    }
    if (given && target_.content != Content::fromTemplate) {
      complain(faults_, *given, "stands against \"content\": leave one of them out");
    }
    if (target_.content == Content::fromTemplate && !node_.member("name")) {
      complain(faults_, node_, R"(a template over several resources needs a "name" of its own)");
    }
  }

  void checkFlags() {
    if (target_.blocking && !target_.write) {
      complain(faults_, *node_.member("blocking"), R"(is about writing: it needs "write": true)");
    }
    if (target_.write && target_.form == Form::transparent) {
      complain(faults_, *node_.member("write"), "is not for transparent, where devices' own formats stand");
    }
    if (target_.command && target_.form != Form::container) {
      complain(faults_, *node_.member("command"), "is for container, not for " + form());
    }
  }

  const Node& node_;
  Faults& faults_;
  Target target_;
};

}  // namespace

void readTargets(const Node& node, std::vector<Target>& targets, Faults& faults) {
  targets.clear();
  if (!json::expect(node, Kind::array, faults)) return;
  for (const auto& item : node.children()) {
    auto target = TargetReader(item, faults).read();
    const auto twin = std::ranges::find_if(
        targets, [&](const Target& other) { return other.name == target.name && other.attribute == target.attribute; });
    if (twin != targets.end()) complain(faults, item, "a second target with the name \"" + target.name + "\"");
    targets.push_back(std::move(target));
  }
}

}  // namespace isthmus::mapping
