#include "ipe/proxy/value_json.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

namespace isthmus::proxy {
namespace {

using lwm2m::ObjectLink;
using lwm2m::Opaque;
using lwm2m::Path;
using lwm2m::Record;
using lwm2m::ResourceType;
using lwm2m::Time;
using lwm2m::Value;

// Object 9999: a resource of each type, and 20 to 22 that have several instances.
lwm2m::ObjectRegistry testRegistry() {
  lwm2m::ObjectDefinition object;
  object.id = 9999;
  object.multiple = true;
  for (std::uint16_t type = 0; type <= 9; ++type)
    object.resources.push_back({type, "single", {}, false, false, static_cast<ResourceType>(type), "", ""});
  object.resources.push_back({20, "several", {}, true, false, ResourceType::integer, "", ""});
  lwm2m::ObjectRegistry registry;
  registry.add(object);
  return registry;
}

const lwm2m::ObjectRegistry& registry() {
  static const lwm2m::ObjectRegistry all = testRegistry();
  return all;
}
lwm2m::DeviceModel model() { return {registry(), {}}; }

constexpr std::uint16_t id(ResourceType type) { return static_cast<std::uint16_t>(type); }

struct Row {
  ResourceType type;
  std::string_view json;
  Value value;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {ResourceType::string, R"("on \"air\"")", std::string("on \"air\"")},
      {ResourceType::string, R"("21.5")", std::string("21.5")},
      {ResourceType::integer, "-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {ResourceType::integer, "9007199254740993", std::int64_t{9007199254740993}},
      {ResourceType::unsignedInteger, "18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
      {ResourceType::floating, "21.5", 21.5},
      {ResourceType::floating, "20.0", 20.0},
      {ResourceType::floating, "1e+300", 1e300},
      {ResourceType::floating, R"("-inf")", -std::numeric_limits<double>::infinity()},
      {ResourceType::boolean, "true", true},
      {ResourceType::boolean, "false", false},
      {ResourceType::opaque, R"("AP8B")", Opaque{{0, 255, 1}}},
      {ResourceType::opaque, R"("")", Opaque{}},
      {ResourceType::time, "1763812345", Time{1763812345}},
      {ResourceType::objectLink, R"("66:0")", ObjectLink{66, 0}},
      {ResourceType::coreLink, R"("</3>;ver=1.1")", lwm2m::CoreLink{"</3>;ver=1.1"}},
  };
  return all;
}

Result<std::vector<Record>> read(std::string_view json, const Path& path) {
  return recordsFromJson(json, path, model());
}

TEST_CASE("a value of each type is the same after JSON and back") {
  for (const Row& row : rows()) {
    INFO(row.json);
    const Path path(9999, 0, id(row.type));
    CHECK(valueToJson(row.value) == row.json);
    const auto records = read(row.json, path);
    REQUIRE(records);
    CHECK(*records == std::vector<Record>{{path, row.value, {}}});
  }
}

TEST_CASE("a whole number is a float where the model wants one, and a time may be written for people") {
  CHECK(read("21", {9999, 0, id(ResourceType::floating)})->at(0).value == Value(21.0));
  CHECK(std::isnan(std::get<double>(read(R"("nan")", {9999, 0, id(ResourceType::floating)})->at(0).value)));
  CHECK(read(R"("2025-11-22T12:52:25+01:00")", {9999, 0, id(ResourceType::time)})->at(0).value ==
        Value(Time{1763812345}));
  CHECK(read("1.5e1", {9999, 0, id(ResourceType::integer)})->at(0).value == Value(std::int64_t{15}));
}

TEST_CASE("a resource without a definition has the type that JSON shows") {
  const Path unknown(4242, 0, 1);
  CHECK(read("5", unknown)->at(0).value == Value(std::int64_t{5}));
  CHECK(read("18446744073709551615", unknown)->at(0).value == Value(std::numeric_limits<std::uint64_t>::max()));
  CHECK(read("5.0", unknown)->at(0).value == Value(5.0));
  CHECK(read("true", unknown)->at(0).value == Value(true));
  CHECK(read(R"("x")", unknown)->at(0).value == Value(std::string("x")));
  CHECK(*read(R"({"3": "x"})", unknown) == std::vector<Record>{{Path(4242, 0, 1, 3), std::string("x"), {}}});
}

TEST_CASE("instances, objects and whole paths are read down to their leaves, and written the same way") {
  const std::vector<Record> two = {{Path(9999, 1, 2), std::int64_t{7}, {}},
                                   {Path(9999, 1, 20, 3), std::int64_t{8}, {}}};
  const std::string instance = R"({"2":7,"20":{"3":8}})";
  CHECK(*read(instance, Path(9999, 1)) == two);
  CHECK(*read(R"({"1":)" + instance + "}", Path(9999)) == two);
  CHECK(*read(R"({"9999":{"1":)" + instance + "}}", {}) == two);
  CHECK(*read(R"({"/9999/1/2":7,"/9999/1/20":{"3":8}})", {}) == two);
  CHECK(recordsToJson(two, Path(9999, 1)) == instance);
  CHECK(recordsToJson(two, Path(9999)) == R"({"1":)" + instance + "}");
  CHECK(recordsToJson({}, Path(9999)) == "{}");
}

TEST_CASE("ids are written in their order, of a path the newest value") {
  const WallTime early(milliseconds(1000)), late(milliseconds(2000));
  const std::vector<Record> records = {{Path(9999, 0, 20, 10), std::int64_t{1}, {}},
                                       {Path(9999, 0, 20, 9), std::int64_t{3}, late},
                                       {Path(9999, 0, 20, 9), std::int64_t{2}, early},
                                       {Path(9999, 0, 2), std::int64_t{0}, {}}};
  CHECK(recordsToJson(records, Path(9999, 0)) == R"({"2":0,"20":{"9":3,"10":1}})");
  CHECK(recordsToJson(records, Path(9999, 0, 20)) == R"({"9":3,"10":1})");
}

TEST_CASE("null removes a resource instance, and nothing else") {
  CHECK(*read(R"({"0": null})", {9999, 0, 20}) == std::vector<Record>{{Path(9999, 0, 20, 0), {}, {}}});
  CHECK(read("null", {9999, 0, 2}).error().where.empty());
}

TEST_CASE("what does not fit is refused with the place of the fault") {
  struct Fault {
    std::string_view json;
    Path path;
    std::string_view where;
  };
  const Path instance(9999, 0);
  for (const Fault& fault : {Fault{R"({"2": "7"})", instance, "/2"},
                             {R"({"2": 7.5})", instance, "/2"},
                             {R"({"2": 9223372036854775808})", instance, "/2"},
                             {R"({"3": -1})", instance, "/3"},
                             {R"({"4": "warm"})", instance, "/4"},
                             {R"({"5": 1})", instance, "/5"},
                             {R"({"1": 1})", instance, "/1"},
                             {R"({"1": true})", instance, "/1"},
                             {R"({"6": "?"})", instance, "/6"},
                             {R"({"7": "yesterday"})", instance, "/7"},
                             {R"({"7": "2025-11-22T12:52:25.5Z"})", instance, "/7"},
                             {R"({"8": "66"})", instance, "/8"},
                             {R"({"1": ["a"]})", instance, "/1"},
                             {R"({"2": {"0": 7}})", instance, "/2"},
                             {R"({"20": 7})", instance, "/20"},
                             {R"({"20": {"0": {"0": 7}}})", instance, "/20/0"},
                             {R"({"x": 7})", instance, "/x"},
                             {R"({"65535": 7})", instance, "/65535"},
                             {R"({"/9998/0/2": 7})", instance, "/~19998~10~12"},
                             {"7", instance, ""},
                             {R"({"0": 7})", Path(9999), "/0"},
                             {R"({"2": 7)", instance, "value:1:8 "},
                             {R"({"2": 7, "2": 8})", instance, "value:1:15 /2"},
                             {"", instance, "value:1:1 "}}) {
    INFO(fault.json);
    const auto records = read(fault.json, fault.path);
    REQUIRE_FALSE(records);
    CHECK(records.error().code == Errc::malformed);
    CHECK(records.error().where == fault.where);
    CHECK_FALSE(records.error().message.empty());
  }
}

lwm2m::DeviceOperation asked(lwm2m::OperationKind kind, std::vector<Path> paths) {
  lwm2m::DeviceOperation operation;
  operation.kind = kind;
  operation.paths = std::move(paths);
  return operation;
}

const WallTime kAnswered(milliseconds(1'763'812'345'678));

TEST_CASE("a read value comes with its path and the time of the answer, or its own") {
  lwm2m::OperationOutcome outcome;
  outcome.code = lwm2m::coap::code::kContent;
  const Path path(3303, 0, 5700);
  outcome.records = {{path, 21.5, {}}};
  const auto operation = asked(lwm2m::OperationKind::read, {path});
  CHECK(outcomeToJson(operation, outcome, kAnswered) ==
        R"({"path":"/3303/0/5700","value":21.5,"time":"2025-11-22T11:52:25.678Z"})");
  outcome.records[0].time = WallTime(milliseconds(1000));
  CHECK(outcomeToJson(operation, outcome, kAnswered) ==
        R"({"path":"/3303/0/5700","value":21.5,"time":"1970-01-01T00:00:01.000Z"})");
}

TEST_CASE("historical values are told one by one beside the newest") {
  lwm2m::OperationOutcome outcome;
  outcome.code = lwm2m::coap::code::kContent;
  const Path path(3303, 0, 5700);
  outcome.records = {{path, 2.0, WallTime(milliseconds(2000))}, {path, 1.0, WallTime(milliseconds(1000))}};
  CHECK(outcomeToJson(asked(lwm2m::OperationKind::read, {path}), outcome, kAnswered) ==
        R"({"path":"/3303/0/5700","value":2.0,"time":"1970-01-01T00:00:02.000Z","records":[)"
        R"({"path":"/3303/0/5700","value":2.0,"time":"1970-01-01T00:00:02.000Z"},)"
        R"({"path":"/3303/0/5700","value":1.0,"time":"1970-01-01T00:00:01.000Z"}]})");
}

TEST_CASE("a composite answer stands below what its paths have in common") {
  lwm2m::OperationOutcome outcome;
  outcome.code = lwm2m::coap::code::kContent;
  outcome.records = {{Path(3, 0, 13), Time{5}, {}}, {Path(3303, 0, 5701), std::string("C\xFFl"), {}}};
  CHECK(outcomeToJson(asked(lwm2m::OperationKind::readComposite, {Path(3, 0, 13), Path(3303, 0, 5701)}), outcome,
                      kAnswered) ==
        "{\"path\":\"/\",\"value\":{\"3\":{\"0\":{\"13\":5}},\"3303\":{\"0\":{\"5701\":\"C\xEF\xBF\xBDl\"}}},"
        "\"time\":\"2025-11-22T11:52:25.678Z\"}");
}

TEST_CASE("links tell their attributes, a creation its place, a write nothing, a refusal nothing") {
  lwm2m::OperationOutcome outcome;
  outcome.code = lwm2m::coap::code::kContent;
  outcome.links = {{"/3303/0", {{"pmin", "10"}, {"obs", std::nullopt}}}, {"/3303/0/5700", {}}};
  CHECK(outcomeToJson(asked(lwm2m::OperationKind::discover, {Path(3303)}), outcome, kAnswered) ==
        R"({"path":"/3303","links":[{"target":"/3303/0","attributes":{"pmin":"10","obs":true}},)"
        R"({"target":"/3303/0/5700","attributes":{}}]})");
  outcome.code = lwm2m::coap::code::kCreated;
  outcome.created = Path(3303, 2);
  CHECK(outcomeToJson(asked(lwm2m::OperationKind::create, {Path(3303)}), outcome, kAnswered) ==
        R"({"path":"/3303/2"})");
  CHECK(outcomeToJson(asked(lwm2m::OperationKind::write, {Path(3303, 0)}), outcome, kAnswered).empty());
  outcome.code = lwm2m::coap::code::kNotFound;
  CHECK(outcomeToJson(asked(lwm2m::OperationKind::read, {Path(3303)}), outcome, kAnswered).empty());
}

}  // namespace
}  // namespace isthmus::proxy
