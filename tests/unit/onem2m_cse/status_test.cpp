#include "tests/unit/onem2m_cse/caller.h"

#include <catch2/catch.hpp>

#include <string>

namespace isthmus::onem2m::testing {
namespace {

constexpr auto kPost = Operation::create;
constexpr auto kGet = Operation::retrieve;
constexpr auto kPut = Operation::update;
constexpr auto kDelete = Operation::remove;

struct Row {
  const char* what;
  Operation operation;
  const char* from;
  const char* to;
  std::optional<ResourceType> type;
  const char* content;
  int status;
  Query query = {};
};

const std::string kAeX = R"({"m2m:ae":{"rn":"x","api":"Nx","rr":true,"srv":["3"]}})";

// What ACME 2026.05.3 answered to the same requests on the same tree, unless the row says otherwise.
const Row kRows[] = {
    {"AE", kPost, "Cx", "cse-in", kAe, kAeX.c_str(), 2001},
    {"AE with the originator C", kPost, "C", "cse-in", kAe, kAeX.c_str(), 2001},
    {"AE with the originator S", kPost, "S", "cse-in", kAe, kAeX.c_str(), 2001},
    {"AE without an originator", kPost, "", "cse-in", kAe, kAeX.c_str(), 2001},
    {"AE whose originator starts with X", kPost, "Xbad", "cse-in", kAe, kAeX.c_str(), 4107},
    {"AE of the administrator", kPost, "CAdmin", "cse-in", kAe, kAeX.c_str(), 4117},
    {"AE with a known originator", kPost, "Cbar-1", "cse-in", kAe, kAeX.c_str(), 4117},
    {"AE with a known name", kPost, "Cx", "cse-in", kAe,
     R"({"m2m:ae":{"rn":"bar-1","api":"Nx","rr":true,"srv":["3"]}})", 4105},
    {"AE with both known", kPost, "Cbar-1", "cse-in", kAe,
     R"({"m2m:ae":{"rn":"bar-1","api":"Nx","rr":true,"srv":["3"]}})", 4117},
    {"AE without srv", kPost, "Cx", "cse-in", kAe, R"({"m2m:ae":{"rn":"x","api":"Nx","rr":true}})", 4000},
    {"AE without rr", kPost, "Cx", "cse-in", kAe, R"({"m2m:ae":{"rn":"x","api":"Nx","srv":["3"]}})", 4000},
    {"AE without api", kPost, "Cx", "cse-in", kAe, R"({"m2m:ae":{"rn":"x","rr":true,"srv":["3"]}})", 4000},
    {"AE whose api starts with X", kPost, "Cx", "cse-in", kAe,
     R"({"m2m:ae":{"rn":"x","api":"Xx","rr":true,"srv":["3"]}})", 4000},
    {"AE below an AE", kPost, "Cx", "cse-in/bar-1", kAe, kAeX.c_str(), 4108},
    {"AE with an AE-ID of foreign characters", kPost, "Ca/b", "cse-in", kAe, kAeX.c_str(), 4000},

    {"originator missing", kGet, "", "cse-in", {}, "", 4000},
    {"no such resource", kGet, "CIsthmus", "cse-in/nope", {}, "", 4004},
    {"la of an empty container", kGet, "CIsthmus", "cse-in/bar-1/c/la", {}, "", 4004},
    {"la of what is no container", kGet, "CIsthmus", "cse-in/bar-1/la", {}, "", 4004},
    {"another CSE", kGet, "CIsthmus", "/other/cse-in/bar-1", {}, "", 4004},
    {"an id with names behind it", kGet, "CIsthmus", "CIsthmus/readers", {}, "", 4004},
    {"CSEBase by an AE", kGet, "CIsthmus", "cse-in", {}, "", 2000},
    {"CSEBase by a stranger", kGet, "Cstranger", "cse-in", {}, "", 4103},
    {"retrieve with rcn 0", kGet, "CIsthmus", "cse-in/bar-1/c", {}, "", 4000, {{"rcn", "0"}}},
    {"retrieve with rcn 2", kGet, "CIsthmus", "cse-in/bar-1/c", {}, "", 4000, {{"rcn", "2"}}},
    {"retrieve with rcn 77", kGet, "CIsthmus", "cse-in/bar-1/c", {}, "", 4000, {{"rcn", "77"}}},
    {"discovery with rcn 1", kGet, "CIsthmus", "cse-in", {}, "", 4000, {{"fu", "1"}, {"rcn", "1"}}},
    {"unknown query parameter", kGet, "CIsthmus", "cse-in/bar-1/c", {}, "", 4000, {{"foo", "1"}}},
    {"query parameter that is no number", kGet, "CIsthmus", "cse-in/bar-1/c", {}, "", 4000, {{"lim", "x"}}},
    {"non-blocking request (ACME serves them)", kGet, "CIsthmus", "cse-in/bar-1/c", {}, "", 5001, {{"rt", "1"}}},

    {"container", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"d"}})", 2001},
    {"container of a known name", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"c"}})", 4105},
    {"container below what is not there", kPost, "CIsthmus", "cse-in/no", kCnt, R"({"m2m:cnt":{}})", 4004},
    {"container below the CSEBase", kPost, "CIsthmus", "cse-in", kCnt, R"({"m2m:cnt":{"rn":"d"}})", 4103},
    {"container named a b", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"a b"}})", 4000},
    {"container named a/b", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"a/b"}})", 4000},
    {"container without a name", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":""}})", 4000},
    {"container named la (ACME takes it)", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"la"}})", 4005},
    {"acpi of nothing", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"acpi":["nope"]}})", 4000},
    {"acpi of no policy", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"acpi":["cse-in/bar-1"]}})", 4000},
    {"empty acpi", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"acpi":[]}})", 4000},
    {"ri given", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"ri":"x"}})", 4000},
    {"creator given", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"cr":"x"}})", 4000},
    {"creator asked for", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"cr":null}})", 2001},
    {"et in the past", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"et":"20200101T000000"}})", 4000},
    {"et that is no time", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"et":"tomorrow"}})", 4000},
    {"mni below zero", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"mni":-1}})", 4000},
    {"mni of text", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"mni":"1"}})", 4000},
    {"mni as a double", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"mni":4.0}})", 2001},
    {"unknown attribute (ACME refuses it)", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"zz":1}})", 2001},
    {"create with rcn 4", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{}})", 4000, {{"rcn", "4"}}},

    {"type 99", kPost, "CIsthmus", "cse-in/bar-1", ResourceType{99}, R"({"m2m:cnt":{}})", 4000},
    {"type 9 (ACME has groups)", kPost, "CIsthmus", "cse-in/bar-1", ResourceType::group, R"({"m2m:grp":{}})", 5001},
    {"a CSEBase", kPost, "CAdmin", "cse-in", ResourceType::cseBase, R"({"m2m:cb":{}})", 5001},
    {"type and content that differ", kPost, "CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cin":{"con":"1"}})", 4000},
    {"type and content that differ, by a stranger", kPost, "Cstranger", "cse-in/bar-1", kCnt, R"({"m2m:cin":{}})",
     4103},

    {"contentInstance", kPost, "CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"con":"1"}})", 2001},
    {"contentInstance without con", kPost, "CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{}})", 2001},
    {"contentInstance of null", kPost, "CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"con":null}})", 2001},
    {"contentInstance with acpi", kPost, "CIsthmus", "cse-in/bar-1/c", kCin,
     R"({"m2m:cin":{"con":"1","acpi":["cse-in/isthmus/readers"]}})", 4000},
    {"contentInstance below an AE", kPost, "CIsthmus", "cse-in/bar-1", kCin, R"({"m2m:cin":{"con":"1"}})", 4108},
    {"contentInstance below la", kPost, "CIsthmus", "cse-in/bar-1/c/la", kCin, R"({"m2m:cin":{"con":"1"}})", 4005},
    {"contentInstance without content", kPost, "CIsthmus", "cse-in/bar-1/c", kCin, "", 4000},

    {"policy below the CSEBase by anyone", kPost, "Cstranger", "cse-in", kAcp,
     R"({"m2m:acp":{"pv":{},"pvs":{"acr":[{"acor":["Cstranger"],"acop":63}]}}})", 2001},
    {"policy that nobody can change", kPost, "CIsthmus", "cse-in", kAcp, R"({"m2m:acp":{"pv":{},"pvs":{"acr":[]}}})",
     4000},
    {"policy without pvs", kPost, "CIsthmus", "cse-in", kAcp, R"({"m2m:acp":{"pv":{"acr":[]}}})", 4000},
    {"policy with acop 64", kPost, "CIsthmus", "cse-in", kAcp,
     R"({"m2m:acp":{"pv":{},"pvs":{"acr":[{"acor":["C"],"acop":64}]}}})", 4000},
    {"policy with a context (ACME serves them)", kPost, "CIsthmus", "cse-in", kAcp,
     R"({"m2m:acp":{"pv":{},"pvs":{"acr":[{"acor":["C"],"acop":63,"acco":[]}]}}})", 5001},

    {"node by an AE", kPost, "CIsthmus", "cse-in", kNod, R"({"m2m:nod":{"rn":"n","ni":"x"}})", 4103},
    {"node by the administrator", kPost, "CAdmin", "cse-in", kNod, R"({"m2m:nod":{"rn":"n","ni":"x"}})", 2001},
    {"node without ni", kPost, "CAdmin", "cse-in", kNod, R"({"m2m:nod":{"rn":"n"}})", 4000},
    {"node below an AE", kPost, "CIsthmus", "cse-in/isthmus", kNod, R"({"m2m:nod":{"rn":"n","ni":"x"}})", 4108},

    {"flexContainer", kPost, "CIsthmus", "cse-in/bar-1", kFcnt,
     R"({"cod:tempe":{"rn":"t","cnd":"org.onem2m.common.moduleclass.temperature","curT0":21.5}})", 2001},
    {"flexContainer without cnd", kPost, "CIsthmus", "cse-in/bar-1", kFcnt, R"({"cod:tempe":{"rn":"t","curT0":21.5}})",
     4000},
    {"flexContainer named as a container", kPost, "CIsthmus", "cse-in/bar-1", kFcnt, R"({"m2m:cnt":{"cnd":"x"}})",
     4000},

    {"subscription", kPost, "CIsthmus", "cse-in/bar-1/c", kSub,
     R"({"m2m:sub":{"nu":["CIsthmus"],"enc":{"net":[3]},"nct":1}})", 2001},
    {"subscription of net 3 with nct 2", kPost, "CIsthmus", "cse-in/bar-1/c", kSub,
     R"({"m2m:sub":{"nu":["CIsthmus"],"enc":{"net":[3]},"nct":2}})", 4000},
    {"subscription of net 1 and 7", kPost, "CIsthmus", "cse-in/bar-1/c", kSub,
     R"({"m2m:sub":{"nu":["CIsthmus"],"enc":{"net":[1,7]}}})", 4000},
    {"subscription for nobody", kPost, "CIsthmus", "cse-in/bar-1/c", kSub, R"({"m2m:sub":{"nu":["Cnobody"]}})", 5204},
    {"subscription without a target", kPost, "CIsthmus", "cse-in/bar-1/c", kSub, R"({"m2m:sub":{"nu":[]}})", 4000},

    {"update", kPut, "CIsthmus", "cse-in/bar-1/c", {}, R"({"m2m:cnt":{"lbl":["a"]}})", 2004},
    {"update with nothing", kPut, "CIsthmus", "cse-in/bar-1/c", {}, R"({"m2m:cnt":{}})", 2004},
    {"update without content", kPut, "CIsthmus", "cse-in/bar-1/c", {}, "", 4000},
    {"update of the name", kPut, "CIsthmus", "cse-in/bar-1/c", {}, R"({"m2m:cnt":{"rn":"zz"}})", 4000},
    {"update by a reader", kPut, "Capp", "cse-in/bar-1/c", {}, R"({"m2m:cnt":{"lbl":["a"]}})", 4103},
    {"update of acpi with more",
     kPut,
     "CIsthmus",
     "cse-in/bar-1/c",
     {},
     R"({"m2m:cnt":{"acpi":["cse-in/isthmus/readers"],"lbl":["q"]}})",
     4000},
    {"update of acpi",
     kPut,
     "CIsthmus",
     "cse-in/bar-1/c",
     {},
     R"({"m2m:cnt":{"acpi":["cse-in/isthmus/operators"]}})",
     2004},
    {"update as another type", kPut, "CIsthmus", "cse-in/bar-1/c", {}, R"({"m2m:ae":{"lbl":["q"]}})", 4102},
    {"update of what is not there", kPut, "CIsthmus", "cse-in/bar-1/x", {}, R"({"m2m:cnt":{}})", 4004},
    {"update of la", kPut, "CIsthmus", "cse-in/bar-1/c/la", {}, R"({"m2m:cin":{}})", 4005},
    {"update of a mandatory attribute to null",
     kPut,
     "CIsthmus",
     "cse-in/isthmus",
     {},
     R"({"m2m:ae":{"rr":null}})",
     4000},

    {"delete", kDelete, "CIsthmus", "cse-in/bar-1/c", {}, "", 2002},
    {"delete by a reader", kDelete, "Capp", "cse-in/bar-1/c", {}, "", 4103},
    {"delete of the CSEBase", kDelete, "CAdmin", "cse-in", {}, "", 4005},
    {"notification", Operation::notify, "CIsthmus", "cse-in/bar-1", {}, R"({"m2m:sgn":{}})", 4000},
};

