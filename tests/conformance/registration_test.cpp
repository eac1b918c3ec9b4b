#include "tests/conformance/bench.h"
#include "tests/conformance/raw_device.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::RegistrationState;
using lwm2m::Value;

namespace {

constexpr const char* kObjects = "</1/0>,</3/0>";

bool ended(const Told& told, RegistrationState how) {
  return !told.changes.empty() && told.changes.back().registration.state == how;
}

}  // namespace

TEST_CASE("register_update_deregister: a registration's life",
          "[leshan:RegistrationTest.register_update_deregister][oma:101][oma:103]") {
  Bench bench;
  const auto registration = bench.server.registration(kDevice);
  REQUIRE(registration);
  CHECK(registration->lifetime == 86400);
  CHECK(registration->lwm2mVersion == lwm2m::Version{1, 1});
  CHECK(registration->binding == "U");
  CHECK(!registration->queueMode);
  CHECK(registration->objectLinks.view().find("</3/0>") != std::string::npos);
  const auto location = bench.device().state()->location;
  CHECK(location.starts_with("/rd/"));
  CHECK(*bench.device().update() == 0x44);
  CHECK(bench.device().state()->location == location);
  CHECK(bench.server.isRegistered(kDevice));
  CHECK(*bench.device().deregister() == 0x42);
  CHECK(ended(bench.server.told(), RegistrationState::deregistered));
  CHECK(bench.codeOf(read("/3/0/0")).find("not registered") != std::string::npos);
}

TEST_CASE("A registration with a lifetime of 20 s lives by its Updates and expires without", "[oma:102]") {
  auto traits = fullClient();
  traits.lifetime = seconds(20);
  Bench bench(traits);
  CHECK(bench.server.registration(kDevice)->lifetime == 20);
  for (int i = 0; i < 3; ++i) {
    const auto before = bench.devices.fleet().stats().updates;
    bench.devices.advance(seconds(16));  // it updates at 60 to 80 % of its lifetime
    bench.settle();
    REQUIRE(bench.device().state());
    CHECK(bench.devices.fleet().stats().updates == before + 1);
    bench.server.advance(seconds(16));
    CHECK(bench.server.isRegistered(kDevice));
  }
  REQUIRE(bench.device().sleep());
  bench.server.advance(seconds(20) + lwm2m::ServerSettings{}.grace + seconds(1));
  CHECK(ended(bench.server.told(), RegistrationState::expired));
  CHECK(!bench.server.isRegistered(kDevice));
}

TEST_CASE("Registration Update Trigger brings an Update", "[oma:104]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/1/0/8")) == "2.04");
  bench.devices.advance(seconds(1));
  bench.settle();
  CHECK(bench.devices.fleet().stats().updates == 1);
  CHECK(bench.server.counters().updates == 1);
}

TEST_CASE("An Update of a registration that is gone gets 4.04, and the device registers again", "[oma:105]") {
  auto traits = fullClient();
  traits.lifetime = seconds(60);
  Bench bench(traits);
  const auto location = bench.device().state()->location;
  bench.server.advance(seconds(60) + lwm2m::ServerSettings{}.grace + seconds(1));
  REQUIRE(ended(bench.server.told(), RegistrationState::expired));
  CHECK(*bench.device().update() == 0x84);
  REQUIRE(bench.server.await([](const Told& told) { return ended(told, RegistrationState::registered); }));
  bench.settle();
  CHECK(bench.device().state()->location != location);
}

TEST_CASE("A written lifetime extends the registration", "[oma:107]") {
  auto traits = fullClient();
  traits.lifetime = seconds(60);
  Bench bench(traits);
  CHECK(bench.codeOf(writeOne("/1/0/1", 600)) == "2.04");
  bench.devices.advance(seconds(1));
  bench.settle();
  CHECK(bench.devices.fleet().stats().updates == 1);
  CHECK(bench.server.registration(kDevice)->lifetime == 600);
  bench.server.advance(seconds(500));
  CHECK(bench.server.isRegistered(kDevice));
  bench.server.advance(seconds(120));
  CHECK(!bench.server.isRegistered(kDevice));
}

