#include "lwm2m/model/link.h"

#include <catch2/catch.hpp>

using namespace isthmus::lwm2m;

TEST_CASE("Attributes of a link are found by name") {
  const Link link{"/3", {{"ver", "1.1"}, {"obs", {}}, {"ver", "1.2"}}};
  CHECK(link.attribute("ver")->value == "1.1");
  CHECK_FALSE(link.attribute("obs")->value.has_value());
  CHECK(link.attribute("ct") == nullptr);
}