TEST_CASE("each request gets the status that ACME gives it") {
  for (const Row& row : kRows) {
    Caller caller;
    caller.makeTree();
    const ResponsePrimitive answer = caller.ask(row.operation, row.from, row.to, row.query, row.content, row.type);
    INFO(row.what << ": " << answer.content);
    CHECK(answer.status == row.status);
    CHECK(answer.requestId == "r1");
    if (answer.status >= 4000) CHECK(answer.content.starts_with("{\"m2m:dbg\":\""));
  }
}

TEST_CASE("a request without a release version, or of an unknown one, gets 4001; one without an identifier 4000") {
  Caller caller;
  const auto statusOf = [&](const std::string& release, const std::string& id) {
    return caller.cse.handle({Operation::retrieve, "cse-in", "CAdmin", id, release, {}, {}, {}}).status;
  };
  CHECK(statusOf("", "r1") == 4001);
  CHECK(statusOf("1", "r1") == 4001);
  CHECK(statusOf("2a", "r1") == 2000);
  CHECK(statusOf("3", "") == 4000);
}

TEST_CASE("a refused request leaves the tree as it was") {
  Caller caller;
  caller.makeTree();
  const std::string before = caller.get("CAdmin", "cse-in", {{"rcn", "4"}}).content;
  const auto resources = caller.cse.counters().resources;
  for (const Row& row : kRows) {
    if (row.status < 4000) continue;
    INFO(row.what);
    caller.ask(row.operation, row.from, row.to, row.query, row.content, row.type);
    REQUIRE(caller.get("CAdmin", "cse-in", {{"rcn", "4"}}).content == before);
  }
  CHECK(caller.cse.counters().resources == resources);
}

}  // namespace
}  // namespace isthmus::onem2m::testing
