#include "lwm2m/coap/address.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m::coap {

TEST_CASE("An address is written as it is read") {
  for (const std::string_view text :
       {"127.0.0.1:5683", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:5683", "[::]:0", "[2001:db8::1]:61616",
        "[fe80::1%2]:5683", "coaps://127.0.0.1:5684", "coaps://[::1]:5684"}) {
    INFO(text);
    const auto address = Address::parse(text);
    REQUIRE(address);
    CHECK(address->toString() == text);
    CHECK(address->isIpv4() == (text.find('[') == std::string_view::npos));
  }
}

TEST_CASE("What is no address is refused by name") {
  for (const std::string_view text : {"",
                                      "127.0.0.1",
                                      ":5683",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "127.0.0.1:5683x",
                                      "127.0.0:1",
                                      "host:5683",
                                      "::1:5683",
                                      "[::1]",
                                      "[::1:5683",
                                      "[]:1",
                                      "[::g]:1",
                                      "[fe80::1%]:1",
                                      "[fe80::1%nosuchcard]:1",
                                      "[127.0.0.1]:1",
                                      " 127.0.0.1:1",
                                      "coap://127.0.0.1:1",
                                      "coaps://",
                                      "coaps://127.0.0.1",
                                      "coaps://coaps://127.0.0.1:1"}) {
    INFO(text);
    const auto address = Address::parse(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().code == Errc::malformed);
    CHECK(address.error().where == text);
  }
}

TEST_CASE("A device has one address whether its IPv4 came plain or mapped into IPv6") {
  CHECK(Address::parse("[::ffff:192.0.2.1]:5683").value() == Address::ipv4(192, 0, 2, 1, 5683));
  CHECK(Address::parse("[::ffff:192.0.2.1]:5683")->toString() == "192.0.2.1:5683");
}

TEST_CASE("Address, port, interface and transport tell peers apart; the address they spoke to does not") {
  const Address one = Address::parse("[fe80::1%2]:5683").value();
  Address other = one;
  other.via = 3;
  CHECK(other == one);
  CHECK(other.hash() == one.hash());
  CHECK(other.hash(7) == one.hash(7));
  CHECK(one.hash(7) != one.hash(8));
  for (const std::string_view text :
       {"[fe80::1%3]:5683", "[fe80::1%2]:5684", "[fe80::2%2]:5683", "coaps://[fe80::1%2]:5683"}) {
    INFO(text);
    CHECK_FALSE(Address::parse(text).value() == one);
    CHECK(Address::parse(text)->hash() != one.hash());
  }
}

}  // namespace isthmus::lwm2m::coap
