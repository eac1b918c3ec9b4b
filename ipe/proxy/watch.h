#pragma once

#include "ipe/base/clock.h"
#include "ipe/proxy/journal.h"
#include "lwm2m/model/path.h"

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace isthmus::proxy {

// The last value of one path, as somebody watching sees it.
struct WatchedValue {
  lwm2m::Path path;
  std::string value;
  std::string unit;
  WallTime time{};
  std::string target;  // container below the device's place; "" if unmapped
  Fate fate = Fate::pending;
  std::uint64_t row = 0;  // on its way, alone or with others; 0: none
};

// Last values, only of devices that someone is watching, and of at most kMaxDevices (the longest unwatched go first).
// Owned by the loop's thread.
class Watch {
 public:
  static constexpr std::size_t kMaxDevices = 1000;

  // Called for every new value and fate of a watched device.
  using Sink = std::function<void(DeviceIndex, const WatchedValue&)>;
  void setSink(Sink sink) { sink_ = std::move(sink); }

  void watchAll(bool on) { all_ = on; }
  void watch(DeviceIndex device);  // also when it is watched already: counts as a fresh look
  bool watches(DeviceIndex device) const { return all_ || devices_.contains(device); }

  void onValue(DeviceIndex device, WatchedValue value);
  void onFate(std::uint64_t row, Fate fate);
  const WatchedValue* find(DeviceIndex device, const lwm2m::Path& path) const;  // null: not watched, or never seen
  std::vector<WatchedValue> valuesOf(DeviceIndex device) const;                 // ascending by path

 private:
  struct Entry {
    std::uint64_t lastLook = 0;
    std::map<lwm2m::Path, WatchedValue> values;
  };
  Entry& entryOf(DeviceIndex device);
  void dropOldest();
  void dropRow(const WatchedValue& value);

  bool all_ = false;
  std::uint64_t looks_ = 0;
  Sink sink_;
  std::unordered_map<DeviceIndex, Entry> devices_;
  std::unordered_multimap<std::uint64_t, std::pair<DeviceIndex, lwm2m::Path>> byRow_;  // a row may be of several
};

}  // namespace isthmus::proxy
