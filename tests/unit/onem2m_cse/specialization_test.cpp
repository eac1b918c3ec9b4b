#include "onem2m/model/specialization.h"

#include "tests/unit/onem2m_cse/caller.h"

#include <catch2/catch.hpp>

#include <string>

namespace isthmus::onem2m::testing {
namespace {

constexpr auto kObj = ResourceType::mgmtObj;
constexpr auto kTs = ResourceType::timeSeries;
constexpr auto kTsi = ResourceType::timeSeriesInstance;

struct WithNode : Caller {
  WithNode() {
    makeTree();
    create("CAdmin", "cse-in", kNod, R"({"m2m:nod":{"rn":"bar-1.node","ni":"bar-1"}})");
  }
  int make(ResourceType type, const std::string& content) {
    const std::string parent = type == kObj ? "cse-in/bar-1.node" : "cse-in/bar-1";
    return create(type == kObj ? "CAdmin" : "CIsthmus", parent, type, content).status;
  }
};

TEST_CASE("a flexContainer is of the class that its definition says, with that class's attributes") {
  WithNode cse;
  const std::string cnd = R"("cnd":"org.onem2m.common.moduleclass.temperature",)";
  CHECK(cse.make(kFcnt, R"({"cod:tempe":{"rn":"t",)" + cnd + R"("curT0":21.5}})") == 2001);
  CHECK(cse.make(kFcnt, R"({"cod:tempe":{"cnd":"org.onem2m.common.moduleclass.battery","curT0":21.5}})") == 4000);
  CHECK(cse.make(kFcnt, R"({"cod:tempe":{)" + cnd + R"("minVe":1}})") == 4000);
  CHECK(cse.make(kFcnt, R"({"cod:tempe":{)" + cnd + R"("curT0":"warm"}})") == 4000);
  CHECK(cse.make(kFcnt, R"({"cod:tempe":{)" + cnd + R"("curT0":1,"heat":2}})") == 4000);
  CHECK(cse.update("CIsthmus", "cse-in/bar-1/t", R"({"cod:tempe":{"minVe":-40}})").status == 2004);
  CHECK(cse.update("CIsthmus", "cse-in/bar-1/t", R"({"cod:tempe":{"minVe":true}})").status == 4000);
  CHECK(cse.attribute("cse-in/bar-1/t", "curT0") == "21.5");
  CHECK(cse.attribute("cse-in/bar-1/t", "minVe") == "-40");
}

TEST_CASE("a mgmtObj takes what its definition lists, and some of it only once") {
  WithNode cse;
  CHECK(cse.make(kObj, R"({"m2m:bat":{"rn":"battery","mgd":1006,"btl":90,"bts":1}})") == 2001);
  CHECK(cse.make(kObj, R"({"m2m:bat":{"mgd":1007,"btl":90,"bts":1}})") == 4000);
  CHECK(cse.make(kObj, R"({"m2m:bat":{"mgd":1006,"btl":90}})") == 4000);
  CHECK(cse.make(kObj, R"({"m2m:bat":{"mgd":1006,"btl":-1,"bts":1}})") == 4000);
  CHECK(cse.make(kObj, R"({"m2m:dvi":{"rn":"info","mgd":1007,"dlb":"1","man":"a","mod":"b","dty":"c"}})") == 2001);
  const auto set = [&](const char* content) { return cse.update("CAdmin", "cse-in/bar-1.node/info", content).status; };
  CHECK(set(R"({"m2m:dvi":{"fwv":"1.0"}})") == 2004);
  CHECK(set(R"({"m2m:dvi":{"man":"z"}})") == 4000);
}

TEST_CASE("actions of a mgmtObj are asked for, never states, and exclude each other") {
  WithNode cse;
  CHECK(cse.make(kObj, R"({"m2m:rbo":{"rn":"reboot","mgd":1009}})") == 2001);
  CHECK(cse.attribute("cse-in/bar-1.node/reboot", "rbo") == "false");
  const auto set = [&](const char* content) {
    return cse.update("CAdmin", "cse-in/bar-1.node/reboot", content).status;
  };
  CHECK(set(R"({"m2m:rbo":{"rbo":true}})") == 2004);
  CHECK(cse.attribute("cse-in/bar-1.node/reboot", "rbo") == "false");
  CHECK(set(R"({"m2m:rbo":{"rbo":true,"far":true}})") == 4000);
  CHECK(cse.make(kObj, R"({"m2m:fwr":{"rn":"f","mgd":1001,"vr":"1","fwn":"n","url":"","ud":false}})") == 2001);
  CHECK(cse.attribute("cse-in/bar-1.node/f", "uds") == R"({"acn":"","sus":0})");
}

TEST_CASE("a timeSeries holds instances of different times, the last of them is `la`") {
  WithNode cse;
  CHECK(cse.make(kTs, R"({"m2m:ts":{"rn":"s","mni":2,"cnf":"text/plain:0"}})") == 2001);
  const auto add = [&](const std::string& name, const std::string& time) {
    return cse
        .create("CIsthmus", "cse-in/bar-1/s", kTsi,
                R"({"m2m:tsi":{"rn":")" + name + R"(","dgt":")" + time + R"(","con":")" + name + "\"}}")
        .status;
  };
  CHECK(add("a", "20260101T000000,001") == 2001);
  CHECK(add("b", "20260101T000000,001") == 4105);
  CHECK(add("b", "20260101T000000,002") == 2001);
  CHECK(add("c", "yesterday") == 4000);
  CHECK(add("c", "20260101T000000,003") == 2001);
  CHECK(cse.attribute("cse-in/bar-1/s/la", "con") == "\"c\"");
  CHECK(cse.attribute("cse-in/bar-1/s/ol", "con") == "\"b\"");
  CHECK(cse.attribute("cse-in/bar-1/s", "cni") == "2");
  CHECK(cse.create("CIsthmus", "cse-in/bar-1/s", kTsi, R"({"m2m:tsi":{"con":"x"}})").status == 4000);
  CHECK(cse.create("CIsthmus", "cse-in/bar-1/s", kCin, R"({"m2m:cin":{"con":"x"}})").status == 4108);
  CHECK(cse.update("CIsthmus", "cse-in/bar-1/s/c", R"({"m2m:tsi":{"con":"y"}})").status == 4005);
}

TEST_CASE("every class can be created with what stands for what is not known") {
  WithNode cse;
  for (const Specialization& kind : specializations()) {
    std::string content = "{\"" + std::string(kind.root) + "\":{";
    content +=
        kind.type == kObj ? "\"mgd\":" + std::to_string(kind.mgmtDefinition) : "\"cnd\":\"" + kind.definition + "\"";
    for (const AttributeDefinition& attribute : kind.attributes) {
      if (attribute.mandatory)
        content += ",\"" + std::string(attribute.name) + "\":" + std::string(placeholder(kind.root, attribute));
    }
    INFO(content);
    CHECK(cse.make(kind.type, content + "}}") == 2001);
  }
}

}  // namespace
}  // namespace isthmus::onem2m::testing
