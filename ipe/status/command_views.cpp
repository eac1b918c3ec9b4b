#include "ipe/status/command_views.h"

#include "ipe/status/json_text.h"

#include <Poco/URI.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace isthmus::status {
namespace {

void addCommand(JsonText& json, const CommandView& command) {
  json.text("id", command.id);
  json.text("endpoint", command.endpoint);
  json.text("origin", command.origin);
  json.json("operation", command.operation);
  json.text("state", command.state);
  json.text("code", command.code);
  json.json("result", command.result.empty() ? "null" : command.result);
  json.text("reason", command.reason);
  json.text("error", command.error);
  json.time("accepted", command.accepted);
  json.time("changed", command.changed);
  json.time("expires", command.expires);
}

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  return document;
}

const rapidjson::Value* member(const rapidjson::Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string textOf(const rapidjson::Value& json) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  json.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

// What discover said of the path itself; "{}" if it said nothing.
std::string ownAttributes(const CommandView& command, const std::string& path) {
  const auto document = parsed(command.result);
  const rapidjson::Value* links = document.HasParseError() ? nullptr : member(document, "links");
  if (links == nullptr || !links->IsArray()) return "{}";
  for (const auto& link : links->GetArray()) {
    const rapidjson::Value* target = member(link, "target");
    const rapidjson::Value* attributes = member(link, "attributes");
    if (target != nullptr && attributes != nullptr && *target == path.c_str()) return textOf(*attributes);
  }
  return "{}";
}

}  // namespace

std::string toJson(const CommandView& command) {
  JsonText json;
  json.object([&] { addCommand(json, command); });
  return json.take();
}

std::string toJson(const std::vector<CommandView>& commands) {
  JsonText json;
  json.object([&] {
    json.array("commands", commands,
               [&](const CommandView& command) { json.object([&] { addCommand(json, command); }); });
  });
  return json.take();
}

std::string toJson(const std::vector<DecodeErrorView>& errors) {
  JsonText json;
  json.object([&] {
    json.array("errors", errors, [&](const DecodeErrorView& error) {
      json.object([&] {
        json.time("time", error.time);
        json.text("path", error.path);
        json.text("format", error.format);
        json.text("hex", error.hex);
        json.text("error", error.error);
      });
    });
  });
  return json.take();
}

std::string attributesJson(const CommandView& command, const std::string& path) {
  JsonText json;
  json.object([&] {
    json.text("path", path);
    json.json("attributes", ownAttributes(command, path));
  });
  return json.take();
}

std::string createdJson(std::string_view path) {
  JsonText json;
  json.object([&] { json.text("path", path); });
  return json.take();
}

std::optional<std::string> createdPath(const CommandView& command) {
  const auto document = parsed(command.result);
  const rapidjson::Value* path = document.HasParseError() ? nullptr : member(document, "path");
  if (path == nullptr || !path->IsString()) return std::nullopt;
  return std::string(path->GetString(), path->GetStringLength());
}

std::string deviceAddress(std::string_view endpoint) {
  std::string encoded;
  Poco::URI::encode(std::string(endpoint), "!#$&'()*+,/:;=?@[]%", encoded);
  return "/api/v1/devices/" + encoded;
}

}  // namespace isthmus::status