TEST_CASE("Reboot ends in a new registration under the same name", "[oma:241]") {
  Bench bench;
  const auto before = bench.device().state();
  const auto first = bench.server.registration(kDevice)->location;
  CHECK(bench.codeOf(execute("/3/0/4")) == "2.04");
  bench.devices.advance(seconds(1));
  REQUIRE(bench.server.await([&](const Told& told) { return told.changes.back().registration.location != first; }));
  bench.settle();
  const auto after = bench.device().state();
  CHECK(after->location != before->location);
  CHECK(after->port != before->port);
  CHECK(bench.server.registration(kDevice)->endpoint == kDevice);
}

TEST_CASE("Disable makes a device leave, and it is back when its time is over") {
  Bench bench;
  REQUIRE(bench.codeOf(writeOne("/1/0/5", 3600)) == "2.04");
  CHECK(bench.codeOf(execute("/1/0/4")) == "2.04");
  bench.devices.advance(seconds(1));
  REQUIRE(bench.server.await([](const Told& told) { return ended(told, RegistrationState::deregistered); }));
  REQUIRE(bench.device().state());
  // The server is done before its answer has reached the device, which counts its time from there.
  REQUIRE(bench.server.await([](const Told& told) { return ended(told, RegistrationState::registered); },
                             [&] { bench.devices.advance(seconds(3601)); }));
}

TEST_CASE("deregister_cancel_multiple_pending_request: whoever waits is told that the device is gone",
          "[leshan:RegistrationTest.deregister_cancel_multiple_pending_request]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  const auto location = device.post("/rd", {"ep=raw", "lt=300", "lwm2m=1.1", "b=U"}, kObjects).location;
  auto first = server.begin("raw", read("/3/0/0")), second = server.begin("raw", read("/3/0/1"));
  device.awaits(RawDevice::kGet);
  CHECK(device.remove(location).code == "2.02");
  for (auto* waiting : {&first, &second}) {
    REQUIRE(waiting->wait_for(seconds(20)) == std::future_status::ready);
    const auto outcome = waiting->get();
    REQUIRE(!outcome);
    CHECK(outcome.error().code == Errc::unavailable);
  }
}

TEST_CASE("register_update_deregister_reregister: a new registration after the end of the old one",
          "[leshan:RegistrationTest.register_update_deregister_reregister]") {
  Bench bench;
  const auto first = bench.device().state()->location;
  CHECK(*bench.device().update() == 0x44);
  CHECK(*bench.device().deregister() == 0x42);
  CHECK(!bench.server.isRegistered(kDevice));
  CHECK(*bench.device().registerAgain() == 0x41);
  CHECK(bench.server.isRegistered(kDevice));
  CHECK(bench.device().state()->location != first);
  bench.settle();
}

TEST_CASE("register_update_reregister: a new registration takes the place of the old one",
          "[leshan:RegistrationTest.register_update_reregister]") {
  Bench bench;
  const auto first = bench.device().state()->location;
  CHECK(*bench.device().update() == 0x44);
  CHECK(*bench.device().registerAgain() == 0x41);
  CHECK(bench.device().state()->location != first);
  RawDevice other(bench.server.url());
  CHECK(other.post(first, {}, {}, std::nullopt).code == "4.04");
  bench.settle();
}

TEST_CASE("register_with_additional_attributes: what the server does not know it keeps",
          "[leshan:RegistrationTest.register_with_additional_attributes]") {
  auto traits = fullClient();
  traits.queries = {"key1=value1", "don't panic=42"};
  Bench bench(traits);
  const std::string kept(bench.server.registration(kDevice)->attributes.view());
  CHECK(kept.find("key1=value1") != std::string::npos);
  CHECK(kept.find("don't panic=42") != std::string::npos);
}

