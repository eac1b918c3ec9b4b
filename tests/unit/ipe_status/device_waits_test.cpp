#include "ipe/status/device_waits.h"

#include "tests/unit/ipe_status/fake_devices.h"

#include <catch2/catch.hpp>

#include <future>

namespace isthmus::status {
namespace {

TEST_CASE("what nobody took up in time is told as a timeout, and is not wanted afterwards") {
  DeviceWaits waits(1);
  const auto wait = waits.begin();
  const auto wanted = wait->wanted();
  CHECK(wait->result(milliseconds(0)).error().code == Errc::timeout);
  CHECK_FALSE(wanted());
}

TEST_CASE("what was taken up is told by the word that follows, however late") {
  DeviceWaits waits(1);
  const auto wait = waits.begin();
  REQUIRE(wait->wanted()());
  auto result = std::async(std::launch::async, [&] { return wait->result(milliseconds(0)); });
  wait->progress()(FakeDevices::view("accepted"));
  const auto told = result.get();
  REQUIRE(told);
  CHECK(told->id == "3-17");
}

TEST_CASE("what was not taken up before the end is not wanted afterwards") {
  DeviceWaits waits(1);
  const auto wait = waits.begin();
  waits.close();
  CHECK_FALSE(wait->wanted()());
  CHECK(wait->result(milliseconds(0)).error().code == Errc::unavailable);
}

TEST_CASE("what is a command by the end is told as it stands") {
  DeviceWaits waits(1);
  const auto wait = waits.begin();
  REQUIRE(wait->wanted()());
  wait->progress()(FakeDevices::view("sent"));
  waits.close();
  const auto told = wait->result(seconds(20));
  REQUIRE(told);
  CHECK(told->state == "sent");
}

}  // namespace
}  // namespace isthmus::status
