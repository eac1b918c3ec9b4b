#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"

#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// What a request makes the device do beside answering.
enum class Effect : std::uint8_t { none, update, reboot };

// The inside of one simulated device: objects 1, 3, 4, 5, 6, 3303, 3304, 3311 and 3342, one instance each, their values
// and how these change. No I/O. Errors: notFound, refused (the operation is not allowed there), malformed.
class SimulatedDevice {
 public:
  // `registry` must outlive the device. `number` makes it differ from the others.
  SimulatedDevice(const ObjectRegistry& registry, std::string endpoint, std::uint32_t number, seconds lifetime);

  const std::string& endpoint() const { return endpoint_; }
  seconds lifetime() const;
  // Payload of Register: root link, objects with their versions, instances (LwM2M Core 6.2.1).
  std::string objectList() const;
  DeviceModel model() const { return {*registry_, {}}; }

  // What can be read at or below the path, in the order of the tree.
  Result<std::vector<Record>> read(const Path& path, WallTime now) const;
  // All of the records or none.
  Result<Effect> write(const Path& path, std::span<const Record> records);
  Result<Effect> execute(const Path& path);
  // RFC 6690 links, with the attributes that were written.
  Result<std::string> discover(const Path& path) const;
  // "pmin=10", "pmax": the form of a query; a name without a value takes the attribute away.
  Result<void> writeAttributes(const Path& path, std::span<const std::string> attributes);

  // True if a value at or below the path changes by itself.
  static bool changes(const Path& path);
  // Lets the values at or below the path change.
  void step(const Path& path);

 private:
  const Value* find(const Path& path) const;
  bool exists(const Path& path) const;
  void set(const Path& path, Value value) { own_[path.packed()] = std::move(value); }
  std::map<std::uint64_t, Value> tree() const;  // by Path::packed(), which is the order of the tree
  Result<Value> accepted(const Record& record) const;
  Operations operations(const Path& path) const;
  double number(const Path& path) const;
  void walk(const Path& path, double low, double high, double stride, bool whole);
  void noteExtremes(const Path& instance);
  std::string attributesText(const Path& path) const;

  const ObjectRegistry* registry_;
  std::string endpoint_;
  std::map<std::uint64_t, Value> own_;  // what differs from the values that all devices start with
  std::map<std::uint64_t, std::map<std::string, std::string>> attributes_;
  std::minstd_rand random_;
};

}  // namespace isthmus::lwm2m
