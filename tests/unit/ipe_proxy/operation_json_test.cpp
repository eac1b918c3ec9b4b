#include "ipe/proxy/operation_json.h"

#include <catch2/catch.hpp>

namespace isthmus::proxy {
namespace {

using lwm2m::DeviceOperation;
using lwm2m::OperationKind;
using lwm2m::Path;
using lwm2m::Value;

lwm2m::DeviceModel model() {
  static const lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  return {registry, {}};
}
lwm2m::DeviceModel noModel() {
  static const lwm2m::ObjectRegistry registry;
  return {registry, {}};
}

DeviceOperation operation(OperationKind kind, std::vector<Path> paths) {
  DeviceOperation it;
  it.kind = kind;
  it.paths = std::move(paths);
  return it;
}

void checkSame(const DeviceOperation& a, const DeviceOperation& b) {
  CHECK(a.kind == b.kind);
  CHECK(a.paths == b.paths);
  CHECK(a.records == b.records);
  CHECK(a.writeMode == b.writeMode);
  CHECK(a.cancelMode == b.cancelMode);
  CHECK(a.arguments == b.arguments);
  CHECK(a.attributes == b.attributes);
  CHECK(a.unset == b.unset);
  CHECK(a.depth == b.depth);
  CHECK(a.format == b.format);
}

DeviceOperation everything() {
  DeviceOperation it = operation(OperationKind::writeComposite, {Path(3, 0), Path(3303, 0, 5700), Path()});
  it.records = {{Path(3, 0, 14), std::string("+01\n"), {}},
                {Path(3, 0, 7, 1), std::int64_t{-5}, WallTime(milliseconds(1'763'812'345'678))},
                {Path(3, 0, 7, 2), {}, {}},
                {Path(1, 0, 1), std::uint64_t{18446744073709551615ULL}, {}},
                {Path(1, 0, 2), std::uint64_t{3}, {}},
                {Path(1, 0, 3), 20.0, {}},
                {Path(1, 0, 4), true, {}},
                {Path(1, 0, 5), lwm2m::Opaque{{1, 2, 255}}, {}},
                {Path(1, 0, 6), lwm2m::Time{-1}, {}},
                {Path(1, 0, 7), lwm2m::ObjectLink{66, 0}, {}},
                {Path(1, 0, 8), lwm2m::CoreLink{"</3>"}, {}}};
  it.writeMode = lwm2m::WriteMode::update;
  it.cancelMode = lwm2m::CancelMode::passive;
  it.arguments = "0='a',1";
  it.attributes.pmin = 0;
  it.attributes.pmax = 4294967295;
  it.attributes.epmin = 1;
  it.attributes.epmax = 2;
  it.attributes.gt = -21.5;
  it.attributes.lt = 1e-9;
  it.attributes.st = 0.1;
  it.attributes.edge = false;
  it.attributes.con = true;
  it.attributes.hqmax = 7;
  it.unset = {"gt", "hqmax"};
  it.depth = 3;
  it.format = lwm2m::ContentFormat::lwm2mCbor;
  return it;
}

TEST_CASE("an operation is the same after JSON and back, also without a model") {
  std::vector<DeviceOperation> all = {everything(), operation(OperationKind::read, {Path()})};
  for (auto kind = 0U; kind <= static_cast<unsigned>(OperationKind::cancelCompositeObservation); ++kind) {
    all.push_back(operation(static_cast<OperationKind>(kind), {Path(3303, 0, 5700)}));
    if (kind >= static_cast<unsigned>(OperationKind::readComposite)) all.back().paths.emplace_back(3, 0);
  }
  for (const DeviceOperation& it : all) {
    const std::string text = operationToJson(it);
    INFO(text);
    const auto read = operationFromJson(text, noModel());
    REQUIRE(read);
    checkSame(*read, it);
    CHECK(operationToJson(*read) == text);
  }
}

TEST_CASE("attributes that a device would refuse are refused at once, with their place") {
  const auto where = [](const std::string& path, const std::string& attributes) {
    const auto read = operationFromJson(
        R"({"op":"write-attributes","path":")" + path + R"(","attributes":)" + attributes + "}", model());
    return read ? std::string("fine") : read.error().text();
  };
  CHECK(where("/3303/0/5700", R"({"pmin":5,"pmax":10,"gt":30,"lt":10})") == "fine");
  CHECK(where("/3303/0/5700", R"({"pmin":10,"pmax":5})").find("/attributes/pm") != std::string::npos);
  CHECK(where("/3303/0/5700", R"({"lt":30,"gt":10})").find("/attributes/") != std::string::npos);
  CHECK(where("/3303/0/5701", R"({"gt":10})").find("/attributes/gt") != std::string::npos);
}

TEST_CASE("what people write is read by the device's model") {
  const auto write = operationFromJson(R"({"op":"write","path":"/3303/0","value":{"5601":20}})", model());
  REQUIRE(write);
  CHECK(write->writeMode == lwm2m::WriteMode::replace);
  CHECK(write->records == std::vector<lwm2m::Record>{{Path(3303, 0, 5601), 20.0, {}}});

  const auto create = operationFromJson(R"({"op":"create","path":"/3303","value":{"5700":1}})", model());
  REQUIRE(create);
  CHECK(create->paths == std::vector<Path>{Path(3303)});
  CHECK(create->records.at(0).path == Path(3303, 0, 5700));

  const auto composite =
      operationFromJson(R"({"op":"write-composite","value":{"/3303/0/5601":20,"3":{"0":{"14":"+01"}}}})", model());
  REQUIRE(composite);
  CHECK(composite->paths == std::vector<Path>{Path(3303, 0, 5601), Path(3, 0, 14)});

  CHECK(operationFromJson(R"({"op":"execute","path":"/3/0/4","value":"1"})", model())->arguments == "1");
}

TEST_CASE("an operation that cannot be read is refused with the place of the fault") {
  struct Fault {
    std::string_view json, where;
  };
  for (const Fault& fault : {Fault{"[]", ""},
                             {"{}", ""},
                             {R"({"op":"reed","path":"/3"})", "/op"},
                             {R"({"op":1,"path":"/3"})", "/op"},
                             {R"({"op":"read"})", ""},
                             {R"({"op":"read","paths":["/3","/4"]})", ""},
                             {R"({"op":"read-composite","paths":[]})", ""},
                             {R"({"op":"read-composite","paths":["/3","x"]})", "/paths/1"},
                             {R"({"op":"read","path":"/x"})", "/path"},
                             {R"({"op":"read","path":3})", "/path"},
                             {R"({"op":"read","path":"/3","valeu":1})", "/valeu"},
                             {R"({"op":"read","path":"/3","value":1})", "/value"},
                             {R"({"op":"write","path":"/3/0/14"})", ""},
                             {R"({"op":"write","path":"/3/0","value":{"14":1}})", "/value/14"},
                             {R"({"op":"write","path":"/3/0","records":[{"path":"/3/0/14"}]})", "/records/0"},
                             {R"({"op":"write","path":"/3/0","mode":"merge","value":{}})", "/mode"},
                             {R"({"op":"write-composite","value":{}})", ""},
                             {R"({"op":"discover","path":"/3","depth":4})", "/depth"},
                             {R"({"op":"read","path":"/3","format":-1})", "/format"},
                             {R"({"op":"write-attributes","path":"/3","attributes":{"pmim":1}})", "/attributes/pmim"},
                             {R"({"op":"write-attributes","path":"/3","attributes":{"pmin":1.5}})", "/attributes/pmin"},
                             {R"({"op":"write-attributes","path":"/3","unset":["x"]})", "/unset/0"},
                             {R"({"op":"read")", "operation:1:13 "}}) {
    INFO(fault.json);
    const auto read = operationFromJson(fault.json, model());
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::malformed);
    CHECK(read.error().where == fault.where);
  }
}

}  // namespace
}  // namespace isthmus::proxy
