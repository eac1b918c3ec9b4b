#include "ipe/proxy/changes.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::proxy;
using mapping::Report;

namespace {

const lwm2m::Path kPath(3303, 0, 5700);

// A device's values, a second apart unless said otherwise.
struct Values {
  bool pass(double number, seconds later = seconds(1)) {
    now += later;
    mapping::Mapping value = filter;
    value.fingerprint = static_cast<std::uint64_t>(number * 1000) + 7;
    if (value.deadband > 0) value.number = number;
    return changes.passes(kPath, value, now);
  }

  mapping::Mapping filter;
  Changes changes;
  Instant now{};
};

Values with(Report report, double deadband = 0, seconds minInterval = {}, seconds heartbeat = {}) {
  Values values;
  values.filter.report = report;
  values.filter.deadband = deadband;
  values.filter.minInterval = minInterval;
  values.filter.heartbeat = heartbeat;
  return values;
}

}  // namespace

TEST_CASE("Every report passes where nothing is to be held back") {
  auto values = with(Report::every);
  for (int i = 0; i < 3; ++i) CHECK(values.pass(21.5));
}

TEST_CASE("A value that is the last one's is held back until the heartbeat") {
  auto values = with(Report::onChange);
  CHECK(values.pass(21.5));
  CHECK_FALSE(values.pass(21.5));
  CHECK(values.pass(21.6));
  auto beating = with(Report::heartbeat, 0, {}, seconds(10));
  CHECK(beating.pass(21.5));
  CHECK_FALSE(beating.pass(21.5, seconds(9)));
  CHECK(beating.pass(21.5));
}

TEST_CASE("Within the deadband of the last value that went on, none does") {
  auto values = with(Report::every, 0.5);
  CHECK(values.pass(20));
  CHECK_FALSE(values.pass(20.4));
  CHECK_FALSE(values.pass(19.6));
  CHECK(values.pass(20.5));  // not 20.4 + 0.5: a slow drift is seen
  CHECK_FALSE(values.pass(20.9));
  CHECK(values.pass(-20));
}

TEST_CASE("A deadband does not hold back what is no number, save what did not change") {
  for (const auto report : {Report::every, Report::onChange}) {
    auto values = with(report, 0.5);
    CHECK(values.pass(20));
    mapping::Mapping text = values.filter;
    text.fingerprint = 5;
    CHECK(values.changes.passes(kPath, text, values.now));
    CHECK(values.changes.passes(kPath, text, values.now) == (report == Report::every));
    CHECK_FALSE(values.pass(20.1));
  }
}

TEST_CASE("Within the minimum interval nothing goes on, whatever it says") {
  auto values = with(Report::every, 0, seconds(60));
  CHECK(values.pass(20));
  CHECK_FALSE(values.pass(80, seconds(59)));
  CHECK(values.pass(80, seconds(1)));
  auto beating = with(Report::heartbeat, 0.5, seconds(60), seconds(120));
  CHECK(beating.pass(20));
  CHECK_FALSE(beating.pass(25));
  CHECK_FALSE(beating.pass(20.1, seconds(100)));
  CHECK(beating.pass(20.1, seconds(19)));
}

TEST_CASE("Each resource is compared with itself") {
  auto values = with(Report::onChange);
  CHECK(values.pass(20));
  mapping::Mapping same = values.filter;
  same.fingerprint = 20007;
  CHECK_FALSE(values.changes.passes(kPath, same, values.now));
  CHECK(values.changes.passes(lwm2m::Path(3303, 1, 5700), same, values.now));
}
