#include "mapping/rules/content_template.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace isthmus::mapping {
namespace {

using json::Kind;
using json::Node;

// In the order of TemplateField from `time` on.
constexpr std::array<std::string_view, 4> kWords = {"time", "object", "instance", "endpoint"};
constexpr std::uint16_t kLargestId = 65534;  // 65535 is reserved (LwM2M Core 7.2)

std::optional<std::uint16_t> resourceOf(std::string_view word) {
  std::uint16_t id = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (code != std::errc() || end != word.data() + word.size() || id > kLargestId) return {};
  return id;
}

std::optional<TemplatePart> placeholder(std::string_view word) {
  if (const auto id = resourceOf(word)) return TemplatePart{TemplateField::resource, *id};
  const auto found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return {};
  return TemplatePart{static_cast<TemplateField>(found - kWords.begin() + 2)};
}

std::string wordOf(const TemplatePart& part) {
  if (part.field == TemplateField::resource) return std::to_string(part.resource);
  return std::string(kWords.at(static_cast<std::size_t>(part.field) - 2));
}

class Reader {
 public:
  explicit Reader(json::Faults& faults) : faults_(faults) {}

  void read(const Node& node) {
    switch (node.kind()) {
      case Kind::object: return readChildren(node, '{', '}');
      case Kind::array: return readChildren(node, '[', ']');
      case Kind::string: return readString(node);
      case Kind::null: return add("null");
      default: return add(node.text());
    }
  }

  ContentTemplate take() { return std::move(result_); }

 private:
  void readChildren(const Node& node, char open, char close) {
    const bool named = node.is(Kind::object);
    std::size_t position = 0;
    add({&open, 1});
    for (const auto& child : node.children()) {
      if (position > 0) add(",");
      steps_.push_back(named ? std::string(child.key()) : std::to_string(position));
      if (named) {
        std::string key;
        json::appendQuoted(key, child.key());
        add(key + ":");
      }
      read(child);
      steps_.pop_back();
      ++position;
    }
    add({&close, 1});
  }

  void readString(const Node& node) {
    const auto text = node.text();
    const auto whole = text.size() > 2 && text.front() == '{' && text.back() == '}'
                           ? placeholder(text.substr(1, text.size() - 2))
                           : std::nullopt;
    if (whole) {
      if (whole->field == TemplateField::resource) result_.places.push_back({whole->resource, steps_});
      return result_.parts.push_back(*whole);
    }
    add("\"");
    readMixed(node, text);
    add("\"");
  }

  void readMixed(const Node& node, std::string_view rest) {
    while (!rest.empty()) {
      const auto open = rest.find('{');
      addEscaped(rest.substr(0, open));
      if (open == std::string_view::npos) return;
      const auto close = rest.find('}', open);
      const auto word = rest.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
      auto part = placeholder(word);
      if (!part || close == std::string_view::npos) {
        return json::complain(faults_, node,
                              "\"{" + std::string(word) + (close == std::string_view::npos ? "" : "}") +
                                  "\" is no placeholder: use {5700} for a resource, {time}, {object}, {instance} or "
                                  "{endpoint}");
      }
      part->inText = true;
      result_.parts.push_back(*std::move(part));
      rest.remove_prefix(close + 1);
    }
  }

  void addEscaped(std::string_view text) {
    std::string quoted;
    json::appendQuoted(quoted, text);
    add(std::string_view(quoted).substr(1, quoted.size() - 2));
  }

  void add(std::string_view text) {
    auto& parts = result_.parts;
    if (text.empty()) return;
    if (parts.empty() || parts.back().field != TemplateField::none) parts.emplace_back();
    parts.back().text += text;
  }

  json::Faults& faults_;
  ContentTemplate result_;
  std::vector<std::string> steps_;
};

}  // namespace

ContentTemplate readContentTemplate(const Node& node, json::Faults& faults) {
  if (!node.is(Kind::object) && !node.is(Kind::array)) {
    json::complain(faults, node, R"(must be a JSON object or array, like { "t": "{5700}", "at": "{time}" })");
    return {};
  }
  Reader reader(faults);
  reader.read(node);
  return reader.take();
}

std::string toText(const ContentTemplate& contentTemplate) {
  std::string text;
  for (const auto& part : contentTemplate.parts) {
    if (part.field == TemplateField::none) {
      text += part.text;
    } else {
      const auto word = "{" + wordOf(part) + "}";
      text += part.inText ? word : "\"" + word + "\"";
    }
  }
  return text;
}

Result<ContentTemplate> parseContentTemplate(std::string_view text) {
  const json::Document document(text, "template");
  auto faults = document.faults();
  auto parsed = readContentTemplate(document.root(), faults);
  if (!faults.empty()) return tl::unexpected(faults.front());
  return parsed;
}

}  // namespace isthmus::mapping
