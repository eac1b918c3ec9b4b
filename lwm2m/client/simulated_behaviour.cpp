// What the objects of a simulated device do: values that wander, firmware updates, the test object's executables.
#include "lwm2m/client/simulated_device.h"
#include "lwm2m/client/simulated_objects.h"
#include "lwm2m/model/execute_arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace isthmus::lwm2m {
namespace {

constexpr std::uint16_t kServer = 1, kDisable = 4, kUpdateTrigger = 8;  // LwM2M Core E.2
constexpr Path kReboot{3, 0, 4}, kFirmwareVersion{3, 0, 3}, kFirmwareState{5, 0, 3}, kFirmwareResult{5, 0, 5},
    kUpdateFirmware{5, 0, 2}, kSwitchCount{3342, 0, 5501};
constexpr std::uint16_t kMinMeasured = 5601, kMaxMeasured = 5602, kResetExtremes = 5605, kSensorValue = 5700;

// LwM2M Core E.6, Firmware Update: states and results.
constexpr std::int64_t kIdle = 0, kDownloaded = 2;
constexpr std::int64_t kInitial = 0, kUpdated = 1, kInvalidUri = 7, kUnsupportedProtocol = 9;

// The test object's resources.
enum Test : std::uint16_t {
  resetValues,
  randomizeValues,
  clearValues,
  execWithArguments,
  argumentsList,
  sendData,
  resourcesToSend
};

tl::unexpected<Error> refuse(Errc code, const char* message, const Path& path) {
  return fail(code, message, path.toString());
}

double rounded(double value) { return std::round(value * 100) / 100; }

struct Emptied {
  Value operator()(std::monostate) const { return {}; }
  template <class T>
  Value operator()(const T&) const {
    return T{};
  }
};

}  // namespace

Result<Effect> SimulatedDevice::execute(const Path& path, std::string_view arguments) {
  if (path.depth() != 3) return refuse(Errc::refused, "only resources can be executed", path);
  if (!exists(path)) return refuse(Errc::notFound, "nothing there", path);
  if (!operations(path).execute) return refuse(Errc::refused, "cannot be executed", path);
  if (const auto parsed = ExecuteArguments::parse(arguments); !parsed) return tl::unexpected(parsed.error());
  if (path.object() == kTestObject) return executeTest(path, arguments);
  if (path.resource() == kResetExtremes && path.object() >= 3300) {
    own_.erase(path.prefix(2).child(kMinMeasured).packed());
    own_.erase(path.prefix(2).child(kMaxMeasured).packed());
    noteExtremes(path.prefix(2));
  }
  if (path == kUpdateFirmware) return updateFirmware(path);
  if (path.object() == kServer && path.resource() == kUpdateTrigger) return Effect::update;
  if (path.object() == kServer && path.resource() == kDisable) return Effect::disable;
  return path == kReboot ? Effect::reboot : Effect::none;
}

Result<Effect> SimulatedDevice::executeTest(const Path& path, std::string_view arguments) {
  const auto instance = path.prefix(2);
  const auto list = instance.child(argumentsList);
  const auto given = ExecuteArguments::parse(arguments);
  switch (path.resource()) {
    case resetValues:
      own_.erase(own_.lower_bound(instance.child(0).child(0).packed()), own_.upper_bound(instance.packed()));
      std::erase_if(gone_, [&](std::uint64_t packed) {
        return Path::unpacked(packed).depth() > 2 && instance.contains(Path::unpacked(packed));
      });
      addExecutables(instance);
      return Effect::none;
    case randomizeValues: {
      set(instance.child(120), static_cast<std::int64_t>(random_() % 100000));
      set(instance.child(130), rounded(static_cast<double>(random_() % 1000000) / 100));
      set(instance.child(140), random_() % 2 == 0);
      return Effect::none;
    }
    case clearValues: {
      std::vector<std::pair<Path, Value>> emptied;
      each(instance, [&](const Path& leaf, const Value& value) {
        if (operations(leaf).write) emptied.emplace_back(leaf, std::visit(Emptied{}, value));
      });
      for (auto& [leaf, value] : emptied) set(leaf, std::move(value));
      return Effect::none;
    }
    case execWithArguments:
      erase(list);
      set(list, {});
      for (const auto& argument : given->all()) set(list.child(argument.digit), argument.value.value_or(""));
      return Effect::none;
    case sendData: return Effect::send;
    default: return refuse(Errc::refused, "cannot be executed", path);
  }
}

