#pragma once

#include "ipe/base/result.h"
#include "lwm2m/model/value.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isthmus::lwm2m {

// LwM2M Gateway: an instance for each end device.
inline constexpr std::array<Path, 1> kEndDevices{Path(25)};

// A device behind a gateway, as an instance of /25 names it (LwM2M Gateway 1.1).
struct EndDevice {
  std::string id;       // part of its endpoint name here: <gateway>/<id>
  std::string prefix;   // first path segment of whatever is asked of it
  std::string objects;  // its object list, as in a Register
  bool operator==(const EndDevice&) const = default;
};

// The end devices that the whole of /25 names. One without an id or with a prefix that no request could carry (empty,
// a slash in it, or only digits, which would be an object of the gateway's own), and the later one of a prefix given
// twice, are left out.
std::vector<EndDevice> endDevicesOf(std::span<const Record> records);

// Which devices stand behind which gateway, by index. Few devices are gateways.
class Gateways {
 public:
  void add(std::uint32_t gateway, std::uint32_t device);
  void remove(std::uint32_t gateway, std::uint32_t device);
  std::vector<std::uint32_t> behind(std::uint32_t gateway) const;
  bool has(std::uint32_t gateway) const { return devices_.contains(gateway); }

  // All that is asked of end devices goes through one gateway, so one of them is observed at a time. False: another one
  // is; this one waits.
  bool enter(std::uint32_t gateway, std::uint32_t device);
  // The device that entered is done, if it did; the next one, which has entered now and must leave in its turn, also
  // when it does not stand behind the gateway any more.
  std::optional<std::uint32_t> leave(std::uint32_t device);

 private:
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> devices_;
  std::unordered_map<std::uint32_t, std::deque<std::uint32_t>> waiting_;  // by gateway that a device has entered
  std::unordered_map<std::uint32_t, std::uint32_t> entered_;              // gateways by device
};

}  // namespace isthmus::lwm2m
