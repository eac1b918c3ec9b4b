#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;

namespace {

lwm2m::DeviceTraits sleeper() {
  auto traits = fullClient();
  traits.queueMode = true;
  return traits;
}

bool isAwake(Bench& bench) {
  return bench.server.call([](lwm2m::Server& server) { return server.awake(*server.devices().find(kDevice)); });
}

// Both sides let the same time pass.
void passes(Bench& bench, milliseconds time) {
  bench.devices.advance(time);
  bench.server.advance(time);
}

}  // namespace

TEST_CASE("Queue mode is registered with Q, and in enabler 1.0 with the binding", "[oma:108]") {
  Bench current(sleeper());
  CHECK(current.server.registration(kDevice)->queueMode);
  CHECK(current.server.registration(kDevice)->binding == "U");
  auto traits = sleeper();
  traits.enabler = {1, 0};
  Bench first(traits);
  CHECK(first.server.registration(kDevice)->queueMode);
}

TEST_CASE("What is asked of a sleeping device does not go on the air, and goes right after its Update",
          "[oma:109][leshan:QueueModeTest.correct_sending_when_awake]") {
  Bench bench(sleeper());
  passes(bench, seconds(94));
  REQUIRE(bench.device().state()->asleep);
  CHECK(!isAwake(bench));
  const auto sent = bench.server.messages().sent;
  const auto refused = bench.ask(read("/3/0/0"));
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::unavailable);
  CHECK(bench.server.messages().sent == sent);
  const auto later = std::make_shared<std::promise<Outcome>>();
  bench.server.whenAwake([&bench, later](const lwm2m::Registration&) {
    bench.server.whenAwake({});
    bench.server.operateNow(kDevice, read("/3/0/0"),
                            [later](Outcome answered) { later->set_value(std::move(answered)); });
  });
  CHECK(*bench.device().update() == 0x44);
  auto outcome = later->get_future();
  REQUIRE(outcome.wait_for(seconds(20)) == std::future_status::ready);
  CHECK(outcome.get()->code == lwm2m::coap::code::kContent);
  CHECK(bench.device().asked()->size() == 1);
}

TEST_CASE("awake_sleeping_awake_sleeping: by its Updates and its awake time",
          "[leshan:QueueModeTest.awake_sleeping_awake_sleeping]") {
  Bench bench(sleeper());
  for (int i = 0; i < 2; ++i) {
    CHECK(isAwake(bench));
    bench.settle();
    passes(bench, seconds(94));
    CHECK(!isAwake(bench));
    CHECK(bench.device().state()->asleep);
    CHECK(*bench.device().update() == 0x44);
  }
  CHECK(isAwake(bench));
}

TEST_CASE("one_awake_notification: told once, however often a device that is awake is heard",
          "[leshan:QueueModeTest.one_awake_notification]") {
  Bench bench(sleeper());
  passes(bench, seconds(94));
  const auto before = bench.server.told().awoken.size();
  CHECK(*bench.device().update() == 0x44);
  REQUIRE(bench.server.await([&](const Told& told) { return told.awoken.size() > before; }));
  CHECK(*bench.device().update() == 0x44);
  bench.settle();
  CHECK(bench.server.told().awoken.size() == before + 1);
}

TEST_CASE("sleeping_if_timeout: who does not answer sleeps", "[leshan:QueueModeTest.sleeping_if_timeout]") {
  Bench bench(sleeper());
  bench.server.call([](lwm2m::Server& server) {
    server.setAwakeTime(*server.devices().find(kDevice), seconds(86400));
    return true;
  });
  REQUIRE(*bench.device().update() == 0x44);
  REQUIRE(bench.device().sleep());
  CHECK(isAwake(bench));
  auto outcome = bench.server.begin(kDevice, read("/3/0/0"));
  while (outcome.wait_for(seconds(0)) != std::future_status::ready) bench.server.advance(seconds(50));
  CHECK(outcome.get().error().code == Errc::timeout);
  CHECK(!isAwake(bench));
}
