#include "lwm2m/client/simulated_device.h"

#include "lwm2m/client/simulated_objects.h"
#include "lwm2m/codec/codec.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

constexpr std::uint16_t kServer = 1;  // LwM2M Core E.2, and its resources
constexpr std::uint16_t kShortServerId = 0, kLifetime = 1, kDefaultPmin = 2, kDefaultPmax = 3, kDisableTimeout = 5,
                        kMuteSend = 23;
constexpr Path kCurrentTime{3, 0, 13}, kSerialNumber{3, 0, 2}, kPackage{5, 0, 0}, kPackageUri{5, 0, 1},
    kLocationTime{6, 0, 5};
constexpr std::size_t kMaxDepth = 4;  // of a path
constexpr int kStepsBeforeBirth = 20;
constexpr Version k10{1, 0}, k12{1, 2};

tl::unexpected<Error> refuse(Errc code, const char* message, const Path& path) {
  return fail(code, message, path.toString());
}

// The first key that stands at or below the path; the last is the path's own.
std::uint64_t firstKey(const Path& path) {
  const auto below = (kMaxDepth - path.depth()) * 16;
  if (below == 0) return path.packed();
  return below == 64 ? 0 : path.packed() & ~((std::uint64_t{1} << below) - 1);
}

std::uint32_t instanceKey(const Path& path) { return std::uint32_t{path.object()} << 16 | path.instance(); }

std::vector<ContentFormat> everyFormat(const Version& enabler) {
  std::vector<ContentFormat> formats{ContentFormat::text, ContentFormat::opaque, ContentFormat::tlv,
                                     ContentFormat::json};
  if (enabler > k10)
    formats.insert(formats.end(), {ContentFormat::cbor, ContentFormat::senmlJson, ContentFormat::senmlCbor});
  if (enabler >= k12)
    formats.insert(formats.end(),
                   {ContentFormat::senmlEtchJson, ContentFormat::senmlEtchCbor, ContentFormat::lwm2mCbor});
  std::erase_if(formats, [](ContentFormat format) { return !isSupported(format); });
  std::sort(formats.begin(), formats.end());
  return formats;
}

}  // namespace

DeviceProfile::DeviceProfile(const ObjectRegistry& known, DeviceTraits given, std::string behind)
    : registry(&known), traits(std::move(given)), prefix(std::move(behind)) {
  if (traits.formats.empty()) traits.formats = everyFormat(traits.enabler);
  if (!traits.prefixes.empty() && std::ranges::count(traits.objects, kGatewayObject) == 0)
    traits.objects.push_back(kGatewayObject);
  std::sort(traits.objects.begin(), traits.objects.end());
  for (const auto object : traits.objects)
    if (const auto* definition = known.newestFor(object, traits.enabler))
      versions.push_back({object, definition->version});
}

bool DeviceProfile::has(std::uint16_t object) const {
  return std::binary_search(traits.objects.begin(), traits.objects.end(), object);
}

bool DeviceProfile::understands(ContentFormat format) const {
  return std::find(traits.formats.begin(), traits.formats.end(), format) != traits.formats.end();
}

SimulatedDevice::SimulatedDevice(const DeviceProfile& profile, std::string endpoint, std::uint32_t number)
    : profile_(&profile), endpoint_(std::move(endpoint)), random_(number + 1) {
  for (const auto& [packed, value] : simulatedValues())
    if (const auto leaf = Path::unpacked(packed); profile.has(leaf.object())) instances_.insert(instanceKey(leaf));
  set({kServer, 0, kLifetime}, std::int64_t{profile.traits.lifetime.count()});
  set(kSerialNumber, "SIM" + std::to_string(100000 + number));
  random_.discard(8);  // neighbouring seeds begin alike
  for (int i = 0; i < kStepsBeforeBirth; ++i)
    for (const auto path : {Path(3), Path(4), Path(6), Path(3303), Path(3304)})
      if (profile.has(path.object())) step(path);
}

// It begins as the first one is.
void SimulatedDevice::addAccount(std::uint16_t account) {
  std::vector<std::pair<Path, Value>> first;
  each(Path(kServer, 0), [&](const Path& leaf, const Value& value) { first.emplace_back(leaf, value); });
  instances_.insert(instanceKey(Path(kServer, account)));
  for (auto& [leaf, value] : first) set({kServer, account, leaf.resource()}, std::move(value));
  set({kServer, account, kShortServerId}, std::int64_t{account + 1});
}

