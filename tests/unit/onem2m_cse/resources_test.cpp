#include "tests/unit/onem2m_cse/caller.h"

#include <catch2/catch.hpp>

#include <string>

namespace isthmus::onem2m::testing {
namespace {

TEST_CASE("a created resource has its identity, times and type filled in") {
  Caller caller;
  caller.makeTree();
  const std::string content =
      caller.create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"mni":3,"cr":null}})").content;
  CHECK(content.starts_with("{\"m2m:cnt\":{"));
  const auto value = [&](const char* name) { return Caller::valueIn(content, name); };
  CHECK(value("ri").starts_with("\"cnt"));
  CHECK(value("ri").find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789\"") == std::string::npos);
  CHECK(value("rn") == value("ri"));
  CHECK(value("pi") == "\"Cbar-1\"");
  CHECK(value("ty") == "3");
  CHECK(value("ct") == "\"20251122T115225,678\"");
  CHECK(value("lt") == value("ct"));
  CHECK(value("et") == "\"20301121T115225,678\"");
  CHECK(value("st") == "0");
  CHECK(value("cni") == "0");
  CHECK(value("cbs") == "0");
  CHECK(value("mni") == "3");
  CHECK(value("cr") == "\"CIsthmus\"");
}

TEST_CASE("an AE's id is its originator, or is made where the originator leaves it open") {
  Caller caller;
  const char* const body = R"({"m2m:ae":{"api":"Nx","rr":true,"srv":["3"]}})";
  CHECK(Caller::valueIn(caller.create("Cmine", "cse-in", kAe, body).content, "aei") == "\"Cmine\"");
  for (const auto& [from, start] : {std::pair{"C", "\"C"}, std::pair{"S", "\"S"}, std::pair{"", "\"C"}}) {
    const std::string content = caller.create(from, "cse-in", kAe, body).content;
    CHECK(Caller::valueIn(content, "aei").starts_with(start));
    CHECK(Caller::valueIn(content, "aei").size() > 6);
    CHECK(Caller::valueIn(content, "ri") == Caller::valueIn(content, "aei"));
  }
}

TEST_CASE("a resource is found by structured path, by id, and with the CSE-ID or a provider in front") {
  Caller caller;
  caller.makeTree();
  const std::string quotedId = caller.attribute("cse-in/bar-1/c", "ri");
  const std::string id = quotedId.substr(1, quotedId.size() - 2);
  caller.create("CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"con":"first"}})");
  caller.create("CIsthmus", id, kCin, R"({"m2m:cin":{"con":"last"}})");
  for (const std::string& container :
       {std::string("cse-in/bar-1/c"), id, "/id-in/" + id, std::string("/id-in/cse-in/bar-1/c"),
        std::string("-/bar-1/c"), std::string("//any.org/id-in/cse-in/bar-1/c")}) {
    INFO(container);
    CHECK(caller.attribute(container, "ri") == quotedId);
    CHECK(caller.attribute(container + "/la", "con") == "\"last\"");
    CHECK(caller.attribute(container + "/ol", "con") == "\"first\"");
  }
  CHECK(caller.attribute("Cbar-1", "rn") == "\"bar-1\"");
  CHECK(caller.attribute("/id-in", "csi") == "\"/id-in\"");
  for (const char* const wrong : {"/id-in/", "/id-ins/cse-in", "//", "//x", "///", "cse-in/", "cse-in//bar-1", "/",
                                  "cse-in/bar-1/", "la", "/la"}) {
    INFO(wrong);
    CHECK(caller.get("CAdmin", wrong).status == 4004);
  }
}

