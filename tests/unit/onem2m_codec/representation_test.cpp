#include "onem2m/codec/representation.h"

#include "onem2m/codec/answer.h"
#include "onem2m/codec/json_text.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;
using namespace std::string_literals;

namespace {

std::string jsonString(std::string_view text) {
  std::string out;
  appendJsonString(out, text);
  return out;
}

}  // namespace

TEST_CASE("text becomes a JSON string that any reader takes", "[spec:rfc8259-7]") {
  struct Row {
    std::string text;
    std::string json;
  };
  const auto row =
      GENERATE(values<Row>({{"", R"("")"},
                            {"21.5", R"("21.5")"},
                            {"a\"b\\c/d", R"("a\"b\\c/d")"},
                            {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
                            {"\x01\x1F"s, R"("\u0001\u001f")"},
                            {"nul\0in"s, R"("nul\u0000in")"},
                            {"del\x7F", "\"del\x7F\""},
                            {"Grüße °C 漢 😀", "\"Grüße °C 漢 😀\""},
                            {"cut \xC3", "\"cut \xEF\xBF\xBD\""},
                            {"\xC0\xAF overlong", "\"\xEF\xBF\xBD\xEF\xBF\xBD overlong\""},
                            {"\xED\xA0\x80 surrogate", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD surrogate\""},
                            {"\xFF\xFE", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""}}));
  CAPTURE(row.text);
  CHECK(jsonString(row.text) == row.json);
}

TEST_CASE("an AE says only what is set", "[spec:ts-0004-8.4]") {
  AeResource ae;
  ae.name = "bar-1";
  ae.appId = "Nisthmus.lwm2m";
  ae.appName = "urn:bar 1";
  ae.reachable = true;
  ae.pointsOfAccess = {"http://127.0.0.1:8481"};
  ae.releases = {"2a", "3"};
  ae.labels = {"Iwked-Technology:LWM2M", "Iwked-Entity-ID:urn:bar_1"};
  ae.policies = {"cse-in/isthmus/readers"};
  CHECK(toJson(ae) ==
        R"({"m2m:ae":{"rn":"bar-1","api":"Nisthmus.lwm2m","apn":"urn:bar 1","rr":true,"poa":["http://127.0.0.1:8481"],)"
        R"("srv":["2a","3"],"lbl":["Iwked-Technology:LWM2M","Iwked-Entity-ID:urn:bar_1"],)"
        R"("acpi":["cse-in/isthmus/readers"]}})");
  CHECK(toJson(AeResource{}) == R"({"m2m:ae":{}})");
  AeResource link;
  link.nodeLink = "nod1";
  CHECK(toJson(link) == R"({"m2m:ae":{"nl":"nod1"}})");
}

TEST_CASE("a policy lists who may do what", "[spec:ts-0004-8.4]") {
  const PolicyResource policy{"readers",
                              {{{"CIsthmus"}, acop::kAll}, {{"all"}, acop::kRetrieve | acop::kDiscovery}},
                              {{{"CIsthmus"}, acop::kAll}}};
  CHECK(toJson(policy) == R"({"m2m:acp":{"rn":"readers","pv":{"acr":[{"acor":["CIsthmus"],"acop":63},)"
                          R"({"acor":["all"],"acop":34}]},"pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})");
  const auto read = readPolicy(toJson(policy));
  REQUIRE(read);
  CHECK(read->privileges == policy.privileges);
  CHECK(read->selfPrivileges == policy.selfPrivileges);
}

TEST_CASE("nodes, containers, contentInstances and subscriptions", "[spec:ts-0004-8.4]") {
  CHECK(toJson(NodeResource{"bar-1.node", "bar-1", {"Cbar-1"}, {}, {"cse-in/isthmus/readers"}}) ==
        R"({"m2m:nod":{"rn":"bar-1.node","ni":"bar-1","hael":["Cbar-1"],"acpi":["cse-in/isthmus/readers"]}})");
  CHECK(toJson(ContainerResource{"0", {"a:b"}, {"p"}, 1000, 3600}) ==
        R"({"m2m:cnt":{"rn":"0","lbl":["a:b"],"acpi":["p"],"mni":1000,"mia":3600}})");
  CHECK(toJson(ContainerResource{"0", {}, {}, 0, 0}) == R"({"m2m:cnt":{"rn":"0"}})");
  const std::vector<std::string> labels = {"x:y"};
  CHECK(toJson(ContentInstance{"n", "21.5", "text/plain:0", &labels}) ==
        R"({"m2m:cin":{"rn":"n","cnf":"text/plain:0","lbl":["x:y"],"con":"21.5"}})");
  CHECK(toJson(ContentInstance{"n", "", "", nullptr}) == R"({"m2m:cin":{"rn":"n","con":""}})");
  CHECK(toJson(SubscriptionResource{"isthmus", {"CIsthmus"}, {3, 4}, 1, {"p"}}) ==
        R"({"m2m:sub":{"rn":"isthmus","nu":["CIsthmus"],"enc":{"net":[3,4]},"nct":1,"acpi":["p"]}})");
}
