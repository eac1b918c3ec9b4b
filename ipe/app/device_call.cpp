#include "ipe/app/device_command.h"
#include "ipe/status/command_views.h"

#include <Poco/URI.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <map>

namespace isthmus::app {
namespace {

constexpr const char* kJsonType = "application/json";
constexpr const char* kTextType = "text/plain";

std::string encoded(const std::string& text) {
  std::string out;
  Poco::URI::encode(text, "!#$&'()*+,/:;=?@[]", out);
  return out;
}

// ?a=b&c, in the order in which it is added to.
class Query {
 public:
  Query& add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? "?" : "&") + encoded(name) + "=" + encoded(value);
    return *this;
  }
  Query& addIf(bool wanted, const std::string& name, const std::string& value) {
    return wanted ? add(name, value) : *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

Query waiting(const DeviceArguments& arguments) {
  Query query;
  query.add("timeout", std::to_string(arguments.timeout));
  query.addIf(arguments.noQueue, "queue", "no");
  if (arguments.expires) query.add("expires", std::to_string(*arguments.expires));
  query.addIf(!arguments.format.empty(), "format", arguments.format);
  return query;
}

std::string device(const DeviceArguments& arguments) { return status::deviceAddress(arguments.endpoint); }

// One path is a part of the address; several are a composite, as are values that name their paths themselves.
std::string place(const DeviceArguments& arguments, Query& query) {
  if (arguments.verb == "write" && arguments.path == "/") return device(arguments) + "/composite";
  if (arguments.more.empty()) return device(arguments) + arguments.path;
  std::string list = arguments.path;
  for (const std::string& path : arguments.more) list += "," + path;
  query.add("paths", list);
  return device(arguments) + "/composite";
}

// A value that is JSON stands for itself; anything else is a text.
std::string valueOf(const DeviceArguments& arguments) {
  const std::string& word = arguments.words.front();
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(word.data(), word.size());
  if (!arguments.text && !document.HasParseError()) return word;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(word.data(), static_cast<rapidjson::SizeType>(word.size()));
  return {buffer.GetString(), buffer.GetSize()};
}

DeviceCall ls(const DeviceArguments& a) {
  Query query;
  query.add("search", a.search).add("limit", std::to_string(a.limit));
  return {"GET", "/api/v1/devices" + query.text(), "", ""};
}
DeviceCall show(const DeviceArguments& a) { return {"GET", device(a), "", ""}; }
DeviceCall read(const DeviceArguments& a) {
  Query query = waiting(a);
  const std::string where = place(a, query);
  return {"GET", where + query.text(), "", ""};
}
DeviceCall write(const DeviceArguments& a) {
  Query query = waiting(a);
  const std::string where = place(a, query);
  return {a.update && a.path != "/" ? "PATCH" : "PUT", where + query.text(), valueOf(a), kJsonType};
}
DeviceCall execute(const DeviceArguments& a) {
  Query query = waiting(a);
  const std::string where = place(a, query);
  std::string list;
  for (const std::string& word : a.words) list += (list.empty() ? "" : ",") + word;
  return {"POST", where + query.text(), list, kTextType};
}
DeviceCall create(const DeviceArguments& a) {
  Query query = waiting(a);
  const std::string where = place(a, query);
  return {"POST", where + query.text(), a.words.empty() ? "{}" : a.words.front(), kJsonType};
}
DeviceCall remove(const DeviceArguments& a) {
  Query query = waiting(a);
  const std::string where = place(a, query);
  return {"DELETE", where + query.text(), "", ""};
}
DeviceCall discover(const DeviceArguments& a) {
  Query query = waiting(a);
  if (a.depth) query.add("depth", std::to_string(*a.depth));
  const std::string where = place(a, query);
  return {"GET", where + "/discover" + query.text(), "", ""};
}
DeviceCall attributes(const DeviceArguments& a) {
  Query query = waiting(a);
  const std::string where = place(a, query);
  for (const std::string& word : a.words) {
    const std::size_t equals = word.find('=');
    query.add(word.substr(0, equals), equals == std::string::npos ? "" : word.substr(equals + 1));
  }
  return {a.words.empty() ? "GET" : "PUT", where + "/attributes" + query.text(), "", ""};
}
DeviceCall observe(const DeviceArguments& a) {
  Query query = waiting(a);
  const std::string where = place(a, query);
  return {"POST", where + "/observe" + query.text(), "", ""};
}
DeviceCall cancel(const DeviceArguments& a) {
  Query query = waiting(a);
  query.addIf(a.passive, "passive", "");
  const std::string where = place(a, query);
  return {"DELETE", where + "/observe" + query.text(), "", ""};
}
DeviceCall kick(const DeviceArguments& a) {
  Query query = waiting(a);
  if (a.server) query.add("server", std::to_string(*a.server));
  return {"POST", device(a) + "/kick" + query.text(), "", ""};
}
DeviceCall commands(const DeviceArguments& a) {
  Query query;
  query.addIf(!a.endpoint.empty(), "endpoint", a.endpoint).add("limit", std::to_string(a.limit));
  return {"GET", "/api/v1/commands" + query.text(), "", ""};
}
DeviceCall command(const DeviceArguments& a) { return {"GET", "/api/v1/commands/" + encoded(a.id), "", ""}; }
DeviceCall withdraw(const DeviceArguments& a) { return {"DELETE", "/api/v1/commands/" + encoded(a.id), "", ""}; }
DeviceCall errors(const DeviceArguments& a) { return {"GET", device(a) + "/decode-errors", "", ""}; }

}  // namespace

DeviceCall deviceCall(const DeviceArguments& arguments) {
  using Make = DeviceCall (*)(const DeviceArguments&);
  static const std::map<std::string, Make> kCalls = {
      {"ls", ls},         {"show", show},     {"read", read},         {"write", write},     {"exec", execute},
      {"create", create}, {"delete", remove}, {"discover", discover}, {"observe", observe}, {"attributes", attributes},
      {"cancel", cancel}, {"kick", kick},     {"commands", commands}, {"command", command}, {"withdraw", withdraw},
      {"errors", errors}};
  return kCalls.at(arguments.verb)(arguments);
}

}  // namespace isthmus::app