seconds SimulatedDevice::lifetime(std::uint16_t account) const { return seconds(whole({kServer, account, kLifetime})); }

seconds SimulatedDevice::disableTimeout(std::uint16_t account) const {
  return seconds(whole({kServer, account, kDisableTimeout}));
}

bool SimulatedDevice::mayNotSend(std::uint16_t account) const {
  const auto* muted = find({kServer, account, kMuteSend});
  return muted && *muted == Value(true);
}

std::string SimulatedDevice::objectList() const {
  const auto& traits = profile_->traits;
  auto links = objectLinks(traits.rootPath);
  if (!traits.namesRoot) return links;
  std::string formats;
  for (const auto format : traits.formats)
    formats += (formats.empty() ? "" : " ") + std::to_string(static_cast<unsigned>(format));
  const auto root = traits.rootPath.empty() ? std::string("/") : traits.rootPath;
  return "<" + root + R"(>;rt="oma.lwm2m";ct=")" + formats + "\"" + (links.empty() ? "" : ",") + links;
}

std::string SimulatedDevice::objectLinks(std::string_view root) const {
  std::string list;
  const auto add = [&](const std::string& link) { list += (list.empty() ? "<" : ",<") + std::string(root) + link; };
  for (const auto object : profile_->traits.objects) {
    const auto version = model().version(object);
    const auto first = instances_.lower_bound(std::uint32_t{object} << 16);
    const bool isEmpty = first == instances_.end() || *first >> 16 != object;
    if (version != Version{}) add(Path(object).toString() + ">;ver=" + version.toString());
    if (version == Version{} && isEmpty) add(Path(object).toString() + ">");
    for (auto at = first; at != instances_.end() && *at >> 16 == object; ++at)
      add(Path(object, static_cast<std::uint16_t>(*at)).toString() + ">");
  }
  return list;
}

bool SimulatedDevice::isHidden(const Path& leaf) const {
  if (gone_.empty()) return false;
  return gone_.contains(leaf.prefix(2).packed()) || gone_.contains(leaf.prefix(3).packed()) ||
         gone_.contains(leaf.packed());
}

const Value* SimulatedDevice::find(const Path& path) const {
  if (const auto own = own_.find(path.packed()); own != own_.end()) return &own->second;
  const auto& shared = simulatedValues();
  const auto found = shared.find(path.packed());
  if (found == shared.end() || !profile_->has(path.object()) || isHidden(path)) return nullptr;
  return &found->second;
}

// Both maps in one go; what the device has of its own stands in for what it shares.
void SimulatedDevice::each(const Path& below, const Leaf& take) const {
  const auto& common = simulatedValues();
  auto shared = common.lower_bound(firstKey(below)), sharedEnd = common.upper_bound(below.packed());
  auto own = own_.lower_bound(firstKey(below)), ownEnd = own_.upper_bound(below.packed());
  while (shared != sharedEnd || own != ownEnd) {
    const bool isOwn = shared == sharedEnd || (own != ownEnd && own->first <= shared->first);
    const auto& [packed, value] = isOwn ? *own : *shared;
    const auto leaf = Path::unpacked(packed);
    if (shared != sharedEnd && (!isOwn || own->first == shared->first)) ++shared;
    if (isOwn) ++own;
    if (profile_->has(leaf.object()) && definition(leaf) && (isOwn || !isHidden(leaf))) take(leaf, value);
  }
}

bool SimulatedDevice::hasInstance(const Path& path) const { return instances_.contains(instanceKey(path)); }

bool SimulatedDevice::exists(const Path& path) const {
  if (path.depth() < 2) return path.isRoot() || profile_->has(path.object());
  if (path.depth() == 2) return hasInstance(path);
  bool found = false;
  each(path, [&](const Path&, const Value&) { found = true; });
  return found;
}

const ResourceDefinition* SimulatedDevice::definition(const Path& path) const {
  return model().resource(path.object(), path.resource());
}

