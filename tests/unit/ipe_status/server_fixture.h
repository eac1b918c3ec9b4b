#pragma once

#include "ipe/status/status_server.h"
#include "tests/unit/ipe_status/fake_devices.h"
#include "tests/unit/ipe_status/fake_source.h"
#include "tests/unit/ipe_status/http_client.h"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <memory>
#include <string>
#include <vector>

namespace isthmus::status {

inline const WallTime kTime{milliseconds(1'763'812'345'678)};  // 2025-11-22T11:52:25.678Z

inline void fillStatus(StatusView& view) {
  view.version = "0.1.0";
  view.uptimeSeconds = 12.3456;
  view.registered = 2;
  view.known = 3;
  view.outbox = {7, 1000, 800, 500, 3.5, false};
  view.cse = {"http://127.0.0.1:8080", "cse-in", true, "", kTime, 1, {"no <node>: set onem2m.nodeOriginator"}};
  view.lwm2mUrl = "coap://127.0.0.1:5683";
  view.counters = {{"coap_received_total", 42}, {"timers armed", 5}, {"coap_received_total", 43}};
}

inline DeviceDetail someDevice(const std::string& endpoint) {
  DeviceDetail detail;
  detail.device.endpoint = endpoint;
  detail.device.name = "plant-7";
  detail.device.state = "registered";
  detail.device.lifetime = 300;
  detail.device.since = kTime;
  detail.device.objects = {"/3/0", "/3303/0"};
  detail.device.account.received = 9;
  detail.values = {{"/3303/0/5700", "21.5", "Cel", kTime, "cse-in/plant-7/3303/0/5700", "delivered"}};
  detail.observed = {"/3303/0/5700"};
  detail.problems = {"4.05 to Observe /3/0: the resource is not readable"};
  return detail;
}

struct Fixture {
  FakeSource source;
  FakeDevices devices;
  Log log{[this](std::string_view line) { lines.emplace_back(line); }};
  std::vector<std::string> lines;
  std::unique_ptr<StatusServer> server;

  explicit Fixture(StatusOptions options = {}) {
    fillStatus(source.statusView);
    source.accountView = {20, 10, 7, 1, 1, 1, 0, 0, 2};
    source.details["urn:plant/7"] = someDevice("urn:plant/7");
    source.details["b-2"] = someDevice("b-2");
    options.listen = "127.0.0.1:0";
    server = *StatusServer::start(options, source, devices, log);
  }
  Answer get(const std::string& target) { return ask(server->address(), "GET", target); }
};

inline rapidjson::Document parsed(const Answer& answer) {
  rapidjson::Document document;
  document.Parse(answer.body.data(), answer.body.size());
  INFO(answer.body);
  REQUIRE_FALSE(document.HasParseError());
  return document;
}

// "status detail" of an answer that must be a problem document (RFC 9457).
inline std::string problemOf(const Answer& answer) {
  CHECK(answer.header("content-type") == "application/problem+json");
  const auto document = parsed(answer);
  CHECK(document["status"].GetInt() == answer.status);
  CHECK(std::string(document["title"].GetString()).size() > 3);
  return std::to_string(answer.status) + " " + document["detail"].GetString();
}

// What stands at a JSON pointer, as JSON; "(absent)" if nothing does.
inline std::string at(const rapidjson::Value& json, const char* pointer) {
  const rapidjson::Value* found = rapidjson::Pointer(pointer).Get(json);
  if (found == nullptr) return "(absent)";
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  found->Accept(writer);
  return buffer.GetString();
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace isthmus::status
