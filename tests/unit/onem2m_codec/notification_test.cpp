#include "onem2m/codec/notification.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;

namespace {

const std::string kCreated =
    R"({"m2m:sgn":{"nev":{"rep":{"m2m:cin":{"con":"{\"op\":\"read\"}","cnf":"application/json","ct":"20261122T101226,160150",)"
    R"("ri":"4-1","rn":"c1","st":7,"cr":"Capp"}},"net":3},"sur":"/id-in/sub12","cr":"CIsthmus"}})";

std::string reason(std::string_view json) {
  const auto read = readNotifications(json);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Errc::malformed);
  return read.error().text();
}

}  // namespace

TEST_CASE("a created contentInstance is told with its subscription, its name and its content") {
  const auto read = readNotifications(kCreated);
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  const Notification& one = read->front();
  CHECK(one.subscription == "/id-in/sub12");
  CHECK(one.creator == "CIsthmus");
  CHECK_FALSE(one.verification);
  CHECK(one.event == net::kChildCreated);
  REQUIRE(one.resource);
  CHECK(one.resource->root == "m2m:cin");
  CHECK(one.resource->id == "4-1");
  CHECK(one.resource->name == "c1");
  CHECK(one.resource->creator == "Capp");
  CHECK(one.resource->stateTag == 7);
  CHECK(one.resource->content == R"({"op":"read"})");
}

TEST_CASE("CSEs write notifications differently, and mean the same") {
  struct Row {
    const char* what;
    const char* json;
  };
  const Row rows[] = {
      {"tinyIoT: every number is a double, no CSE-ID",
       R"({"m2m:sgn":{"nev":{"net":3.0,"rep":{"m2m:cin":{"rn":"c1","con":"x","cr":null,"st":2.0}}},"sur":"a/b"}})"},
      {"Mobius: net after rep, rvi inside",
       R"({"m2m:sgn":{"sur":"a/b","rvi":"2a","nev":{"rep":{"m2m:cin":{"rn":"c1","con":"x","st":"2"}},"net":"3"}}})"},
      {"without prefixes", R"({"sgn":{"sur":"a/b","nev":{"net":3,"rep":{"cin":{"rn":"c1","con":"x","st":2}}}}})"},
      {"a list of one",
       R"({"m2m:sgn":[{"sur":"a/b","nev":{"net":3,"rep":{"m2m:cin":{"rn":"c1","con":"x","st":2}}}}]})"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto read = readNotifications(row.json);
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    CHECK(read->front().subscription == "a/b");
    CHECK(read->front().event == 3);
    CHECK(read->front().resource->name == "c1");
    CHECK(read->front().resource->content == "x");
    CHECK(read->front().resource->stateTag == 2);
  }
}

TEST_CASE("a content that is no string comes as JSON") {
  const auto read = readNotifications(
      R"({"m2m:sgn":{"sur":"s","nev":{"net":3,"rep":{"m2m:cin":{"con":{"op":"read","path":"/3/0"}}}}}})");
  REQUIRE(read);
  CHECK(read->front().resource->content == R"({"op":"read","path":"/3/0"})");
}

TEST_CASE("an update tells the changed attributes") {
  const auto read =
      readNotifications(R"({"m2m:sgn":{"sur":"s","nev":{"net":7,"rep":{"cod:tempe":{"curT0":22.5,"on":false}}}}})");
  REQUIRE(read);
  CHECK(read->front().event == net::kBlockingUpdate);
  CHECK(read->front().resource->root == "cod:tempe");
  using Pair = std::pair<std::string, std::string>;
  CHECK(read->front().resource->attributes == std::vector<Pair>{{"curT0", "22.5"}, {"on", "false"}});
}

TEST_CASE("nct 3 tells only which resource") {
  const auto read = readNotifications(R"({"m2m:sgn":{"sur":"s","nev":{"net":4,"rep":{"m2m:uri":"cse-in/a/sub"}}}})");
  REQUIRE(read);
  CHECK(read->front().resource->id == "cse-in/a/sub");
}

TEST_CASE("verification requests and deleted subscriptions are known") {
  const auto verification = readNotifications(R"({"m2m:sgn":{"vrq":true,"sur":"/id-in/s","cr":"CIsthmus"}})");
  REQUIRE(verification);
  CHECK(verification->front().verification);
  CHECK_FALSE(verification->front().resource);
  const auto deleted = readNotifications(R"({"m2m:sgn":{"sud":true,"sur":"/id-in/s","nev":{"net":2.0}}})");
  REQUIRE(deleted);
  CHECK(deleted->front().subscriptionDeleted);
}

TEST_CASE("a batch holds its notifications in order, wrapped or bare") {
  const auto json = GENERATE(as<std::string>(), R"({"m2m:agn":{"m2m:sgn":[{"sur":"a"},{"sur":"b"}]}})",
                             R"({"m2m:agn":[{"m2m:sgn":{"sur":"a"}},{"m2m:sgn":{"sur":"b"}}]})",
                             R"({"agn":[{"sur":"a"},{"sur":"b"}]})");
  const auto read = readNotifications(json);
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK(read->at(0).subscription == "a");
  CHECK(read->at(1).subscription == "b");
}

TEST_CASE("what is no notification is refused with the place of the fault") {
  CHECK(reason("") == "The document is empty. (offset 0)");
  CHECK(reason("[]") == "neither m2m:sgn nor m2m:agn");
  CHECK(reason(R"({"m2m:cin":{}})") == "neither m2m:sgn nor m2m:agn");
  CHECK(reason(R"({"m2m:sgn":1})") == "a notification is an object (/m2m:sgn)");
  CHECK(reason(R"({"m2m:sgn":{}})") == "the subscription is not named (/m2m:sgn/sur)");
  CHECK(reason(R"({"m2m:sgn":{"sur":"s","nev":[]}})") == "a notificationEvent is an object (/m2m:sgn/nev)");
  CHECK(reason(R"({"m2m:sgn":{"sur":"s","nev":{"net":"x"}}})") == "no notificationEventType (/m2m:sgn/nev/net)");
  CHECK(reason(R"({"m2m:sgn":{"sur":"s","nev":{"rep":4}}})") == "a representation is an object (/m2m:sgn/nev/rep)");
  CHECK(reason(R"({"m2m:agn":[{"sur":"a"},{"m2m:sgn":{}}]})") == "the subscription is not named (/m2m:agn/1/sur)");
}

TEST_CASE("every truncation of a notification is refused") {
  for (std::size_t length = 0; length < kCreated.size(); ++length)
    CHECK_FALSE(readNotifications(std::string_view(kCreated).substr(0, length)));
}
