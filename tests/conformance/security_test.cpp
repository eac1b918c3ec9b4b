#include "tests/conformance/bench.h"
#include "tests/conformance/raw_device.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::RegistrationState;
using lwm2m::Value;

namespace {

const Bytes kKey{1, 2, 3, 4, 5, 6, 7, 8}, kOther{8, 7, 6, 5, 4, 3, 2, 1};

ServerOptions known() {
  ServerOptions options;
  options.credentials = {{kDevice, "id-0", kKey}};
  return options;
}

struct SecureBench : Bench {
  explicit SecureBench(lwm2m::DeviceTraits traits = fullClient())
      : Bench(std::move(traits), known(), lwm2m::FleetKey{"id-0", kKey}) {}
};

// A device that does not come to be registered; true once the server has refused so many handshakes.
template <class F>
void checkRefused(lwm2m::FleetKey key, F failures) {
  ServerUnderTest server(known());
  Devices devices(server, fullClient(), std::move(key));
  const auto until = std::chrono::steady_clock::now() + seconds(60);
  while (server.keys(failures) == 0 && std::chrono::steady_clock::now() < until) {
    devices.advance(seconds(1));
    server.advance(seconds(1));  // a handshake by a wrong key ends by its deadline
  }
  CHECK(server.keys(failures) > 0);
  CHECK(!server.isRegistered(kDevice));
  CHECK(server.told().changes.empty());
}

}  // namespace

TEST_CASE("registered_device_with_psk_to_server_with_psk: and it is asked over its session",
          "[leshan:PskTest.registered_device_with_psk_to_server_with_psk][oma:401]") {
  SecureBench bench;
  CHECK(bench.server.registration(kDevice)->address.transport == lwm2m::coap::Transport::dtls);
  CHECK(bench.valueOf(read("/3/0/0")) == Value(std::string("Isthmus")));
  CHECK(bench.codeOf(writeOne("/3/0/14", "+02:00")) == "2.04");
  REQUIRE(bench.codeOf(observe("/3/0/15")) == "2.05");
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  bench.notifications("/3/0/15", 1);
  CHECK(*bench.device().send({at("/3/0/0")}) == 0x44);
}

TEST_CASE("registered_device_with_psk_to_server_with_psk_without_endpointname: its identity names it",
          "[leshan:PskTest.registered_device_with_psk_to_server_with_psk_without_endpointname]") {
  auto traits = fullClient();
  traits.namesItself = false;
  SecureBench bench(traits);
  CHECK(bench.server.isRegistered(kDevice));
}

TEST_CASE("register_update_deregister_reregister_device_with_psk_to_server_with_psk: a registration's life",
          "[leshan:PskTest.register_update_deregister_reregister_device_with_psk_to_server_with_psk]") {
  SecureBench bench;
  CHECK(*bench.device().update() == 0x44);
  CHECK(*bench.device().deregister() == 0x42);
  CHECK(!bench.server.isRegistered(kDevice));
  CHECK(*bench.device().registerAgain() == 0x41);
  bench.settle();
}

TEST_CASE("register_update_reregister_device_with_psk_to_server_with_psk: over a new session too",
          "[leshan:PskTest.register_update_reregister_device_with_psk_to_server_with_psk]") {
  SecureBench bench;
  CHECK(*bench.device().update() == 0x44);
  CHECK(*bench.device().registerAgain() == 0x41);
  bench.settle();
  REQUIRE(bench.device().reboot());
  REQUIRE(bench.server.await([](const Told& told) { return told.changes.size() >= 3; }));
  bench.settle();
}

TEST_CASE("registered_device_with_bad_psk_identity_to_server_with_psk: no session, no registration",
          "[leshan:PskTest.registered_device_with_bad_psk_identity_to_server_with_psk]") {
  checkRefused({"nobody", kKey}, [](const Keys& keys) { return keys.unknown; });
}

