#include "onem2m/client/naming.h"

#include "ipe/base/bytes.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;

TEST_CASE("an endpoint's name loses a leading urn: and whatever a CSE could refuse") {
  struct Row {
    std::string endpoint;
    const char* name;
    bool changed;
  };
  const auto row = GENERATE(values<Row>({{"bar-1", "bar-1", false},
                                         {"urn:bar_1", "bar_1", false},
                                         {"urn:imei:490154203237518", "imei_490154203237518", true},
                                         {"urn:urn:x", "urn_x", true},
                                         {"URN:x", "URN_x", true},
                                         {"a.b~c/d e", "a_b_c_d_e", true},
                                         {"Gerät", "Ger__t", true},
                                         {std::string("a\0b", 3), "a_b", true},
                                         {"", "_", true},
                                         {"urn:", "_", true}}));
  CAPTURE(row.endpoint);
  const DeviceName name = sanitised(row.endpoint);
  CHECK(name.name == row.name);
  CHECK(name.changed == row.changed);
}

TEST_CASE("a name is told apart by the first digits of its endpoint's SHA-256") {
  CHECK(distinguished("imei_1", "urn:imei:1") == "imei_1-" + sha256Hex("urn:imei:1").substr(0, 8));
  CHECK(distinguished("x", "abc") == "x-ba7816bf");  // FIPS 180-4: the digest of "abc"
}

TEST_CASE("the commit time is read back from a name of ours, and from no other") {
  CHECK(commitTimeIn(instanceName(1763812345678, 1, "a1b2")) == WallTime(milliseconds(1'763'812'345'678)));
  for (const char* other :
       {"", "4-1763812345678", "1763812345678", "176381234567x-1", "-763812345678-1", "17638123456789-1"})
    CHECK(commitTimeIn(other) == std::nullopt);
}

TEST_CASE("an instance's name has a fixed width and sorts upward") {
  CHECK(instanceName(1763812345678, 1, "a1b2") == "1763812345678-0000000001-a1b2");
  CHECK(instanceName(1, 9'999'999'999, "r") == "0000000000001-9999999999-r");
  CHECK(instanceName(1763812345678, 9, "z") < instanceName(1763812345678, 10, "a"));
  CHECK(instanceName(1763812345678, 10, "z") < instanceName(1763812345679, 0, "a"));
}