std::vector<Path> SimulatedDevice::pathsToSend() const {
  std::vector<Path> paths;
  each(Path(kTestObject, 0, resourcesToSend), [&](const Path&, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (const auto path = text ? Path::parse(*text) : fail(Errc::notFound, "no text"); path) paths.push_back(*path);
  });
  return paths;
}

void SimulatedDevice::addEndDevice(std::uint16_t instance, const std::string& prefix, const std::string& objectLinks) {
  const Path path(kGatewayObject, instance);
  instances_.insert(std::uint32_t{kGatewayObject} << 16 | instance);
  set(path.child(0), endpoint_ + "-" + prefix);
  set(path.child(1), prefix);
  set(path.child(3), CoreLink{objectLinks});
}

// A package that begins with "result=5" plays one that cannot be used for that reason (LwM2M Core E.6, Update Result).
void SimulatedDevice::storePackage(const Opaque& package) {
  constexpr std::string_view kFault = "result=";
  const auto content = text(package.bytes);
  std::int64_t result = kInitial;
  if (content.starts_with(kFault))
    std::from_chars(content.data() + kFault.size(), content.data() + content.size(), result);
  const bool isReset = content == std::string_view("\0", 1);
  const bool isUsable = !isReset && (result == kInitial || result == 8);  // 8: fails only once it is to be installed
  set(kFirmwareState, isUsable ? kDownloaded : kIdle);
  set(kFirmwareResult, isUsable ? kInitial : result);
  own_[Path(5, 0, 0).packed()] = isUsable && result != kInitial ? Value(package) : Value(Opaque{});
}

// The download itself is not played: only what comes of it.
void SimulatedDevice::storePackageUri(const std::string& uri) {
  const auto scheme = uri.substr(0, uri.find("://"));
  const bool isUri = scheme.size() < uri.size();
  const bool isServed = scheme == "coap" || scheme == "coaps" || scheme == "http" || scheme == "https";
  set(kFirmwareState, isServed && isUri ? kDownloaded : kIdle);
  auto result = kInitial;
  if (!uri.empty() && !isServed) result = isUri ? kUnsupportedProtocol : kInvalidUri;
  set(kFirmwareResult, result);
}

Result<Effect> SimulatedDevice::updateFirmware(const Path& path) {
  if (whole(kFirmwareState) != kDownloaded) return refuse(Errc::refused, "nothing is downloaded", path);
  const auto* package = find(Path(5, 0, 0));
  const bool fails = package && *package != Value(Opaque{});
  set(kFirmwareState, kIdle);
  set(kFirmwareResult, fails ? std::int64_t{8} : kUpdated);
  if (fails) return Effect::none;
  set(kFirmwareVersion, std::string("1.0.1"));
  return Effect::reboot;
}

bool SimulatedDevice::changes(const Path& path) {
  const auto& all = simulatedChanges();
  return std::any_of(all.begin(), all.end(), [&](const Change& change) { return path.contains(change.path); });
}

void SimulatedDevice::step(const Path& path) {
  for (const auto& change : simulatedChanges())
    if (path.contains(change.path)) walk(change.path, change.low, change.high, change.stride, change.whole);
}

void SimulatedDevice::walk(const Path& path, double low, double high, double stride, bool isWhole) {
  const auto* before = find(path);
  if (!before) return;
  if (const auto* flag = std::get_if<bool>(before)) {
    set(path, !*flag);
    if (path.object() == kSwitchCount.object()) set(kSwitchCount, whole(kSwitchCount) + 1);
    return;
  }
  const auto old = number(path);
  double next = old;
  while (next == old) {
    next = std::clamp(old + std::uniform_real_distribution<>(-stride, stride)(random_), low, high);
    next = isWhole ? std::round(next) : rounded(next);
  }
  if (isWhole) {
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
