#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/flat_index.h"
#include "lwm2m/codec/link_format.h"
#include "lwm2m/server/format_set.h"
#include "lwm2m/server/registration.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// What few devices have, kept apart so that the others do not pay for it.
struct DeviceExtras {
  std::string rootPath;
  std::vector<ObjectVersion> versions;
  std::optional<seconds> awakeTime;
};

inline constexpr std::uint16_t kNoSlot = 0xFFFF;

// A device, registered or remembered.
struct Device {
  Registration registration;
  Instant expires{};                          // of the registration; meaningless for lifetime 0
  Instant awakeUntil{};                       // in queue mode
  std::uint16_t nextSlot = 0;                 // of registration.observations: those below are set up
  ContentFormat accept = ContentFormat::tlv;  // what it is asked to answer in
  FormatSet formats;                          // that it says it has
  bool missed = false;                        // something was to be asked while it could not be reached
  bool woken = false;                         // the listener is to be told
  bool observing = false;                     // an Observe is queued or under way
  bool oneByOne = false;                      // it refused an Observe-Composite since it registered
  std::uint16_t unheard = kNoSlot;            // its Observe went unanswered
  std::unique_ptr<DeviceExtras> extras;
};

// All devices ever seen, by index, endpoint name, location and, while registered, network address, each in O(1). In
// memory, devices do not move.
class DeviceTable {
 public:
  // Index of the endpoint's device; a new one is added.
  std::uint32_t obtain(std::string_view endpoint);
  std::optional<std::uint32_t> find(std::string_view endpoint) const;
  // The device that came last to this address.
  std::optional<std::uint32_t> findByAddress(const coap::Address& address) const;

  // A device as it was stored; its index may lie beyond what is known, the gap stays unused.
  Device& restore(Registration registration);
  // The device is at this address now.
  void moveTo(Device& device, const coap::Address& address);
  // The device is at no address any more.
  void leave(Device& device);
  // The device is gone for good; its index is not used again.
  void forget(std::uint32_t index);

  Device* at(std::uint32_t index);  // null: no such device
  const Device* at(std::uint32_t index) const;
  std::size_t size() const { return devices_.size(); }  // indexes given, also to devices that are gone

 private:
  std::uint64_t hashAt(std::uint32_t index) const { return hash64(devices_[index].registration.endpoint); }

  std::deque<Device> devices_;
  FlatIndex byEndpoint_, byAddress_;
};

// The last segment of a location: the device's index and 24 bits of the registration's own, in base 62.
std::string locationName(std::uint32_t device, std::uint32_t location);
struct Location {
  std::uint32_t device = 0;
  std::uint32_t location = 0;
};
std::optional<Location> parseLocation(std::string_view name);
inline constexpr std::uint32_t kLocationMask = 0xFFFFFF;

}  // namespace isthmus::lwm2m
