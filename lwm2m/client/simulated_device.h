#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/client/attribute_store.h"
#include "lwm2m/client/device_traits.h"
#include "lwm2m/model/object_registry.h"
#include "lwm2m/model/value.h"

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// What a request makes the device do beside answering.
enum class Effect : std::uint8_t { none, update, objectsChanged, reboot, disable, send };

// LwM2M Core 6.3.3: replace (PUT) and partial update (POST).
enum class Writing : std::uint8_t { replace, update };

// What the devices of a fleet have in common.
struct DeviceProfile {
  // `known` must outlive the profile. Objects come in the newest version that the enabler has.
  // `behind`: that of an end device, the gateway's prefix for it.
  DeviceProfile(const ObjectRegistry& known, DeviceTraits traits, std::string behind = {});

  DeviceModel model() const { return {*registry, versions}; }
  bool has(std::uint16_t object) const;
  // Before each path and name: "", "/lwm2m", "/lwm2m/dev1".
  std::string root() const { return traits.rootPath + (prefix.empty() ? "" : "/") + prefix; }
  bool understands(ContentFormat format) const;

  const ObjectRegistry* registry;
  DeviceTraits traits;
  std::string prefix;
  std::vector<ObjectVersion> versions;
};

// The inside of one simulated device: its objects, their values and how these change. No I/O.
// Errors: notFound, refused (the operation is not allowed there), malformed.
class SimulatedDevice {
 public:
  // `profile` must outlive the device. `number` makes it differ from the others.
  SimulatedDevice(const DeviceProfile& profile, std::string endpoint, std::uint32_t number);

  const std::string& endpoint() const { return endpoint_; }
  const DeviceProfile& profile() const { return *profile_; }
  DeviceModel model() const { return profile_->model(); }
  // A further server account: an instance of object 1. Where an account is asked for below, 0 is the first one.
  void addAccount(std::uint16_t account);
  seconds lifetime(std::uint16_t account = 0) const;
  seconds disableTimeout(std::uint16_t account = 0) const;
  bool mayNotSend(std::uint16_t account = 0) const;  // /1/x/23 Mute Send
  // Payload of Register: root link, objects with their versions, instances (LwM2M Core 6.2.1).
  std::string objectList() const;
  // The same without a root link, below no root: what a gateway says of an end device (resource 3 of object 25).
  std::string objectLinks(std::string_view root) const;

  // What can be read at or below the path, in the order of the tree.
  Result<std::vector<Record>> read(const Path& path, WallTime now) const;
  // The same of several paths, as much of it as there is: nothing is an error.
  std::vector<Record> readAll(std::span<const Path> paths, WallTime now) const;

  // All of the records or none. `path`: an instance, a resource or a resource instance.
  Result<Effect> write(const Path& path, std::span<const Record> records, Writing how, WallTime now);
  // Several places at once; a resource instance without a value is deleted (RFC 8790).
  Result<Effect> writeComposite(std::span<const Record> records, WallTime now);
  Result<Effect> execute(const Path& path, std::string_view arguments);
  // All records lie in one instance, which is new. Read-only ones are passed over.
  Result<void> create(const Path& instance, std::span<const Record> records, WallTime now);
  Result<std::uint16_t> freeInstance(std::uint16_t object) const;
  Result<Effect> remove(const Path& path);

  // RFC 6690 links with the attributes that this server has written, down to `depth` levels below the path; absent: the
  // usual depth (LwM2M Core 6.3.2).
  Result<std::string> discover(const Path& path, std::optional<unsigned> depth = {}, std::uint16_t account = 0) const;
  // "pmin=10", "pmax": the form of a query; a name without a value takes the attribute away.
  Result<void> writeAttributes(const Path& path, std::span<const std::string> attributes, std::uint16_t account = 0);
  // As they hold at the path: with those above it and the server account's defaults (/1/x/2, /1/x/3).
  NotificationAttributes attributesAt(const Path& path, std::uint16_t account = 0) const;

  // Of the test object: what its executable resource 5 sends.
  std::vector<Path> pathsToSend() const;

  // A gateway's entry for a device behind it (object 25).
  void addEndDevice(std::uint16_t instance, const std::string& prefix, const std::string& objectLinks);
  // A value that the device comes to have by itself. Error: notFound, malformed.
  Result<void> measure(const Path& path, const Value& value);
  // An instance or a resource instance that vanishes by itself.
  void vanish(const Path& path);
  bool exists(const Path& path) const;
  const Value* find(const Path& path) const;

  // True if a value at or below the path changes by itself.
  static bool changes(const Path& path);
  // Lets the values at or below the path change.
  void step(const Path& path);

 private:
  using Leaf = std::function<void(const Path& path, const Value& value)>;
  void each(const Path& below, const Leaf& take) const;
  bool hasInstance(const Path& path) const;
  bool isHidden(const Path& leaf) const;
  const AttributeStore& attributesOf(std::uint16_t account) const;
  void set(const Path& path, Value value) { own_[path.packed()] = std::move(value); }
  void erase(const Path& path);
  void addExecutables(const Path& instance);

  Result<void> checkTarget(const Path& path) const;
  Result<Value> accepted(const Record& record, bool mayDelete) const;
  Result<std::vector<Value>> acceptedAll(std::span<const Record> records, bool mayDelete) const;
  Result<void> checkComplete(const Path& instance, std::span<const Record> records) const;
  void clearFor(const Path& path, std::span<const Record> records);
  Effect store(const Record& record, Value value, WallTime now);
  Operations operations(const Path& path) const;
  const ResourceDefinition* definition(const Path& path) const;

  void storePackage(const Opaque& package);
  void storePackageUri(const std::string& uri);
  Result<Effect> updateFirmware(const Path& path);
  Result<Effect> executeTest(const Path& path, std::string_view arguments);

  std::int64_t whole(const Path& path) const;
  double number(const Path& path) const;
  void walk(const Path& path, double low, double high, double stride, bool whole);
  void noteExtremes(const Path& instance);

  const DeviceProfile* profile_;
  std::string endpoint_;
  std::map<std::uint64_t, Value> own_;  // what differs from the values that all devices start with
  std::set<std::uint64_t> gone_;        // instances, resources, resource instances of those values that are no more
  std::set<std::uint32_t> instances_;   // object and instance id
  std::map<std::uint16_t, AttributeStore> attributes_;  // by account: each server has its own (LwM2M Core 7.3.2)
  seconds clockOffset_{0};
  std::minstd_rand random_;
};

}  // namespace isthmus::lwm2m
