#include "ipe/app/device_command.h"
#include "ipe/app/text_table.h"
#include "ipe/base/exact_json.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <vector>

namespace isthmus::app {
namespace {

using rapidjson::Value;

std::string jsonOf(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string cell(const Value& value) {
  if (value.IsNull()) return "-";
  return tame(value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : jsonOf(value));
}

std::string cell(const Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? "-" : cell(found->value);
}

std::string joined(const Value& object, const char* name) {
  std::string out;
  for (const auto& item : object[name].GetArray()) out += (out.empty() ? "" : " ") + cell(item);
  return out;
}

// "path  value" of every resource below.
void addLeaves(std::vector<Cells>& rows, const std::string& path, const Value& value) {
  if (!value.IsObject()) {
    rows.push_back({path, cell(value)});
    return;
  }
  for (const auto& member : value.GetObject()) {
    const std::string name = cell(member.name);
    addLeaves(rows, name.starts_with('/') ? name : (path == "/" ? "" : path) + "/" + name, member.value);
  }
}

std::string values(const Value& answer) {
  if (!answer["value"].IsObject()) return cell(answer["value"]) + "\n";
  std::vector<Cells> rows;
  addLeaves(rows, answer.HasMember("path") ? cell(answer, "path") : "/", answer["value"]);
  return aligned(rows);
}

std::string devices(const Value& page) {
  std::vector<Cells> rows = {{"ENDPOINT", "STATE", "ADDRESS", "LWM2M", "BINDING", "LAST SEEN", "OBJECTS"}};
  for (const auto& device : page["devices"].GetArray())
    rows.push_back({cell(device, "endpoint"), cell(device, "state"), cell(device, "address"),
                    cell(device, "lwm2m_version"), cell(device, "binding"), cell(device, "last_seen"),
                    joined(device, "objects")});
  return aligned(rows);
}

std::string device(const Value& detail) {
  std::vector<Cells> rows;
  for (const char* name : {"endpoint", "state", "address", "lwm2m_version", "binding", "lifetime_s", "since",
                           "last_seen", "name", "cse_status"})
    rows.push_back({name, cell(detail, name)});
  for (const char* name : {"objects", "observed"}) rows.push_back({name, joined(detail, name)});
  std::vector<Cells> said = {{"PATH", "VALUE", "UNIT", "TIME", "WENT TO"}};
  for (const auto& value : detail["values"].GetArray())
    said.push_back({cell(value, "path"), cell(value, "value"), cell(value, "unit"), cell(value, "time"),
                    cell(value, "fate") + " " + cell(value, "target")});
  std::string out = aligned(rows) + (said.size() > 1 ? "\n" + aligned(said) : "");
  for (const auto& problem : detail["problems"].GetArray()) out += "problem: " + cell(problem) + "\n";
  return out;
}

std::string attributesOf(const Value& object) {
  std::string out;
  for (const auto& member : object["attributes"].GetObject())
    out += (out.empty() ? "" : " ") + cell(member.name) + (member.value.IsNull() ? "" : "=" + cell(member.value));
  return out;
}

std::string links(const Value& answer) {
  std::vector<Cells> rows;
  for (const auto& link : answer["links"].GetArray()) rows.push_back({cell(link, "target"), attributesOf(link)});
  return aligned(rows);
}

Cells commandCells(const Value& command) {
  const Value& operation = command["operation"];
  const bool known = operation.IsObject();
  const char* where = known && operation.HasMember("paths") ? "paths" : "path";
  return {cell(command, "id"),
          cell(command, "endpoint"),
          known ? cell(operation, "op") : "-",
          known ? cell(operation, where) : "-",
          cell(command, "state"),
          cell(command, "code"),
          cell(command, "reason")};
}

std::string commands(const Value& page) {
  std::vector<Cells> rows = {{"ID", "ENDPOINT", "OPERATION", "PATH", "STATE", "CODE", "REASON"}};
  for (const auto& command : page["commands"].GetArray()) rows.push_back(commandCells(command));
  return aligned(rows);
}

std::string command(const Value& one) {
  std::vector<Cells> rows;
  for (const auto& member : one.GetObject()) rows.push_back({cell(member.name), cell(member.value)});
  return aligned(rows);
}

std::string errors(const Value& page) {
  std::vector<Cells> rows = {{"TIME", "PATH", "FORMAT", "ERROR", "BYTES"}};
  for (const auto& error : page["errors"].GetArray())
    rows.push_back(
        {cell(error, "time"), cell(error, "path"), cell(error, "format"), cell(error, "error"), cell(error, "hex")});
  return aligned(rows);
}

// By what the answer holds: one verb has several answers.
std::string table(const Value& answer) {
  if (answer.HasMember("devices")) return devices(answer);
  if (answer.HasMember("commands")) return commands(answer);
  if (answer.HasMember("errors")) return errors(answer);
  if (answer.HasMember("links")) return links(answer);
  if (answer.HasMember("values")) return device(answer);
  if (answer.HasMember("operation")) return command(answer);
  if (answer.HasMember("value")) return values(answer);
  if (answer.HasMember("attributes")) return attributesOf(answer) + "\n";
  return answer.HasMember("path") ? cell(answer, "path") + "\n" : jsonOf(answer) + "\n";
}

// Null for what is no JSON.
rapidjson::Document parsed(const std::string& body) {
  rapidjson::Document document;
  if (json::parseExactly<rapidjson::kParseIterativeFlag>(document, body).IsError()) document.SetNull();
  return document;
}

}  // namespace

std::string deviceTable(const std::string& body) {
  if (body.empty()) return {};
  const auto document = parsed(body);
  if (!document.IsObject()) return tame(body) + "\n";
  return table(document);
}

Problem problemOf(const RestAnswer& answer) {
  const auto document = parsed(answer.body);
  Problem problem{"the instance answered " + std::to_string(answer.status), false};
  if (!document.IsObject()) return problem;
  if (document.HasMember("detail")) problem.detail = cell(document, "detail");
  problem.byDevice = document.HasMember("code");
  return problem;
}

}  // namespace isthmus::app