TEST_CASE("register_without_sending_endpoint: without credentials nothing else names the device",
          "[leshan:RegistrationTest.register_without_sending_endpoint]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  CHECK(device.post("/rd", {"lt=300", "lwm2m=1.1", "b=U"}, kObjects).code == "4.00");
  CHECK(device.post("/rd", {"ep=", "lt=300", "lwm2m=1.1", "b=U"}, kObjects).code == "4.00");
}

TEST_CASE("register_with_invalid_request: each with its code, and none leaves a registration",
          "[leshan:LockStepTest.register_with_invalid_request]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  CHECK(device.post("/rd", {"ep=raw", "lt=many", "lwm2m=1.1"}, kObjects).code == "4.00");
  CHECK(device.post("/rd", {"ep=raw", "lwm2m=one"}, kObjects).code == "4.00");
  CHECK(device.post("/rd", {"ep=raw", "lwm2m=7.7"}, kObjects).code == "4.12");
  CHECK(device.post("/rd", {"ep=raw", "lwm2m=1.1", "b=hello"}, kObjects).code == "4.00");
  CHECK(device.post("/rd", {"ep=raw", "lwm2m=1.1"}, "</1/0>;,").code == "4.00");
  CHECK(device.post("/rd/nowhere", {}, kObjects).code == "4.04");
  CHECK(device.remove("/rd/nowhere").code == "4.04");
  CHECK(server.told().changes.empty());
}

TEST_CASE("register_with_uq_binding_in_lw_1_0: queue mode as 1.0 says it",
          "[leshan:LockStepTest.register_with_uq_binding_in_lw_1_0]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  CHECK(device.post("/rd", {"ep=raw", "lt=300", "lwm2m=1.0", "b=UQ"}, kObjects).code == "2.01");
  CHECK(server.registration("raw")->queueMode);
  CHECK(server.registration("raw")->lwm2mVersion == lwm2m::Version{1, 0});
}

TEST_CASE("register_with_ut_binding_in_lw_1_1: several transports",
          "[leshan:LockStepTest.register_with_ut_binding_in_lw_1_1]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  CHECK(device.post("/rd", {"ep=raw", "lt=300", "lwm2m=1.1", "b=UT"}, kObjects).code == "2.01");
  CHECK(server.registration("raw")->binding == "UT");
  CHECK(!server.registration("raw")->queueMode);
}

TEST_CASE("register_update_with_invalid_binding_for_lw_1_1: refused, and the registration stays as it was",
          "[leshan:LockStepTest.register_update_with_invalid_binding_for_lw_1_1]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  const auto location = device.post("/rd", {"ep=raw", "lt=300", "lwm2m=1.1", "b=U"}, kObjects).location;
  CHECK(device.post(location, {"b=X"}, {}, std::nullopt).code == "4.00");
  CHECK(server.registration("raw")->binding == "U");
}

TEST_CASE("register_update_with_invalid_binding_for_lw_1_0: refused, and the registration stays as it was",
          "[leshan:LockStepTest.register_update_with_invalid_binding_for_lw_1_0]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  const auto location = device.post("/rd", {"ep=raw", "lt=300", "lwm2m=1.0", "b=U"}, kObjects).location;
  CHECK(device.post(location, {"b=XQ"}, {}, std::nullopt).code == "4.00");
  CHECK(server.registration("raw")->binding == "U");
}

TEST_CASE("sync_send_without_acknowleged, async_send_without_acknowleged: who asks is told that no answer came",
          "[leshan:LockStepTest.sync_send_without_acknowleged][leshan:LockStepTest.async_send_without_acknowleged]") {
  ServerUnderTest server;
  RawDevice device(server.url());
  REQUIRE(device.post("/rd", {"ep=raw", "lt=86400", "lwm2m=1.1", "b=U"}, kObjects).code == "2.01");
  auto outcome = server.begin("raw", read("/3/0/0"));
  device.awaits(RawDevice::kGet);
  while (outcome.wait_for(seconds(0)) != std::future_status::ready) server.advance(seconds(50));
  const auto ended = outcome.get();
  REQUIRE(!ended);
  CHECK(ended.error().code == Errc::timeout);
  CHECK(server.messages().retransmissions == 4);
}
