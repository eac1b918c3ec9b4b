#include "onem2m/codec/attribute_kinds.h"
#include "onem2m/codec/json_fields.h"
#include "onem2m/codec/xml_names.h"
#include "onem2m/codec/xml_text.h"

#include <Poco/SAX/Attributes.h>
#include <Poco/SAX/DefaultHandler.h>
#include <Poco/SAX/LexicalHandler.h>
#include <Poco/SAX/Locator.h>
#include <Poco/SAX/SAXException.h>
#include <Poco/SAX/SAXParser.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <map>

namespace isthmus::onem2m {
namespace {

using Poco::XML::XMLChar;
using Poco::XML::XMLString;

constexpr std::size_t kDeepest = 64;
constexpr std::string_view kSpace = " \t\r\n";

struct Element {
  std::string name;  // "m2m:ae", "lbl"
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;
  std::vector<Element> children;
  bool nil = false;
};

std::string where(int line, int column) {
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// Nothing may be thrown through expat, which is C: the first fault is kept, and what follows is passed over.
class TreeHandler : public Poco::XML::DefaultHandler, public Poco::XML::LexicalHandler {
 public:
  std::optional<Error> error;
  Element root;

  void setDocumentLocator(const Poco::XML::Locator* locator) override { locator_ = locator; }

  void startElement(const XMLString& uri, const XMLString& local, const XMLString& qualified,
                    const Poco::XML::Attributes& attributes) override {
    if (error) return;
    if (open_.size() == kDeepest) return stop("nested deeper than 64 levels");
    Element element;
    element.name = canonical(uri, local, qualified, open_.empty());
    for (int i = 0; i < attributes.getLength(); ++i) {
      const XMLString& name = attributes.getQName(i);
      if (name.starts_with("xmlns")) continue;
      if (attributes.getURI(i) == kSchemaInstance)
        element.nil = element.nil || (attributes.getLocalName(i) == "nil" && attributes.getValue(i) == "true");
      else
        element.attributes.emplace_back(attributes.getLocalName(i), attributes.getValue(i));
    }
    open_.push_back(std::move(element));
  }

  void endElement(const XMLString&, const XMLString&, const XMLString&) override {
    if (error) return;
    Element done = std::move(open_.back());
    open_.pop_back();
    if (open_.empty())
      root = std::move(done);
    else
      open_.back().children.push_back(std::move(done));
  }

  void characters(const XMLChar words[], int start, int length) override {
    if (!error && !open_.empty()) open_.back().text.append(words + start, static_cast<std::size_t>(length));
  }

  void startDTD(const XMLString&, const XMLString&, const XMLString&) override {
    if (!error) stop("a document type declaration: oneM2M has none");
  }
  void endDTD() override {}
  void startEntity(const XMLString&) override {}
  void endEntity(const XMLString&) override {}
  void startCDATA() override {}
  void endCDATA() override {}
  void comment(const XMLChar[], int, int) override {}

 private:
  // By the namespace and not by the prefix that the sender chose for it; attributes of resources have none.
  static std::string canonical(const XMLString& uri, const XMLString& local, const XMLString& qualified, bool isRoot) {
    const bool prefixed = isQualified(qualified);
    if (!prefixed && !isRoot) return local;
    const auto* const known = std::ranges::find(kNamespaces, std::string_view(uri), &XmlNamespace::uri);
    if (known != kNamespaces.end()) return std::string(known->prefix) + ":" + local;
    return prefixed ? qualified : local;
  }

  void stop(std::string message) {
    error = Error{Errc::malformed, std::move(message),
                  locator_ == nullptr ? "" : where(locator_->getLineNumber(), locator_->getColumnNumber())};
  }

  const Poco::XML::Locator* locator_ = nullptr;
  std::vector<Element> open_;
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

class JsonWriter {
 public:
  std::string write(const Element& root) {
    json_.StartObject();
    key(root.name);
    if (kindOf(withoutPrefix(root.name)) == AttributeKind::texts)
      list({&root}, AttributeKind::texts);
    else
      value(root);
    json_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
  }

 private:
  void key(std::string_view name) { json_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
  void string(std::string_view text) { json_.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }

  void value(const Element& element, std::string_view owner = {}) {
    const bool bare = element.children.empty() && element.attributes.empty();
    const bool emptyResource = isQualified(element.name) && trimmed(element.text).empty();
    if (element.nil)
      json_.Null();
    else if (bare && !emptyResource)
      plain(kindOf(withoutPrefix(element.name), owner), element.text);
    else
      object(element);
  }

  void plain(AttributeKind kind, std::string_view text) {
    switch (kind) {
      case AttributeKind::number:
      case AttributeKind::numbers: return number(text);
      case AttributeKind::boolean: return boolean(text);
      default: return string(text);
    }
  }

  void number(std::string_view text) {
    const std::string_view digits = trimmed(text);
    rapidjson::Document read;
    if (digits == "true" || digits == "false")
      json_.Bool(digits == "true");
    else if (!read.Parse(digits.data(), digits.size()).HasParseError() && read.IsNumber())
      read.Accept(json_);
    else
      string(text);
  }

  // xs:boolean has two words for each.
  void boolean(std::string_view text) {
    const std::string_view word = trimmed(text);
    if (word == "true" || word == "1")
      json_.Bool(true);
    else if (word == "false" || word == "0")
      json_.Bool(false);
    else
      number(text);
  }

  void object(const Element& element) {
    json_.StartObject();
    for (const auto& [name, text] : element.attributes) {
      key(name);
      plain(kindOf(name), text);
    }
    if (element.children.empty() && !trimmed(element.text).empty()) {
      key("val");
      string(element.text);
    }
    children(element);
    json_.EndObject();
  }

  void children(const Element& parent) {
    std::map<std::string_view, std::vector<const Element*>> byName;
    for (const Element& child : parent.children) byName[child.name].push_back(&child);
    for (const Element& child : parent.children) {
      const auto group = byName.find(child.name);
      if (group == byName.end()) continue;  // written with the first of its name
      key(child.name);
      members(parent, group->second);
      byName.erase(group);
    }
  }

  void members(const Element& parent, const std::vector<const Element*>& group) {
    const Element& first = *group.front();
    const AttributeKind kind = kindOf(first.name, parent.name);
    const bool isList = kind == AttributeKind::texts || kind == AttributeKind::numbers;
    if (isList && first.children.empty() && !first.nil) return list(group, kind);
    const bool childResource = isQualified(first.name) && !holdsOneResource(parent.name);
    if (group.size() == 1 && kind != AttributeKind::items && !childResource) return value(first, parent.name);
    json_.StartArray();
    for (const Element* element : group) value(*element);
    json_.EndArray();
  }

  void list(const std::vector<const Element*>& elements, AttributeKind kind) {
    json_.StartArray();
    for (const Element* element : elements) {
      std::string_view rest = element->text;
      for (std::size_t begin = rest.find_first_not_of(kSpace); begin != std::string_view::npos;
           begin = rest.find_first_not_of(kSpace)) {
        rest.remove_prefix(begin);
        const std::string_view item = rest.substr(0, rest.find_first_of(kSpace));
        plain(kind, item);
        rest.remove_prefix(item.size());
      }
    }
    json_.EndArray();
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> json_{buffer_};
};

}  // namespace

Result<std::string> jsonFromXml(std::string_view xml) {
  TreeHandler handler;
  try {
    Poco::XML::SAXParser parser;
    parser.setFeature(Poco::XML::XMLReader::FEATURE_NAMESPACE_PREFIXES, true);
    parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_GENERAL_ENTITIES, false);
    parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_PARAMETER_ENTITIES, false);
    parser.setContentHandler(&handler);
    parser.setProperty(Poco::XML::XMLReader::PROPERTY_LEXICAL_HANDLER,
                       static_cast<Poco::XML::LexicalHandler*>(&handler));
    parser.parseMemoryNP(xml.data(), xml.size());
  } catch (const Poco::XML::SAXParseException& fault) {
    if (!handler.error)
      return fail(Errc::malformed, fault.message(), where(fault.getLineNumber(), fault.getColumnNumber()));
  } catch (const Poco::Exception& fault) {
    if (!handler.error) return fail(Errc::malformed, fault.displayText());
  }
  if (handler.error) return tl::unexpected(*std::move(handler.error));
  return JsonWriter().write(handler.root);
}

}  // namespace isthmus::onem2m