Operations SimulatedDevice::operations(const Path& path) const {
  const auto* resource = definition(path);
  return resource ? resource->operations : Operations{};
}

double SimulatedDevice::number(const Path& path) const {
  const auto* value = find(path);
  if (const auto* real = value ? std::get_if<double>(value) : nullptr) return *real;
  return static_cast<double>(whole(path));
}

std::int64_t SimulatedDevice::whole(const Path& path) const {
  const auto* value = find(path);
  const auto* number = value ? std::get_if<std::int64_t>(value) : nullptr;
  return number ? *number : 0;
}

Result<std::vector<Record>> SimulatedDevice::read(const Path& path, WallTime now) const {
  if (!exists(path)) return refuse(Errc::notFound, "nothing there", path);
  if (path.depth() >= 3 && !operations(path).read) return refuse(Errc::refused, "cannot be read", path);
  const auto clock = std::chrono::duration_cast<seconds>(now.time_since_epoch());
  std::vector<Record> records;
  each(path, [&](const Path& leaf, const Value& value) {
    if (value.index() == 0 || !operations(leaf).read) return;
    const bool isClock = leaf == kCurrentTime || leaf == kLocationTime;
    const auto offset = leaf == kCurrentTime ? clockOffset_ : seconds(0);
    records.push_back({leaf, isClock ? Value(Time{(clock + offset).count()}) : value, std::nullopt});
  });
  return records;
}

std::vector<Record> SimulatedDevice::readAll(std::span<const Path> paths, WallTime now) const {
  std::vector<Record> all;
  for (const auto& path : paths) {
    if (auto records = read(path, now)) std::move(records->begin(), records->end(), std::back_inserter(all));
  }
  return all;
}

Result<Value> SimulatedDevice::accepted(const Record& record, bool mayDelete) const {
  const auto& path = record.path;
  const auto* resource = path.depth() >= 3 && hasInstance(path.prefix(2)) ? definition(path) : nullptr;
  if (!resource) return refuse(Errc::notFound, "no such resource", path);
  if (!resource->operations.write) return refuse(Errc::refused, "cannot be written", path);
  if (resource->multiple != (path.depth() == 4)) return refuse(Errc::malformed, "one value or several", path);
  if (record.value.index() == 0) {
    if (mayDelete && resource->multiple) return Value();
    return refuse(Errc::malformed, "no value", path);
  }
  auto value = convert(record.value, resource->type);
  if (!value) value.error().where = path.toString();
  return value;
}

Result<std::vector<Value>> SimulatedDevice::acceptedAll(std::span<const Record> records, bool mayDelete) const {
  std::vector<Value> values;
  for (const auto& record : records) {
    auto value = accepted(record, mayDelete);
    if (!value) return tl::unexpected(std::move(value.error()));
    values.push_back(std::move(*value));
  }
  return values;
}

// Without the resources that an instance must have and that are written, it would be none.
Result<void> SimulatedDevice::checkComplete(const Path& instance, std::span<const Record> records) const {
  for (const auto& resource : model().object(instance.object())->resources) {
    const auto path = instance.child(resource.id);
    const auto isGiven = [&](const Record& record) { return path.contains(record.path); };
    if (resource.mandatory && resource.operations.write && std::none_of(records.begin(), records.end(), isGiven))
      return refuse(Errc::malformed, "a mandatory resource is missing", path);
  }
  return {};
}

Result<void> SimulatedDevice::checkTarget(const Path& path) const {
  if (!hasInstance(path.prefix(2))) return refuse(Errc::notFound, "no such instance", path);
  const auto* resource = path.depth() >= 3 ? definition(path) : nullptr;
  if (path.depth() >= 3 && !resource) return refuse(Errc::notFound, "no such resource", path);
  if (resource && !resource->operations.write) return refuse(Errc::refused, "cannot be written", path);
  if (path.depth() == 4 && !find(path)) return refuse(Errc::notFound, "no such resource instance", path);
  return {};
}

// A replaced place holds nothing but what is written.
void SimulatedDevice::clearFor(const Path& path, std::span<const Record> records) {
  if (path.depth() == 4) return;
  std::vector<Path> old;
  each(path, [&](const Path& leaf, const Value&) {
    if (operations(leaf).write) old.push_back(leaf);
  });
  for (const auto& leaf : old) erase(leaf);
  if (path.depth() == 3 && records.empty()) set(path, {});  // an array without elements
}

