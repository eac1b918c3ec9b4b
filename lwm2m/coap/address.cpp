#include "lwm2m/coap/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <net/if.h>
#include <type_traits>

namespace isthmus::lwm2m::coap {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};  // RFC 4291 2.5.5.2

constexpr std::string_view kSecure = "coaps://";

tl::unexpected<Error> notAnAddress(std::string_view text) {
  return fail(Errc::malformed, "not an address like 127.0.0.1:5683 or [::1]:5683", std::string(text));
}

template <class Integer>
bool parseDecimal(std::string_view digits, Integer& value) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return !digits.empty() && error == std::errc() && end == digits.data() + digits.size();
}

bool parseIpv6(std::string_view host, Address& address) {
  const std::size_t percent = host.find('%');
  if (percent != std::string_view::npos) {
    const std::string zone(host.substr(percent + 1));
    if (!parseDecimal(std::string_view(zone), address.scope)) address.scope = if_nametoindex(zone.c_str());
    if (address.scope == 0) return false;
  }
  return inet_pton(AF_INET6, std::string(host.substr(0, percent)).c_str(), address.ip.data()) == 1;
}

bool parseIpv4(std::string_view host, Address& address) {
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.ip.begin());
  return inet_pton(AF_INET, std::string(host).c_str(), address.ip.data() + kMappedPrefix.size()) == 1;
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  if (text.starts_with(kSecure)) {
    Result<Address> address = parse(text.substr(kSecure.size()));
    if (!address || address->transport != Transport::udp) return notAnAddress(text);
    address->transport = Transport::dtls;
    return address;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return notAnAddress(text);
  Address address;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool understood = bracketed ? parseIpv6(host, address) : parseIpv4(host, address);
  if (!understood || !parseDecimal(text.substr(colon + 1), address.port)) return notAnAddress(text);
  return address;
}

Address Address::ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint16_t port) {
  Address address;
  address.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d};
  address.port = port;
  return address;
}

bool Address::isIpv4() const { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin()); }

std::string Address::toString() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  const std::string head(transport == Transport::dtls ? kSecure : std::string_view());
  const std::string tail = ":" + std::to_string(port);
  if (isIpv4()) {
    inet_ntop(AF_INET, ip.data() + kMappedPrefix.size(), host.data(), host.size());
    return head + host.data() + tail;
  }
  inet_ntop(AF_INET6, ip.data(), host.data(), host.size());
  const std::string zone = scope == 0 ? "" : "%" + std::to_string(scope);
  return head + "[" + std::string(host.data()) + zone + "]" + tail;
}

std::uint64_t Address::hash(std::uint64_t seed) const {
  static_assert(std::has_unique_object_representations_v<Address>);
  Address identity = *this;
  identity.via = 0;
  return hash64(ByteView(reinterpret_cast<const std::uint8_t*>(&identity), sizeof(identity)), seed);
}

}  // namespace isthmus::lwm2m::coap
