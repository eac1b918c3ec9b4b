#include "lwm2m/client/simulated_device.h"

#include "lwm2m/client/simulated_objects.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace isthmus::lwm2m {
namespace {

constexpr Path kLifetime{1, 0, 1}, kUpdateTrigger{1, 0, 8}, kReboot{3, 0, 4}, kCurrentTime{3, 0, 13},
    kSerialNumber{3, 0, 2}, kPackage{5, 0, 0}, kFirmwareState{5, 0, 3}, kLocationTime{6, 0, 5},
    kSwitchCount{3342, 0, 5501};
constexpr std::uint16_t kMinMeasured = 5601, kMaxMeasured = 5602, kResetExtremes = 5605, kSensorValue = 5700;
constexpr int kStepsBeforeBirth = 20;
constexpr std::array<std::string_view, 9> kAttributes{"pmin", "pmax", "epmin", "epmax", "gt",
                                                      "lt",   "st",   "con",   "edge"};

Result<Effect> refuse(Errc code, const char* message, const Path& path) { return fail(code, message, path.toString()); }

double rounded(double value) { return std::round(value * 100) / 100; }

}  // namespace

SimulatedDevice::SimulatedDevice(const ObjectRegistry& registry, std::string endpoint, std::uint32_t number,
                                 seconds lifetime)
    : registry_(&registry), endpoint_(std::move(endpoint)), random_(number + 1) {
  set(kLifetime, std::int64_t{lifetime.count()});
  set(kSerialNumber, "SIM" + std::to_string(100000 + number));
  random_.discard(8);  // neighbouring seeds begin alike
  for (int i = 0; i < kStepsBeforeBirth; ++i)
    for (const auto path : {Path(3), Path(4), Path(6), Path(3303), Path(3304)}) step(path);
}

seconds SimulatedDevice::lifetime() const { return seconds(static_cast<seconds::rep>(number(kLifetime))); }

std::string SimulatedDevice::objectList() const {
  std::string list = R"(</>;rt="oma.lwm2m";ct="0 42 110 112 11542")";
  for (const auto object : kSimulatedObjects) {
    const auto* definition = registry_->find(object);
    const auto name = Path(object).toString();
    if (definition && definition->version != Version{}) list += ",<" + name + ">;ver=" + definition->version.toString();
    list += ",<" + name + "/0>";
  }
  return list;
}

const Value* SimulatedDevice::find(const Path& path) const {
  if (const auto own = own_.find(path.packed()); own != own_.end()) return &own->second;
  const auto& shared = simulatedValues();
  const auto found = shared.find(path.packed());
  return found == shared.end() ? nullptr : &found->second;
}

std::map<std::uint64_t, Value> SimulatedDevice::tree() const {
  auto all = own_;
  all.insert(simulatedValues().begin(), simulatedValues().end());
  return all;
}

bool SimulatedDevice::exists(const Path& path) const {
  const auto isBelow = [&](const auto& entry) { return path.contains(Path::unpacked(entry.first)); };
  return std::any_of(simulatedValues().begin(), simulatedValues().end(), isBelow) ||
         std::any_of(own_.begin(), own_.end(), isBelow);
}

Operations SimulatedDevice::operations(const Path& path) const {
  const auto* definition = model().resource(path.object(), path.resource());
  return definition ? definition->operations : Operations{};
}

double SimulatedDevice::number(const Path& path) const {
  const auto* value = find(path);
  if (!value) return 0;
  if (const auto* whole = std::get_if<std::int64_t>(value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(value)) return *real;
  return 0;
}

Result<std::vector<Record>> SimulatedDevice::read(const Path& path, WallTime now) const {
  if (!exists(path)) return fail(Errc::notFound, "nothing there", path.toString());
  if (path.depth() >= 3 && !operations(path).read) return fail(Errc::refused, "cannot be read", path.toString());
  const auto clock = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  std::vector<Record> records;
  for (auto& [packed, value] : tree()) {
    const auto leaf = Path::unpacked(packed);
    if (!path.contains(leaf) || !operations(leaf).read) continue;
    const bool isClock = leaf == kCurrentTime || leaf == kLocationTime;
    records.push_back({leaf, isClock ? Value(Time{clock}) : value, std::nullopt});
  }
  return records;
}

Result<Value> SimulatedDevice::accepted(const Record& record) const {
  const auto resource = record.path.prefix(3);
  if (record.path.depth() < 3 || !exists(resource))
    return fail(Errc::notFound, "no such resource", record.path.toString());
  if (!operations(resource).write) return fail(Errc::refused, "cannot be written", record.path.toString());
  const auto* definition = model().resource(resource.object(), resource.resource());
  auto value = convert(record.value, definition->type);
  if (!value) value.error().where = record.path.toString();
  return value;
}

Result<Effect> SimulatedDevice::write(const Path& path, std::span<const Record> records) {
  if (!exists(path.prefix(3))) return refuse(Errc::notFound, "nothing there", path);
  std::vector<Value> values;
  for (const auto& record : records) {
    auto value = accepted(record);
    if (!value) return tl::unexpected(std::move(value.error()));
    values.push_back(std::move(*value));
  }
  auto effect = Effect::none;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].path == kLifetime) effect = Effect::update;  // LwM2M Core 6.2.2
    if (records[i].path == kPackage) {
      set(kFirmwareState, std::int64_t{2});  // downloaded; the bytes themselves are of no use here
    } else {
      set(records[i].path, std::move(values[i]));
    }
  }
  return effect;
}

