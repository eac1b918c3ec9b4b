#pragma once

#include "ipe/base/bytes.h"
#include "lwm2m/coap/udp/socket_address.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace isthmus::lwm2m::coap {

// Our own addresses that devices spoke to, numbered from 1 as they come up, up to 255 of them; 0 stands for
// "not known".
class LocalAddresses {
 public:
  std::uint8_t numberOf(const IpBytes& ip);
  const IpBytes* find(std::uint8_t number) const {
    return number == 0 || number > known_.size() ? nullptr : &known_[number - 1U];
  }

 private:
  struct Hash {
    std::size_t operator()(const IpBytes& ip) const { return hash64(ip); }
  };
  std::vector<IpBytes> known_;
  std::unordered_map<IpBytes, std::uint8_t, Hash> numbers_;
  std::uint8_t latest_ = 0;  // most datagrams come to the same address
};

}  // namespace isthmus::lwm2m::coap