Result<Effect> SimulatedDevice::write(const Path& path, std::span<const Record> records, Writing how, WallTime now) {
  if (const auto ok = checkTarget(path); !ok) return tl::unexpected(ok.error());
  const bool isSingle = path.depth() >= 3 && !definition(path)->multiple;
  if (isSingle && records.size() != 1) return refuse(Errc::malformed, "one value is written", path);
  auto values = acceptedAll(records, false);
  if (!values) return tl::unexpected(std::move(values.error()));
  const bool replaces = how == Writing::replace && !isSingle;
  if (replaces && path.depth() == 2)
    if (const auto ok = checkComplete(path, records); !ok) return tl::unexpected(ok.error());
  if (replaces) clearFor(path, records);
  auto effect = Effect::none;
  for (std::size_t i = 0; i < records.size(); ++i)
    effect = std::max(effect, store(records[i], std::move((*values)[i]), now));
  return effect;
}

Result<Effect> SimulatedDevice::writeComposite(std::span<const Record> records, WallTime now) {
  auto values = acceptedAll(records, true);
  if (!values) return tl::unexpected(std::move(values.error()));
  auto effect = Effect::none;
  for (std::size_t i = 0; i < records.size(); ++i)
    effect = std::max(effect, store(records[i], std::move((*values)[i]), now));
  return effect;
}

Effect SimulatedDevice::store(const Record& record, Value value, WallTime now) {
  const auto& path = record.path;
  if (value.index() == 0) {
    erase(path);
    return Effect::none;
  }
  if (path == kCurrentTime)
    clockOffset_ = seconds(std::get<Time>(value).seconds) - std::chrono::duration_cast<seconds>(now.time_since_epoch());
  if (path == kPackage) {
    storePackage(std::get<Opaque>(value));
  } else {
    if (path == kPackageUri) storePackageUri(std::get<std::string>(value));
    set(path, std::move(value));
  }
  const bool isLifetime = path.object() == kServer && path.resource() == kLifetime;
  return isLifetime ? Effect::update : Effect::none;  // LwM2M Core 6.2.2
}

void SimulatedDevice::erase(const Path& path) {
  own_.erase(own_.lower_bound(firstKey(path)), own_.upper_bound(path.packed()));
  const auto shared = simulatedValues().lower_bound(firstKey(path));
  if (shared != simulatedValues().end() && shared->first <= path.packed()) gone_.insert(path.packed());
}

Result<std::uint16_t> SimulatedDevice::freeInstance(std::uint16_t object) const {
  if (!profile_->has(object)) return refuse(Errc::notFound, "no such object", Path(object));
  std::uint16_t id = 0;
  while (id < 65534 && hasInstance(Path(object, id))) ++id;
  return id;
}

Result<void> SimulatedDevice::create(const Path& instance, std::span<const Record> records, WallTime now) {
  const auto* object = profile_->has(instance.object()) ? model().object(instance.object()) : nullptr;
  if (!object) return refuse(Errc::notFound, "no such object", instance);
  if (object->mandatory || (!object->multiple && instance.instance() != 0))
    return refuse(Errc::refused, "no further instance can be created", instance);
  if (hasInstance(instance)) return refuse(Errc::conflict, "is there already", instance);
  std::vector<Record> writable;
  for (const auto& record : records)
    if (!definition(record.path) || !operations(record.path).read || operations(record.path).write)
      writable.push_back(record);
  if (const auto ok = checkComplete(instance, writable); !ok) return ok;
  instances_.insert(instanceKey(instance));
  auto values = acceptedAll(writable, false);
  if (!values) {
    instances_.erase(instanceKey(instance));
    return tl::unexpected(std::move(values.error()));
  }
  addExecutables(instance);
  for (std::size_t i = 0; i < writable.size(); ++i) store(writable[i], std::move((*values)[i]), now);
  return {};
}

void SimulatedDevice::addExecutables(const Path& instance) {
  for (const auto& resource : model().object(instance.object())->resources)
    if (resource.operations.execute) set(instance.child(resource.id), {});
}

