#include "onem2m/model/timestamp.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;

TEST_CASE("timestamps are read with and without a fraction, and only real ones") {
  CHECK(toTimestamp(*fromTimestamp("20261122T101226,160150")) == "20261122T101226,160");
  CHECK(toTimestamp(*fromTimestamp("20240229T235959")) == "20240229T235959,000");
  CHECK(toTimestamp(*fromTimestamp("19991231T000000,5")) == "19991231T000000,500");
  for (const char* const wrong : {"", "20261122", "20261122T10122", "20261122 101226", "20261322T101226",
                                  "20260230T101226", "20261122T241226", "20261122T101226,", "20261122T101226.5",
                                  "20261122T101226,1x", "-0261122T101226", "20261122T101226,1234567890"}) {
    INFO(wrong);
    CHECK_FALSE(fromTimestamp(wrong));
  }
}
