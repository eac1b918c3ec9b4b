#include "onem2m/mqtt/topics.h"

#include <catch2/catch.hpp>

using namespace isthmus::onem2m;

TEST_CASE("identifiers become levels of a topic") {
  CHECK(topicId("/id-in") == "id-in");
  CHECK(topicId("CAE1") == "CAE1");
  CHECK(topicId("/id-in/CAE1") == "id-in:CAE1");
  CHECK(topicId("//sp.example/id-in/CAE1") == ":sp.example:id-in:CAE1");
}

TEST_CASE("topics are written and read back, with and without something before them") {
  for (const char* const prefix : {"", "site/1"}) {
    for (const auto kind : {Topic::Kind::request, Topic::Kind::response}) {
      for (const auto each : {Serialisation::json, Serialisation::xml, Serialisation::cbor}) {
        const std::string text = topicText(prefix, {kind, "CAE1", "id-in", each});
        INFO(text);
        const auto topic = parseTopic(prefix, text);
        REQUIRE(topic);
        CHECK(topic->kind == kind);
        CHECK(topic->originator == "CAE1");
        CHECK(topic->receiver == "id-in");
        CHECK(topic->serialisation == each);
      }
    }
  }
  CHECK(topicText("", {Topic::Kind::request, "CAE1", "id-in", Serialisation::cbor}) == "/oneM2M/req/CAE1/id-in/cbor");
  CHECK(topicFilter("a", Topic::Kind::response, "CAE1", "+") == "a/oneM2M/resp/CAE1/+/#");
}

TEST_CASE("what is no topic of oneM2M is told from one") {
  CHECK(parseTopic("", "/oneM2M/resp/CAE1/Mobius2")->serialisation == Serialisation::json);
  for (const char* const other :
       {"", "/", "/oneM2M", "/oneM2M/req", "/oneM2M/req/a", "/oneM2M/req//b/json", "/oneM2M/reg_req/a/b/json",
        "/oneM2M/req/a/b/yaml", "/oneM2M/req/a/b/json/c", "oneM2M/req/a/b/json", "x/oneM2M/req/a/b/json"}) {
    INFO(other);
    CHECK_FALSE(parseTopic("", other));
  }
  CHECK_FALSE(parseTopic("x", "/oneM2M/req/a/b/json"));
}
