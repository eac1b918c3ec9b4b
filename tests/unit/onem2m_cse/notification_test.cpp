#include "tests/unit/onem2m_cse/caller.h"

#include <catch2/catch.hpp>

#include <string>

namespace isthmus::onem2m::testing {
namespace {

class Notified : public Caller {
 public:
  Notified() {
    makeTree();
    cse.notifyTo([this](CseNotification notification) { sent.push_back(std::move(notification)); });
  }
  std::string subscribe(const std::string& to, const std::string& rest) {
    return create("CIsthmus", to, kSub, R"({"m2m:sub":{"rn":"s",)" + rest + "}}").content;
  }
  std::vector<CseNotification> sent;
};

TEST_CASE("a new contentInstance is told to the AE that subscribed, at its point of access") {
  Notified notified;
  const std::string subscription =
      notified.subscribe("cse-in/bar-1/c", R"("nu":["CIsthmus"],"enc":{"net":[3]},"nct":1)");
  notified.create("CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"rn":"x","con":"1"}})");
  REQUIRE(notified.sent.size() == 1);
  const CseNotification& sent = notified.sent[0];
  CHECK(sent.urls == std::vector<std::string>{"http://127.0.0.1:9/CIsthmus"});
  CHECK(sent.from == "/id-in");
  CHECK(sent.releaseVersion == "3");
  CHECK_FALSE(sent.requestId.empty());
  CHECK(sent.content.starts_with(R"({"m2m:sgn":{"nev":{"net":3,"rep":{"m2m:cin":{"rn":"x",)"));
  const std::string id = Caller::valueIn(subscription, "ri");
  CHECK(sent.content.ends_with(R"(}}},"sur":"/id-in/)" + id.substr(1) + "}}"));
}

TEST_CASE("what is told follows net, chty, atr and nct") {
  struct Row {
    const char* criteria;
    std::vector<const char*> told;  // the start of each rep
  };
  const Row rows[] = {
      {R"("nu":["http://h/p"])", {R"("net":1,"rep":{"m2m:cnt":{"rn":"c")"}},
      {R"("nu":["http://h/p"],"enc":{"net":[3]})",
       {R"("net":3,"rep":{"m2m:cin":{"rn":"x")", R"("net":3,"rep":{"m2m:cnt":{"rn":"y")"}},
      {R"("nu":["http://h/p"],"enc":{"net":[3],"chty":[4]})", {R"("net":3,"rep":{"m2m:cin":{"rn":"x")"}},
      {R"("nu":["http://h/p"],"enc":{"net":[4]})", {R"("net":4,"rep":{"m2m:cnt":{"rn":"y")"}},
      {R"("nu":["http://h/p"],"enc":{"net":[3,4]},"nct":3)",
       {R"("net":3,"rep":{"m2m:uri":"cse-in/bar-1/c/x"})", R"("net":3,"rep":{"m2m:uri":"cse-in/bar-1/c/y"})",
        R"("net":4,"rep":{"m2m:uri":"cse-in/bar-1/c/y"})"}},
      {R"("nu":["http://h/p"],"enc":{"net":[1]},"nct":2)", {R"("net":1,"rep":{"m2m:cnt":{"lbl":["new"]}})"}},
      {R"("nu":["http://h/p"],"enc":{"net":[7]})", {}},  // asked before, see below
      {R"("nu":["http://h/p"],"enc":{"net":[1],"atr":["mni"]})", {}},
      {R"("nu":["http://h/p"],"enc":{"net":[1],"atr":["lbl"]})", {R"("net":1,"rep":{"m2m:cnt":{"rn":"c")"}},
      {R"("nu":["http://h/p"],"enc":{"net":[2]})", {R"("net":2,"rep":{"m2m:cnt":{"rn":"c")"}},
  };
  for (const Row& row : rows) {
    INFO(row.criteria);
    Notified notified;
    notified.subscribe("cse-in/bar-1/c", row.criteria);
    notified.create("CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"rn":"x","con":"1"}})");
    notified.create("CIsthmus", "cse-in/bar-1/c", kCnt, R"({"m2m:cnt":{"rn":"y"}})");
    notified.update("CIsthmus", "cse-in/bar-1/c", R"({"m2m:cnt":{"lbl":["new"]}})");
    notified.remove("CIsthmus", "cse-in/bar-1/c/y");
    notified.remove("CIsthmus", "cse-in/bar-1/c");
    REQUIRE(notified.sent.size() == row.told.size());
    for (std::size_t i = 0; i < row.told.size(); ++i) CHECK(contains(notified.sent[i].content, row.told[i]));
  }
}

TEST_CASE("a deleted subscription says so to its targets and is silent from then on") {
  Notified notified;
  notified.subscribe("cse-in/bar-1/c", R"("nu":["CIsthmus","http://h/p"],"enc":{"net":[3]})");
  notified.remove("CIsthmus", "cse-in/bar-1/c/s");
  REQUIRE(notified.sent.size() == 2);
  CHECK(notified.sent[0].content.starts_with(R"({"m2m:sgn":{"sud":true,"sur":"/id-in/sub)"));
  CHECK(notified.sent[1].urls == std::vector<std::string>{"http://h/p"});
  notified.create("CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"con":"1"}})");
  CHECK(notified.sent.size() == 2);
}

TEST_CASE("a flexContainer tells its updates, and an update of the subscription moves the target") {
  Notified notified;
  notified.create("CIsthmus", "cse-in/bar-1", kFcnt,
                  R"({"cod:tempe":{"rn":"t","cnd":"org.onem2m.common.moduleclass.temperature","curT0":1}})");
  notified.subscribe("cse-in/bar-1/t", R"("nu":["http://h/p"],"enc":{"net":[1]},"nct":2)");
  notified.update("CIsthmus", "cse-in/bar-1/t", R"({"cod:tempe":{"curT0":22.5}})");
  notified.update("CIsthmus", "cse-in/bar-1/t/s", R"({"m2m:sub":{"nu":["http://other/"]}})");
  notified.update("CIsthmus", "cse-in/bar-1/t", R"({"cod:tempe":{"curT0":23}})");
  REQUIRE(notified.sent.size() == 2);
  CHECK(contains(notified.sent[0].content, R"("rep":{"cod:tempe":{"curT0":22.5}})"));
  CHECK(notified.sent[1].urls == std::vector<std::string>{"http://other/"});
  CHECK(notified.attribute("cse-in/bar-1/t", "st") == "2");
}

TEST_CASE("an update that a subscription wants to be asked about is told before it is done, and not to its creator's") {
  Notified notified;
  notified.subscribe("cse-in/bar-1/c", R"("nu":["CIsthmus"],"enc":{"net":[7],"atr":["lbl"]})");
  const auto update = [](const std::string& from, const std::string& content) {
    return RequestPrimitive{Operation::update, "cse-in/bar-1/c", from, "r1", "3", std::nullopt, {}, content};
  };
  const auto asked = notified.cse.blockingUpdate(update("CAdmin", R"({"m2m:cnt":{"lbl":["new"]}})"));
  REQUIRE(asked);
  CHECK(asked->urls == std::vector<std::string>{"http://127.0.0.1:9/CIsthmus"});
  CHECK(asked->from == "CAdmin");
  CHECK(contains(asked->content, R"("nev":{"net":7,"rep":{"m2m:cnt":{"lbl":["new"]}}})"));
  CHECK(notified.attribute("cse-in/bar-1/c", "lbl").empty());
  CHECK_FALSE(notified.cse.blockingUpdate(update("CAdmin", R"({"m2m:cnt":{"mni":5}})")));          // another attribute
  CHECK_FALSE(notified.cse.blockingUpdate(update("CIsthmus", R"({"m2m:cnt":{"lbl":["new"]}})")));  // its creator
  CHECK_FALSE(notified.cse.blockingUpdate(update("Cother", R"({"m2m:cnt":{"lbl":["new"]}})")));    // who may not
  CHECK_FALSE(notified.cse.blockingUpdate(update("CAdmin", "{")));
}

TEST_CASE("the targets of a new subscription are to be verified, but for its creator") {
  Notified notified;
  const auto asked = [&](const std::string& from, const std::string& targets) {
    return notified.cse.verifications({Operation::create,
                                       "cse-in/bar-1/c",
                                       from,
                                       "r1",
                                       "3",
                                       kSub,
                                       {},
                                       R"({"m2m:sub":{"rn":"s","nu":)" + targets + "}}"});
  };
  const auto two = asked("CIsthmus", R"(["CIsthmus","http://h/p"])");
  REQUIRE(two.size() == 1);
  CHECK(two.front().urls == std::vector<std::string>{"http://h/p"});
  CHECK(two.front().content == R"({"m2m:sgn":{"vrq":true,"sur":"/id-in/cse-in/bar-1/c","cr":"CIsthmus"}})");
  CHECK(asked("Cother", R"(["http://h/p"])").empty());  // is refused anyhow
}

TEST_CASE("an AE that has lost its point of access is not told") {
  Notified notified;
  notified.subscribe("cse-in/bar-1/c", R"("nu":["CIsthmus"],"enc":{"net":[3]})");
  notified.update("CIsthmus", "cse-in/isthmus", R"({"m2m:ae":{"poa":null}})");
  notified.create("CIsthmus", "cse-in/bar-1/c", kCin, R"({"m2m:cin":{"con":"1"}})");
  CHECK(notified.sent.empty());
}

}  // namespace
}  // namespace isthmus::onem2m::testing