Result<Effect> SimulatedDevice::execute(const Path& path) {
  if (path.depth() != 3) return refuse(Errc::refused, "only resources can be executed", path);
  if (!exists(path)) return refuse(Errc::notFound, "nothing there", path);
  if (!operations(path).execute) return refuse(Errc::refused, "cannot be executed", path);
  if (path.resource() == kResetExtremes) {
    own_.erase(Path(path.object(), 0, kMinMeasured).packed());
    own_.erase(Path(path.object(), 0, kMaxMeasured).packed());
    noteExtremes(path.prefix(2));
  }
  if (path == kUpdateTrigger) return Effect::update;
  return path == kReboot ? Effect::reboot : Effect::none;
}

std::string SimulatedDevice::attributesText(const Path& path) const {
  std::string text;
  const auto found = attributes_.find(path.packed());
  if (found == attributes_.end()) return text;
  for (const auto& [name, value] : found->second) text += ";" + name + "=" + value;
  return text;
}

Result<std::string> SimulatedDevice::discover(const Path& path) const {
  if (!exists(path) || path.depth() > 3) return fail(Errc::notFound, "nothing there", path.toString());
  std::string links = "<" + path.toString() + ">" + attributesText(path);
  auto last = path;
  for (const auto& [packed, value] : tree()) {
    const auto leaf = Path::unpacked(packed);
    if (!path.contains(leaf)) continue;
    for (auto depth = path.depth() + 1; depth <= 3; ++depth) {
      const auto link = leaf.prefix(depth);
      if (link.depth() < depth || (link.depth() <= last.depth() && link == last.prefix(depth))) continue;
      links += ",<" + link.toString() + ">" + attributesText(link);
      last = link;
    }
  }
  return links;
}

Result<void> SimulatedDevice::writeAttributes(const Path& path, std::span<const std::string> attributes) {
  if (!exists(path)) return fail(Errc::notFound, "nothing there", path.toString());
  auto changed = attributes_[path.packed()];
  for (const auto& attribute : attributes) {
    const auto equals = std::min(attribute.find('='), attribute.size());
    const auto name = attribute.substr(0, equals);
    if (std::find(kAttributes.begin(), kAttributes.end(), name) == kAttributes.end())
      return fail(Errc::malformed, "no notification attribute: " + name, path.toString());
    const auto value = attribute.substr(std::min(equals + 1, attribute.size()));
    if (value.find_first_not_of("0123456789.-") != std::string::npos)
      return fail(Errc::malformed, "no number: " + attribute, path.toString());
    if (equals == attribute.size()) {
      changed.erase(name);
    } else {
      changed[name] = value;
    }
  }
  attributes_[path.packed()] = std::move(changed);
  return {};
}

bool SimulatedDevice::changes(const Path& path) {
  const auto& all = simulatedChanges();
  return std::any_of(all.begin(), all.end(), [&](const Change& change) { return path.contains(change.path); });
}

void SimulatedDevice::step(const Path& path) {
  for (const auto& change : simulatedChanges())
    if (path.contains(change.path)) walk(change.path, change.low, change.high, change.stride, change.whole);
}

void SimulatedDevice::walk(const Path& path, double low, double high, double stride, bool whole) {
  const auto* before = find(path);
  if (before && std::holds_alternative<bool>(*before)) {
    set(path, !std::get<bool>(*before));
    if (path.object() == kSwitchCount.object()) set(kSwitchCount, static_cast<std::int64_t>(number(kSwitchCount)) + 1);
    return;
  }
  const auto old = number(path);
  double next = old;
  while (next == old) {
    next = std::clamp(old + std::uniform_real_distribution<>(-stride, stride)(random_), low, high);
    next = whole ? std::round(next) : rounded(next);
  }
  if (whole) {
    set(path, static_cast<std::int64_t>(next));
  } else {
    set(path, next);
  }
  if (path.resource() == kSensorValue) noteExtremes(path.prefix(2));
}

void SimulatedDevice::noteExtremes(const Path& instance) {
  const auto value = number(instance.child(kSensorValue));
  const auto least = instance.child(kMinMeasured), most = instance.child(kMaxMeasured);
  if (!own_.contains(least.packed()) || value < number(least)) set(least, value);
  if (!own_.contains(most.packed()) || value > number(most)) set(most, value);
}

}  // namespace isthmus::lwm2m
