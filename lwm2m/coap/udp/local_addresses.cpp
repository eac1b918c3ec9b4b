#include "lwm2m/coap/udp/local_addresses.h"

namespace isthmus::lwm2m::coap {

std::uint8_t LocalAddresses::numberOf(const IpBytes& ip) {
  constexpr std::size_t kLimit = 0xFF;
  if (const IpBytes* latest = find(latest_); latest != nullptr && *latest == ip) return latest_;
  if (ip == IpBytes{}) return 0;
  if (const auto known = numbers_.find(ip); known != numbers_.end()) return latest_ = known->second;
  if (known_.size() == kLimit) return 0;
  known_.push_back(ip);
  latest_ = static_cast<std::uint8_t>(known_.size());
  numbers_.emplace(ip, latest_);
  return latest_;
}

}  // namespace isthmus::lwm2m::coap