TEST_CASE("content of any JSON type comes back as it came, with its size") {
  struct Row {
    const char* con;
    const char* size;
  };
  const Row rows[] = {{R"("21.5")", "4"},       {"21.5", "4"},        {"true", "4"},
                      {R"({"v":[1,2]})", "11"}, {R"("\u00e4")", "2"}, {R"("a\nb")", "3"}};
  Caller caller;
  caller.makeTree();
  for (const Row& row : rows) {
    caller.create("CIsthmus", "cse-in/bar-1/c", kCin, std::string(R"({"m2m:cin":{"con":)") + row.con + "}}");
    INFO(row.con);
    CHECK(caller.attribute("cse-in/bar-1/c/la", "cs") == row.size);
    if (std::string(row.con).find("\\u") == std::string::npos)
      CHECK(caller.attribute("cse-in/bar-1/c/la", "con") == row.con);
  }
}

TEST_CASE("result content decides what a CREATE answers") {
  Caller caller;
  caller.makeTree();
  const auto made = [&](const char* rcn, const char* rn) {
    return caller
        .create("CIsthmus", "cse-in/bar-1", kCnt, std::string(R"({"m2m:cnt":{"rn":")") + rn + R"("}})", {{"rcn", rcn}})
        .content;
  };
  CHECK(made("0", "r0").empty());
  CHECK(made("1", "r1").starts_with(R"({"m2m:cnt":{"rn":"r1")"));
  CHECK(made("2", "r2") == R"({"m2m:uri":"cse-in/bar-1/r2"})");
  const std::string both = made("3", "r3");
  CHECK(both.starts_with(R"({"m2m:rce":{"cnt":{"rn":"r3")"));
  CHECK(both.ends_with(R"(},"uri":"cse-in/bar-1/r3"}})"));
  const std::string assigned = made("9", "r9");
  CHECK(Caller::valueIn(assigned, "rn").empty());
  CHECK_FALSE(Caller::valueIn(assigned, "ri").empty());
}

TEST_CASE("result content decides what a RETRIEVE shows of what is below") {
  Caller caller;
  caller.makeTree();
  caller.create("CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"rn":"x1","con":"1"}})");
  caller.create("CIsthmus", "cse-in/bar-1/c", kCnt, R"({"m2m:cnt":{"rn":"sub","acpi":["cse-in/isthmus/readers"]}})");
  const auto got = [&](const char* rcn, const char* to = "cse-in/bar-1/c") {
    return caller.get("CIsthmus", to, {{"rcn", rcn}}).content;
  };
  CHECK(contains(got("4"), R"("m2m:cin":[{"rn":"x1")"));
  CHECK(contains(got("4"), R"("cni":1)"));
  CHECK(contains(got("4", "cse-in/bar-1"), R"("m2m:cnt":[{"rn":"c")"));
  CHECK(contains(got("4", "cse-in/bar-1"), R"("m2m:cin":[{"rn":"x1")"));
  CHECK(contains(
      got("5"),
      R"("ch":[{"nm":"sub","typ":3,"val":"/id-in/cse-in/bar-1/c/sub"},{"nm":"x1","typ":4,"val":"/id-in/cse-in/bar-1/c/x1"}])"));
  CHECK(
      got("6") ==
      R"({"m2m:rrl":{"rrf":[{"nm":"sub","typ":3,"val":"/id-in/cse-in/bar-1/c/sub"},{"nm":"x1","typ":4,"val":"/id-in/cse-in/bar-1/c/x1"}]}})");
  CHECK(got("8").starts_with(R"({"m2m:cnt":{"m2m:cin":[{"rn":"x1")"));
  // what stands under something that the filter leaves out moves up
  CHECK(caller.get("CIsthmus", "cse-in/bar-1", {{"rcn", "8"}, {"ty", "4"}})
            .content.starts_with(R"({"m2m:ae":{"m2m:cin":[{"rn":"x1")"));
}

TEST_CASE("an UPDATE changes, adds and removes attributes and counts the stateTag") {
  Caller caller;
  caller.makeTree();
  caller.clock.advance(seconds{5});
  CHECK(caller.update("CIsthmus", "cse-in/bar-1/c", R"({"m2m:cnt":{"mni":5,"lbl":["a","b"],"own":{"x":1}}})").status ==
        2004);
  const std::string changed = caller.get("CAdmin", "cse-in/bar-1/c").content;
  CHECK(Caller::valueIn(changed, "mni") == "5");
  CHECK(Caller::valueIn(changed, "lbl") == R"(["a","b"])");
  CHECK(Caller::valueIn(changed, "own") == R"({"x":1})");
  CHECK(Caller::valueIn(changed, "st") == "1");
  CHECK(Caller::valueIn(changed, "lt") == "\"20251122T115230,678\"");
  CHECK(caller.update("CIsthmus", "cse-in/bar-1/c", R"({"m2m:cnt":{"mni":null,"lbl":null,"own":null}})", {{"rcn", "9"}})
            .content == R"({"m2m:cnt":{"lt":"20251122T115230,678","cni":0,"cbs":0,"st":2}})");
  for (const char* const gone : {"mni", "lbl", "own"}) CHECK(caller.attribute("cse-in/bar-1/c", gone).empty());
  CHECK(caller.update("CIsthmus", "cse-in/bar-1/c", R"({"m2m:cnt":{}})", {{"rcn", "0"}}).content.empty());
}

TEST_CASE("a deleted resource takes everything below it along, and its name and id are free again") {
  Caller caller;
  caller.makeTree();
  caller.create("CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"rn":"x1","con":"1"}})");
  caller.create("CIsthmus", "cse-in/bar-1/c", kSub, R"({"m2m:sub":{"rn":"s","nu":["CIsthmus"]}})");
  const auto before = caller.cse.counters().resources;
  CHECK(caller.remove("CAdmin", "cse-in/bar-1").status == 2002);
  CHECK(caller.cse.counters().resources == before - 4);
  CHECK(caller.get("CAdmin", "cse-in/bar-1/c/x1").status == 4004);
  CHECK(
      caller.create("Cbar-1", "cse-in", kAe, R"({"m2m:ae":{"rn":"bar-1","api":"Nx","rr":true,"srv":["3"]}})").status ==
      2001);
  CHECK(caller.get("Cbar-1", "cse-in/bar-1/c").status == 4004);
}

TEST_CASE("deleting la or ol removes that contentInstance and shows it") {
  Caller caller;
  caller.makeTree();
  for (const char* const con : {"1", "2", "3"}) {
    caller.create("CIsthmus", "cse-in/bar-1/c", kCin, std::string(R"({"m2m:cin":{"con":)") + con + "}}");
  }
  CHECK(Caller::valueIn(caller.remove("CIsthmus", "cse-in/bar-1/c/la").content, "con") == "3");
  CHECK(caller.remove("CIsthmus", "cse-in/bar-1/c/ol", {{"rcn", "0"}}).content.empty());
  CHECK(caller.attribute("cse-in/bar-1/c/la", "con") == "2");
  CHECK(caller.attribute("cse-in/bar-1/c", "cni") == "1");
  CHECK(caller.attribute("cse-in/bar-1/c", "cbs") == "1");
}

TEST_CASE("a resource goes when its expirationTime has come") {
  Caller caller;
  caller.makeTree();
  CHECK(
      caller.create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"short","et":"20251122T115300"}})").status ==
      2001);
  caller.create("CIsthmus", "cse-in/bar-1/short", kCin, R"({"m2m:cin":{"rn":"x","con":"1"}})");
  CHECK(caller.get("CIsthmus", "cse-in/bar-1/short/x").status == 2000);
  caller.clock.advance(seconds{60});
  CHECK_FALSE(contains(caller.get("CIsthmus", "cse-in", {{"fu", "1"}}).content, "short"));
  CHECK(caller.get("CIsthmus", "cse-in/bar-1/short/x").status == 4004);
  CHECK(caller.create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"short"}})").status == 2001);
}

}  // namespace
}  // namespace isthmus::onem2m::testing
