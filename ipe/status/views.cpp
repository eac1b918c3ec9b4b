#include "ipe/status/views.h"

#include "ipe/status/json_text.h"

namespace isthmus::status {
namespace {

void addAccount(JsonText& json, const AccountView& account) {
  json.number("received", account.received);
  json.number("delivered", account.delivered);
  json.number("pending", account.pending);
  json.number("filtered", account.filtered);
  json.number("unmapped", account.unmapped);
  json.number("decode_error", account.decodeError);
  json.number("rejected", account.rejected);
  json.number("expired", account.expired);
  json.number("in_doubt", account.inDoubt);
}

void addOutbox(JsonText& json, const OutboxView& outbox) {
  json.number("pending", outbox.pending);
  json.seconds("oldest_s", outbox.oldestSeconds);
  json.number("max", outbox.max);
  json.number("high", outbox.high);
  json.number("low", outbox.low);
  json.boolean("refusing", outbox.refusing);
}

void addCse(JsonText& json, const CseView& cse) {
  json.boolean("reachable", cse.reachable);
  json.text("problem", cse.problem);
  json.time("since", cse.since);
  json.text("url", cse.url);
  json.text("base", cse.base);
  json.number("tree_jobs", cse.treeJobs);
  json.texts("notes", cse.notes);
}

void addDevice(JsonText& json, const DeviceView& device) {
  json.text("endpoint", device.endpoint);
  json.text("name", device.name);
  json.text("state", device.state);
  json.text("address", device.address);
  json.text("lwm2m_version", device.lwm2mVersion);
  json.text("binding", device.binding);
  json.number("lifetime_s", device.lifetime);
  json.time("since", device.since);
  json.time("last_seen", device.lastSeen);
  json.text("cse_status", device.cseStatus);
  json.texts("objects", device.objects);
  json.object("accounting", [&] { addAccount(json, device.account); });
}

template <class Body>
std::string wholeObject(Body body) {
  JsonText json;
  json.object([&] { body(json); });
  return json.take();
}

}  // namespace

std::string toJson(const StatusView& status, const AccountView& account) {
  return wholeObject([&](JsonText& json) {
    json.text("version", status.version);
    json.seconds("uptime_s", status.uptimeSeconds);
    json.object("lwm2m", [&] { json.text("url", status.lwm2mUrl); });
    json.object("devices", [&] {
      json.number("registered", status.registered);
      json.number("known", status.known);
    });
    json.object("outbox", [&] { addOutbox(json, status.outbox); });
    json.object("cse", [&] { addCse(json, status.cse); });
    json.object("storage", [&] {
      json.boolean("fine", status.storageFine);
      json.text("problem", status.storageProblem);
    });
    json.object("accounting", [&] { addAccount(json, account); });
    json.object("counters", [&] {
      for (const auto& [name, value] : status.counters) json.number(name, value);
    });
  });
}

std::string toJson(const AccountView& account) {
  return wholeObject([&](JsonText& json) { addAccount(json, account); });
}

std::string toJson(const std::vector<std::pair<std::string, AccountView>>& accounts, const DeviceQuery& query) {
  return wholeObject([&](JsonText& json) {
    json.number("offset", query.offset);
    json.number("limit", query.limit);
    json.array("endpoints", accounts, [&](const auto& row) {
      json.object([&] {
        json.text("endpoint", row.first);
        addAccount(json, row.second);
      });
    });
  });
}

std::string toJson(const DevicePage& page, const DeviceQuery& query) {
  return wholeObject([&](JsonText& json) {
    json.number("total", page.total);
    json.number("offset", query.offset);
    json.number("limit", query.limit);
    json.array("devices", page.devices,
               [&](const DeviceView& device) { json.object([&] { addDevice(json, device); }); });
  });
}

std::string toJson(const DeviceDetail& detail) {
  return wholeObject([&](JsonText& json) {
    addDevice(json, detail.device);
    json.array("values", detail.values, [&](const ValueView& value) {
      json.object([&] {
        json.text("path", value.path);
        json.text("value", value.value);
        json.text("unit", value.unit);
        json.time("time", value.time);
        json.text("target", value.target);
        json.text("fate", value.fate);
      });
    });
    json.texts("observed", detail.observed);
    json.texts("problems", detail.problems);
  });
}

std::string toJson(const std::vector<OutboxRowView>& rows, const std::string& state, std::size_t limit) {
  return wholeObject([&](JsonText& json) {
    json.text("state", state);
    json.number("limit", limit);
    json.array("rows", rows, [&](const OutboxRowView& row) {
      json.object([&] {
        json.number("id", row.id);
        json.text("endpoint", row.endpoint);
        json.text("target", row.target);
        json.text("content", row.content);
        json.text("state", row.state);
        json.text("reason", row.reason);
        json.time("time", row.time);
      });
    });
  });
}

std::string toJson(const MappingView& mapping) {
  return wholeObject([&](JsonText& json) {
    json.number("number", mapping.number);
    json.text("set", mapping.set);
    json.text("hash", mapping.hash);
    json.time("applied_at", mapping.appliedAt);
    json.boolean("default_rule", mapping.defaultRule);
    json.number("devices_to_plan", mapping.devicesToPlan);
    json.array("rules", mapping.rules, [&](const RuleView& rule) {
      json.object([&] {
        json.text("name", rule.name);
        json.text("match", rule.match);
        json.text("target", rule.target);
        json.json("rule", rule.json);
      });
    });
  });
}

}  // namespace isthmus::status
