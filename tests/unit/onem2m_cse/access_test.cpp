#include "tests/unit/onem2m_cse/caller.h"

#include <catch2/catch.hpp>

#include <string>

namespace isthmus::onem2m::testing {
namespace {

const char* const kInstance = R"({"m2m:cin":{"con":"21.5"}})";

// The steps of a proxy, in order, as ACME answered them.
TEST_CASE("an AE whose policy does not name it is locked out of itself, and the one it names is let in") {
  Caller caller;
  caller.makeTree();
  CHECK(caller.create("Cbar-1", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"d"}})").status == 4103);
  CHECK(caller.create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"d"}})").status == 2001);
}

TEST_CASE("acpi comes back as the policy's resource id") {
  Caller caller;
  caller.makeTree();
  CHECK(caller.attribute("cse-in/bar-1", "acpi") == "[" + caller.attribute("cse-in/isthmus/readers", "ri") + "]");
}

TEST_CASE("acpi is not inherited by a container, but a contentInstance has its container's") {
  Caller caller;
  caller.makeTree();
  caller.create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"private"}})");
  for (const char* const container : {"cse-in/bar-1/private", "cse-in/bar-1/c"})
    caller.create("CIsthmus", container, kCin, kInstance);
  CHECK(caller.get("Capp", "cse-in/bar-1/private/la").status == 4103);
  CHECK(caller.get("Capp", "cse-in/bar-1/private").status == 4103);
  CHECK(caller.get("CIsthmus", "cse-in/bar-1/private/la").status == 2000);
  CHECK(caller.get("Capp", "cse-in/bar-1/c/la").status == 2000);
}

TEST_CASE("an operator may post commands, a stranger and a reader may not") {
  Caller caller;
  caller.makeTree();
  CHECK(
      caller.create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"cmd","acpi":["cse-in/isthmus/operators"]}})")
          .status == 2001);
  CHECK(caller.create("Capp", "cse-in/bar-1/cmd", kCin, kInstance).status == 2001);
  CHECK(caller.create("Cother", "cse-in/bar-1/cmd", kCin, kInstance).status == 4103);
  CHECK(caller.create("Capp", "cse-in/bar-1/c", kCin, kInstance).status == 4103);
}

TEST_CASE("without acpi the creator has every right and nobody else has any") {
  Caller caller;
  caller.makeTree();
  caller.create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"own"}})");
  CHECK(caller.update("CIsthmus", "cse-in/bar-1/own", R"({"m2m:cnt":{"lbl":["a"]}})").status == 2004);
  CHECK(caller.get("Cbar-1", "cse-in/bar-1/own").status == 4103);
  CHECK(caller.remove("Cbar-1", "cse-in/bar-1/own").status == 4103);
  CHECK(caller.get("/id-in/CIsthmus", "cse-in/bar-1/own").status == 2000);
  CHECK(caller.get("CAdmin", "cse-in/bar-1/own").status == 2000);
  CHECK(caller.remove("CIsthmus", "cse-in/bar-1/own").status == 2002);
}

TEST_CASE("a policy is guarded by its own selfPrivileges, and an update of it counts at once") {
  Caller caller;
  caller.makeTree();
  CHECK(caller.get("Capp", "cse-in/isthmus/readers").status == 4103);
  CHECK(caller.get("Capp", "cse-in/bar-1/c").status == 2000);
  const char* const shut = R"({"m2m:acp":{"pv":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})";
  CHECK(caller.update("Capp", "cse-in/isthmus/readers", shut).status == 4103);
  CHECK(caller.update("CIsthmus", "cse-in/isthmus/readers", shut).status == 2004);
  CHECK(caller.get("Capp", "cse-in/bar-1/c").status == 4103);
  CHECK(caller.update("CIsthmus", "cse-in/isthmus/readers", R"({"m2m:acp":{"pv":{"acr":[{"acor":"all","acop":63}]}}})")
            .status == 4000);
  CHECK(caller.get("CIsthmus", "cse-in/bar-1/c").status == 2000);
}

