#include "lwm2m/codec/object_xml.h"

#include <Poco/SAX/Attributes.h>
#include <Poco/SAX/DefaultHandler.h>
#include <Poco/SAX/LexicalHandler.h>
#include <Poco/SAX/Locator.h>
#include <Poco/SAX/SAXException.h>
#include <Poco/SAX/SAXParser.h>

#include <algorithm>
#include <charconv>

namespace isthmus::lwm2m {
namespace {

using Poco::XML::XMLChar;
using Poco::XML::XMLString;

std::string where(int line, int column) {
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The words of a text with one space between them: definition files are indented at will.
std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!isSpace(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::optional<std::uint16_t> parseId(std::string_view text) {
  std::uint16_t id = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failure != std::errc{} || end != text.data() + text.size() || id == 65535) return std::nullopt;
  return id;
}

bool parseType(std::string_view text, ResourceType& type) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(ResourceType::coreLink); ++i) {
    type = static_cast<ResourceType>(i);
    if (name(type) == text) return true;
  }
  type = ResourceType::none;
  return text.empty();
}

bool parseOperations(std::string_view text, Operations& operations) {
  for (const char letter : text) {
    if (letter == 'R')
      operations.read = true;
    else if (letter == 'W')
      operations.write = true;
    else if (letter == 'E')
      operations.execute = true;
    else
      return false;
  }
  return true;
}

bool parseChoice(std::string_view text, std::string_view yes, std::string_view no, bool& flag) {
  flag = text == yes;
  return flag || text == no || text.empty();
}

// Nothing may be thrown through expat, which is C: the first fault is kept, and what follows is passed over.
class ObjectHandler : public Poco::XML::DefaultHandler, public Poco::XML::LexicalHandler {
 public:
  std::vector<ObjectDefinition> objects;
  std::optional<Error> error;

  void setDocumentLocator(const Poco::XML::Locator* locator) override { locator_ = locator; }

  void startElement(const XMLString&, const XMLString& local, const XMLString&,
                    const Poco::XML::Attributes& attributes) override {
    if (error) return;
    text_.clear();
    if (depth_++ == 0 && local != "LWM2M") return stop("the document is no LWM2M object definition");
    if (depth_ == 2 && local == "Object") startObject();
    if (depth_ == 4 && local == "Item" && inObject_) startItem(attributes.getValue("", "ID"));
  }

  void endElement(const XMLString&, const XMLString& local, const XMLString&) override {
    if (error) return;
    if (inItem_ && depth_ == 5)
      resourceField(local, collapsed(text_));
    else if (inObject_ && depth_ == 3)
      objectField(local, collapsed(text_));
    else if (inItem_ && depth_ == 4)
      inItem_ = false;
    else if (inObject_ && depth_ == 2)
      endObject();
    --depth_;
    text_.clear();
  }

  void characters(const XMLChar words[], int start, int length) override {
    if (!error && inObject_) text_.append(words + start, static_cast<std::size_t>(length));
  }

  void startDTD(const XMLString&, const XMLString&, const XMLString&) override {
    if (!error) stop("a document type declaration: object definitions have none");
  }
  void endDTD() override {}
  void startEntity(const XMLString&) override {}
  void endEntity(const XMLString&) override {}
  void startCDATA() override {}
  void endCDATA() override {}
  void comment(const XMLChar[], int, int) override {}

 private:
  void stop(std::string message) {
    error = Error{Errc::malformed, std::move(message),
                  locator_ == nullptr ? "" : where(locator_->getLineNumber(), locator_->getColumnNumber())};
  }

  void startObject() {
    objects.emplace_back();
    inObject_ = true;
    hasId_ = false;
  }

  void startItem(const XMLString& id) {
    const auto number = parseId(id);
    if (!number) return stop("an Item's ID is a number from 0 to 65534");
    objects.back().resources.emplace_back().id = *number;
    inItem_ = true;
  }

  void endObject() {
    inObject_ = false;
    if (!hasId_) return stop("an Object without an ObjectID");
    auto& resources = objects.back().resources;
    std::ranges::sort(resources, {}, &ResourceDefinition::id);
    const auto twice = std::ranges::adjacent_find(resources, {}, &ResourceDefinition::id);
    if (twice != resources.end()) stop("resource " + std::to_string(twice->id) + " twice");
  }

  void objectField(const XMLString& field, std::string value) {
    ObjectDefinition& object = objects.back();
    if (field == "Name")
      object.name = std::move(value);
    else if (field == "ObjectURN")
      object.urn = std::move(value);
    else if (field == "ObjectID")
      setId(value);
    else if (field == "ObjectVersion")
      setVersion(value, object.version);
    else if (field == "LWM2MVersion")
      setVersion(value, object.lwm2mVersion);
    else if (field == "MultipleInstances")
      check(parseChoice(value, "Multiple", "Single", object.multiple), field);
    else if (field == "Mandatory")
      check(parseChoice(value, "Mandatory", "Optional", object.mandatory), field);
  }

  void resourceField(const XMLString& field, std::string value) {
    ResourceDefinition& resource = objects.back().resources.back();
    if (field == "Name")
      resource.name = std::move(value);
    else if (field == "RangeEnumeration")
      resource.range = std::move(value);
    else if (field == "Units")
      resource.unit = std::move(value);
    else if (field == "Operations")
      check(parseOperations(value, resource.operations), field);
    else if (field == "Type")
      check(parseType(value, resource.type), field);
    else if (field == "MultipleInstances")
      check(parseChoice(value, "Multiple", "Single", resource.multiple), field);
    else if (field == "Mandatory")
      check(parseChoice(value, "Mandatory", "Optional", resource.mandatory), field);
  }

  void check(bool ok, const XMLString& field) {
    if (!ok) stop(field + " has a value that the schema does not know");
  }

  void setId(std::string_view value) {
    const auto id = parseId(value);
    if (!id) return stop("an ObjectID is a number from 0 to 65534");
    objects.back().id = *id;
    hasId_ = true;
  }

  // Files from before LwM2M 1.1 have no versions: 1.0 is meant.
  void setVersion(const std::string& value, Version& version) {
    if (value.empty()) return;
    const auto parsed = Version::parse(value);
    if (!parsed) return stop(parsed.error().message);
    version = *parsed;
  }

  const Poco::XML::Locator* locator_ = nullptr;
  unsigned depth_ = 0;
  bool inObject_ = false;
  bool inItem_ = false;
  bool hasId_ = false;
  std::string text_;
};

}  // namespace

Result<std::vector<ObjectDefinition>> parseObjectXml(std::string_view xml) {
  ObjectHandler handler;
  try {
    Poco::XML::SAXParser parser;
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
  return std::move(handler.objects);
}

}  // namespace isthmus::lwm2m
