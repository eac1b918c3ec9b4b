#include "ipe/status/api.h"
#include "tests/unit/ipe_status/fake_mapping.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace isthmus::status {
namespace {

std::set<std::string> methodsOf(const rapidjson::Value& path) {
  std::set<std::string> out;
  for (const auto& member : path.GetObject()) {
    std::string name = member.name.GetString();
    if (name == "parameters") continue;
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    out.insert(name);
    if (name == "GET") out.insert("HEAD");
  }
  return out;
}

std::set<std::string> methodsOf(std::string_view allow) {
  std::set<std::string> out;
  while (!allow.empty()) {
    const std::size_t end = std::min(allow.find(", "), allow.size());
    out.emplace(allow.substr(0, end));
    allow.remove_prefix(std::min(allow.size(), end + 2));
  }
  return out;
}

TEST_CASE("openapi.json describes every address that is served, and no other") {
  Fixture f;
  const auto document = parsed(f.get("/openapi.json"));
  CHECK(std::string(document["openapi"].GetString()).substr(0, 3) == "3.1");
  std::map<std::string, std::set<std::string>> described, served;
  for (const auto& path : document["paths"].GetObject()) described[path.name.GetString()] = methodsOf(path.value);
  for (const RouteInfo& route : Api::routes()) served[std::string(route.path)] = methodsOf(route.allow);
  CHECK(described == served);
}

// Each member the API gives is in its schema and each required member is given; follows $ref and allOf.
void checkAgainst(const rapidjson::Document& document, const rapidjson::Value& schema, const rapidjson::Value& value,
                  std::set<std::string>& known) {
  if (schema.HasMember("$ref")) {
    const std::string name = std::string(schema["$ref"].GetString()).substr(sizeof("#/components/schemas/") - 1);
    return checkAgainst(document, document["components"]["schemas"][name.c_str()], value, known);
  }
  if (schema.HasMember("allOf"))
    for (const auto& part : schema["allOf"].GetArray()) checkAgainst(document, part, value, known);
  if (schema.HasMember("required"))
    for (const auto& name : schema["required"].GetArray()) {
      INFO(name.GetString());
      CHECK(value.HasMember(name.GetString()));
    }
  if (!schema.HasMember("properties")) return;
  for (const auto& property : schema["properties"].GetObject()) {
    known.insert(property.name.GetString());
    if (!value.HasMember(property.name.GetString())) continue;
    const auto& member = value[property.name.GetString()];
    std::set<std::string> inner;
    if (member.IsObject()) checkAgainst(document, property.value, member, inner);
    if (member.IsArray() && !member.Empty() && member[0].IsObject())
      checkAgainst(document, property.value["items"], member[0], inner);
  }
}

TEST_CASE("what is answered has the shape that openapi.json says") {
  FakeMapping mapping;
  Fixture f(withMapping(mapping));
  f.source.rows = {{1, "b-2", "t", "c", "pending", "", kTime}};
  f.source.mappingView.rules = {{"a", "b", "c", "{}"}};
  const auto document = parsed(f.get("/openapi.json"));
  f.devices.answer = [](const DeviceRequest& request) -> std::vector<Result<CommandView>> {
    if (request.paths.front() == "/5") return {FakeDevices::refused("4.04", "nothing there")};
    if (request.action == DeviceAction::discover)
      return {FakeDevices::succeeded(R"({"path":"/3","links":[{"target":"/3","attributes":{}}]})")};
    return {FakeDevices::succeeded(R"({"path":"/3","value":{"0":{"9":1}},"time":"2025-11-22T11:52:25.678Z"})")};
  };
  f.devices.kept["3-17"] = FakeDevices::view("waiting");
  f.devices.errors["b-2"] = {{kTime, "/3", "tlv", "ff", "cut"}};
  const std::pair<const char*, const char*> rows[] = {{"/api/v1/devices/b-2/3", "DeviceValue"},
                                                      {"/api/v1/devices/b-2/5", "DeviceProblem"},
                                                      {"/api/v1/devices/b-2/3/discover", "DeviceLinks"},
                                                      {"/api/v1/devices/b-2/3/attributes", "DeviceAttributes"},
                                                      {"/api/v1/devices/b-2/decode-errors", "DecodeErrors"},
                                                      {"/api/v1/commands", "Commands"},
                                                      {"/api/v1/commands/3-17", "Command"},
                                                      {"/api/v1/status", "Status"},
                                                      {"/api/v1/devices", "DevicePage"},
                                                      {"/api/v1/devices/b-2", "DeviceDetail"},
                                                      {"/api/v1/accounting", "Account"},
                                                      {"/api/v1/accounting?by=endpoint", "AccountPage"},
                                                      {"/api/v1/outbox", "OutboxRows"},
                                                      {"/api/v1/mapping", "Mapping"},
                                                      {"/api/v1/mapping/sets", "RuleSets"},
                                                      {"/api/v1/mapping/sets/1", "RuleSetText"},
                                                      {"/api/v1/mapping/diff?from=1&to=2", "RuleDifference"},
                                                      {"/nothing", "Problem"}};
  for (const auto& [target, schema] : rows) {
    INFO(target);
    const auto value = parsed(f.get(target));
    std::set<std::string> known;
    checkAgainst(document, document["components"]["schemas"][schema], value, known);
    for (const auto& member : value.GetObject()) {
      INFO(member.name.GetString());
      CHECK(known.count(member.name.GetString()) == 1);
    }
  }
}

}  // namespace
}  // namespace isthmus::status