Result<Effect> SimulatedDevice::remove(const Path& path) {
  if (path.depth() < 2) return refuse(Errc::refused, "only instances can be deleted", path);
  if (!exists(path)) return refuse(Errc::notFound, "nothing there", path);
  if (path.depth() == 3) return refuse(Errc::malformed, "a resource cannot be deleted", path);
  if (path.depth() == 4) {  // since 1.2
    if (profile_->traits.enabler < k12 || !operations(path).write || !definition(path)->multiple)
      return refuse(Errc::refused, "cannot be deleted", path);
    vanish(path);
    return Effect::none;
  }
  if (model().object(path.object())->mandatory) return refuse(Errc::refused, "cannot be deleted", path);
  vanish(path);
  return Effect::objectsChanged;
}

void SimulatedDevice::vanish(const Path& path) {
  if (path.depth() == 2) instances_.erase(instanceKey(path));
  erase(path);
  for (auto& [account, attributes] : attributes_) attributes.forget(path);
}

Result<void> SimulatedDevice::measure(const Path& path, const Value& value) {
  const auto* resource = path.depth() >= 3 && hasInstance(path.prefix(2)) ? definition(path) : nullptr;
  if (!resource) return refuse(Errc::notFound, "no such resource", path);
  auto typed = convert(value, resource->type);
  if (!typed) return tl::unexpected(std::move(typed.error()));
  set(path, std::move(*typed));
  return {};
}

const AttributeStore& SimulatedDevice::attributesOf(std::uint16_t account) const {
  static const AttributeStore none;
  const auto found = attributes_.find(account);
  return found == attributes_.end() ? none : found->second;
}

Result<std::string> SimulatedDevice::discover(const Path& path, std::optional<unsigned> depth,
                                              std::uint16_t account) const {
  if (path.isRoot() || !exists(path)) return refuse(Errc::notFound, "nothing there", path);
  const auto deepest = path.depth() + depth.value_or(path.depth() == 1 ? 2 : 1);
  const auto link = [&](const Path& place, const std::string& attributes) {
    std::string text = "<" + place.toString() + ">";
    if (place.depth() == 1 && model().version(place.object()) != Version{})
      text += ";ver=" + model().version(place.object()).toString();
    std::size_t elements = 0;
    if (place.depth() == 3 && definition(place)->multiple) {
      each(place, [&](const Path& leaf, const Value&) { elements += leaf.depth() == 4; });
      text += ";dim=" + std::to_string(elements);
    }
    return text + attributes;
  };
  const auto& attached = attributesOf(account);
  std::string links = link(path, linkText(attached.effective(path)));
  Path last = path;
  const auto below = [&](const Path& leaf, const Value&) {
    for (auto level = path.depth() + 1; level <= std::min(deepest, leaf.depth()); ++level) {
      const auto place = leaf.prefix(level);
      if (last.prefix(level) == place && last.depth() >= level) continue;
      links += "," + link(place, attached.linkText(place));
      last = place;
    }
  };
  if (path.depth() > 1) {
    each(path, below);
    return links;
  }
  for (auto at = instances_.lower_bound(std::uint32_t{path.object()} << 16);
       at != instances_.end() && *at >> 16 == path.object(); ++at) {
    const auto instance = path.child(static_cast<std::uint16_t>(*at));
    below(instance, {});
    each(instance, below);
  }
  return links;
}

Result<void> SimulatedDevice::writeAttributes(const Path& path, std::span<const std::string> attributes,
                                              std::uint16_t account) {
  if (!exists(path)) return refuse(Errc::notFound, "nothing there", path);
  return attributes_[account].write(path, attributes, path.depth() >= 3 ? definition(path)->type : ResourceType::none);
}

NotificationAttributes SimulatedDevice::attributesAt(const Path& path, std::uint16_t account) const {
  NotificationAttributes defaults;
  const auto pmin = whole({kServer, account, kDefaultPmin}), pmax = whole({kServer, account, kDefaultPmax});
  if (pmin > 0) defaults.pmin = static_cast<std::uint32_t>(pmin);
  if (pmax > 0) defaults.pmax = static_cast<std::uint32_t>(pmax);
  return inherited(defaults, attributesOf(account).effective(path));
}

}  // namespace isthmus::lwm2m