TEST_CASE("registered_device_with_bad_psk_key_to_server_with_psk: no session, no registration",
          "[leshan:PskTest.registered_device_with_bad_psk_key_to_server_with_psk]") {
  checkRefused({"id-0", kOther}, [](const Keys& keys) { return keys.wrong; });
}

TEST_CASE("registered_device_with_psk_and_bad_endpoint_to_server_with_psk: a session, and no registration",
          "[leshan:PskTest.registered_device_with_psk_and_bad_endpoint_to_server_with_psk]") {
  ServerOptions options;
  options.credentials = {{"another", "id-0", kKey}};
  ServerUnderTest server(std::move(options));
  Devices devices(server, fullClient(), lwm2m::FleetKey{"id-0", kKey});
  const auto until = std::chrono::steady_clock::now() + seconds(30);
  while (server.counters().refused == 0 && std::chrono::steady_clock::now() < until) devices.advance(milliseconds(100));
  CHECK(server.counters().refused > 0);
  CHECK(!server.isRegistered(kDevice));
}

TEST_CASE("registered_device_with_psk_identity_to_server_with_psk_then_remove_security_info: its session ends",
          "[leshan:PskTest.registered_device_with_psk_identity_to_server_with_psk_then_remove_security_info]") {
  SecureBench bench;
  bench.server.keys([](Keys& keys) {
    keys.remove(kDevice);
    return true;
  });
  const auto outcome = bench.ask(read("/3/0/0"));
  CHECK(!outcome);
  const auto updates = bench.server.counters().updates;
  const auto refused = bench.device().update();
  CHECK(!refused);
  CHECK(bench.server.counters().updates == updates);
}

TEST_CASE("register_then_update_on_different_endpoint, de-register and send: what came by DTLS is not changed without",
          "[leshan:MultiEndpointsTest.register_then_update_on_different_endpoint]"
          "[leshan:MultiEndpointsTest.register_then_deregister_on_different_endpoint]"
          "[leshan:MultiEndpointsTest.register_then_send_on_different_endpoint]") {
  SecureBench bench;
  const auto location = bench.device().state()->location;
  RawDevice other(bench.server.url());
  CHECK(other.post(location, {"lt=20"}, {}, std::nullopt).code == "4.00");
  CHECK(other.remove(location).code == "4.00");
  CHECK(other.post("/dp", {}, R"([{"n":"/3/0/15","vs":"x"}])", 110).code == "4.00");
  CHECK(other.post("/rd", {"ep=dev-0", "lt=300", "lwm2m=1.1", "b=U"}, "</3/0>").code.starts_with("4."));
  CHECK(bench.server.registration(kDevice)->lifetime == 86400);
  CHECK(bench.server.told().sends().empty());
  bench.settle();
}

TEST_CASE("can_send_notification_if_ip_changes_using_psk: who has proved itself may move, and is followed",
          "[leshan:DynamicIPObserveTest.can_send_notification_if_ip_changes_using_psk]"
          "[leshan:DynamicIPObserveTest.update_registration_on_notification_using_psk]") {
  SecureBench bench;
  REQUIRE(bench.codeOf(observe("/3/0/15")) == "2.05");
  const auto before = bench.server.registration(kDevice)->address;
  REQUIRE(bench.device().move());
  REQUIRE(bench.device().set(at("/3/0/15"), std::string("x")));
  bench.notifications("/3/0/15", 1);
  CHECK(!(bench.server.registration(kDevice)->address == before));
  bench.settle();
}

TEST_CASE("can_send_if_client_ip_changes_using_psk: who has proved itself may move, and is followed",
          "[leshan:DynamicIPSendTest.can_send_if_client_ip_changes_using_psk]"
          "[leshan:DynamicIPSendTest.update_registration_on_send_using_psk]") {
  SecureBench bench;
  const auto before = bench.server.registration(kDevice)->address;
  REQUIRE(bench.device().move());
  CHECK(*bench.device().send({at("/3/0/0")}) == 0x44);
  CHECK(!(bench.server.registration(kDevice)->address == before));
  bench.settle();
}