TEST_CASE("only who the present policies' selfPrivileges name may change acpi") {
  Caller caller;
  caller.makeTree();
  const char* const body = R"({"m2m:ae":{"acpi":["cse-in/isthmus/operators"]}})";
  CHECK(caller.update("Cbar-1", "cse-in/bar-1", body).status == 4103);
  CHECK(caller.update("CIsthmus", "cse-in/bar-1", body).status == 2004);
  CHECK(caller.get("Cother", "cse-in/bar-1").status == 4103);
}

TEST_CASE("a deleted policy leaves every acpi, and the creator has the resource back") {
  Caller caller;
  caller.makeTree();
  CHECK(caller.get("Cbar-1", "cse-in/bar-1").status == 2000);  // as one of all
  CHECK(caller.remove("CIsthmus", "cse-in/isthmus/readers").status == 2002);
  CHECK(caller.attribute("cse-in/bar-1", "acpi").empty());
  CHECK(caller.get("CIsthmus", "cse-in/bar-1").status == 4103);
  CHECK(caller.create("Cbar-1", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"d"}})").status == 2001);
}

TEST_CASE("originators are matched by name, by star and by all; child types narrow CREATE") {
  Caller caller;
  caller.makeTree();
  caller.create(
      "CIsthmus", "cse-in/isthmus", kAcp,
      R"({"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Cfam*"],"acop":2},{"acor":["Cone"],"acop":1,"acod":[{"chty":[4]}]}]},)"
      R"("pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})");
  caller.create("CIsthmus", "cse-in/isthmus", kCnt, R"({"m2m:cnt":{"rn":"n","acpi":["cse-in/isthmus/p"]}})");
  CHECK(caller.get("Cfamily", "cse-in/isthmus/n").status == 2000);
  CHECK(caller.get("Cfam", "cse-in/isthmus/n").status == 2000);
  CHECK(caller.get("Cfa", "cse-in/isthmus/n").status == 4103);
  CHECK(caller.create("Cone", "cse-in/isthmus/n", kCin, kInstance).status == 2001);
  CHECK(caller.create("Cone", "cse-in/isthmus/n", kCnt, R"({"m2m:cnt":{}})").status == 4103);
  CHECK(caller.get("Cone", "cse-in/isthmus/n").status == 4103);
}

TEST_CASE("a subscription needs the right to retrieve as well") {
  Caller caller;
  caller.makeTree();
  caller.create(
      "CIsthmus", "cse-in/isthmus", kAcp,
      R"({"m2m:acp":{"rn":"w","pv":{"acr":[{"acor":["Cw"],"acop":1}]},"pvs":{"acr":[{"acor":["CIsthmus"],"acop":63}]}}})");
  caller.create("CIsthmus", "cse-in/isthmus", kCnt, R"({"m2m:cnt":{"rn":"n","acpi":["cse-in/isthmus/w"]}})");
  CHECK(caller.create("Cw", "cse-in/isthmus/n", kCin, kInstance).status == 2001);
  CHECK(caller.create("Cw", "cse-in/isthmus/n", kSub, R"({"m2m:sub":{"nu":["http://x/"]}})").status == 4103);
}

TEST_CASE("a discovery lists what its originator has the DISCOVERY right for") {
  Caller caller;
  caller.makeTree();
  caller.create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"private"}})");
  CHECK(caller.get("Capp", "cse-in", {{"fu", "1"}}).content == R"({"m2m:uril":["cse-in/bar-1","cse-in/bar-1/c"]})");
  CHECK(caller.get("Capp", "cse-in", {{"fu", "1"}, {"lbl", "bar"}}).content == R"({"m2m:uril":["cse-in/bar-1"]})");
  CHECK(contains(caller.get("CIsthmus", "cse-in", {{"fu", "1"}}).content, "cse-in/bar-1/private"));
}

}  // namespace
}  // namespace isthmus::onem2m::testing
