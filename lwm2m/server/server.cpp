#include "lwm2m/server/server.h"

#include "lwm2m/server/answers.h"

#include <algorithm>
#include <utility>

namespace isthmus::lwm2m {
namespace {

using coap::Code;
using coap::Response;

constexpr std::uint32_t kDefaultLifetime = 86400;  // LwM2M Core 6.2.1
constexpr seconds kLongestTimer{365 * 86400};
constexpr std::string_view kRegistrationPath = "rd";
constexpr std::string_view kSendPath = "dp";

Response refusal(const Refusal& refused) { return plain(refused.code, refused.reason); }

Response created(const Registration& registration) {
  Response response{coap::code::kCreated, {}, {}, registration.device};
  response.options.add(coap::option::kLocationPath, kRegistrationPath)
      .add(coap::option::kLocationPath, locationName(registration.device, registration.location));
  return response;
}

// What the device is asked to answer in: SenML CBOR where it says that it can, else TLV, which all 1.0 clients must
// have and 1.1 ones nearly all do (LwM2M Core 7.4), unless it lists others only.
ContentFormat preferredFormat(const ObjectList& objects) {
  using enum ContentFormat;
  const FormatSet listed(objects.formats);
  for (const ContentFormat format : {senmlCbor, tlv, senmlJson, lwm2mCbor, json})
    if (listed.has(format)) return format;
  return tlv;
}

// The same paths, none together with another.
std::vector<Observation> singly(std::span<const Observation> planned) {
  std::vector<Observation> single;
  for (const Observation& observation : planned)
    for (const Path& path : observation.paths()) single.emplace_back(path, std::string(observation.attributes()));
  return single;
}

std::unique_ptr<DeviceExtras> extrasOf(const ObjectList& objects, const DeviceExtras* before) {
  const std::optional<seconds> awakeTime = before != nullptr ? before->awakeTime : std::nullopt;
  if (objects.rootPath.empty() && objects.versions.empty() && !awakeTime) return nullptr;
  return std::make_unique<DeviceExtras>(DeviceExtras{objects.rootPath, objects.versions, awakeTime});
}

// A payload without a Content-Format, or with that of links, may be an object list (node-lib, wakaama send none).
std::optional<Refusal> refusalOfFormat(const coap::MessageView& message) {
  const std::optional<std::uint32_t> format = message.uintOption(coap::option::kContentFormat);
  if (!format || *format == static_cast<std::uint32_t>(ContentFormat::link)) return std::nullopt;
  return Refusal{coap::code::kUnsupportedContentFormat, "the object list must be application/link-format"};
}

}  // namespace

Server::Server(const ServerSettings& settings, coap::Endpoint& endpoint, DeviceListener& listener,
               const ObjectRegistry& registry, const Clock& clock)
    : settings_(settings),
      endpoint_(endpoint),
      listener_(listener),
      registry_(registry),
      clock_(clock),
      expiry_(clock.now()),
      locations_(hash64(view("location"),
                        settings.tokenSecret ^ static_cast<std::uint64_t>(clock.wall().time_since_epoch().count()))) {}

void Server::restore(Registration registration) {
  registration.binding = shared(registration.binding);
  registration.objectLinks = shared(registration.objectLinks);
  registration.observations = shared(registration.observations);
  Device& device = devices_.restore(std::move(registration));
  const Result<ObjectList> objects = parseObjectList(device.registration.objectLinks);
  if (objects) applyObjects(device, *objects);
  stopObserving(device);
  if (device.registration.state != RegistrationState::registered) return;
  ++registered_;
  if (device.registration.gateway == kNoGateway) {
    devices_.moveTo(device, device.registration.address);
  } else {
    gateways_.add(device.registration.gateway, device.registration.device);
    settleEndDevices(holderOf(device));
  }
  if (device.registration.observing) device.nextSlot = 0;
  queueObserving(device);
  refresh(device);
}

void Server::turn(std::size_t budget) {
  expiry_.advance(clock_.now(), [this](std::uint32_t index) { expire(index); });
  wakeUp();
  while (budget > 0 && !toObserve_.empty() && observing_ < settings_.observesAtOnce && listener_.mayObserve()) {
    const std::uint32_t index = toObserve_.front();
    toObserve_.pop_front();
    const Device* device = devices_.at(index);
    const std::uint32_t gateway = device != nullptr ? device->registration.gateway : kNoGateway;
    if (gateway != kNoGateway && !gateways_.enter(gateway, index)) continue;
    ++observing_;
    --budget;
    observeNext(index);
  }
}

std::optional<Instant> Server::nextDeadline() const { return expiry_.next(); }

DeviceModel Server::modelOf(const Device& device) const {
  const Version lwm2m = device.registration.lwm2mVersion;
  if (device.extras == nullptr) return {registry_, {}, lwm2m};
  return {registry_, device.extras->versions, lwm2m};
}

Response Server::onRequest(const coap::IncomingRequest& request) {
  const std::vector<std::string_view> path = request.message.textOptions(coap::option::kUriPath);
  if (path.size() == 1 && path[0] == kSendPath) return onSend(request);
  if (path.empty() || path[0] != kRegistrationPath || path.size() > 2) return plain(coap::code::kNotFound);
  if (path.size() == 1) {
    return request.message.code == coap::code::kPost ? onRegister(request) : plain(coap::code::kMethodNotAllowed);
  }
  const std::optional<Location> location = parseLocation(path[1]);
  Device* device = location ? registeredAt(*location) : nullptr;
  if (device == nullptr) return plain(coap::code::kNotFound, "no registration is at this location");
  if (!mayActFor(*device, request.key.peer)) return plain(coap::code::kBadRequest, "this is not the device's own peer");
  if (request.message.code == coap::code::kPost) return onUpdate(*device, request);
  if (request.message.code == coap::code::kDelete) return onDeregister(*device);
  return plain(coap::code::kMethodNotAllowed);
}

Response Server::rebuild(const coap::Address&, Code answer, std::uint32_t rebuildKey) {
  const Device* device = answer == coap::code::kCreated ? devices_.at(rebuildKey) : nullptr;
  return device != nullptr ? created(device->registration) : plain(answer);
}

Device* Server::registeredAt(const Location& location) {
  Device* device = devices_.at(location.device);
  const bool current = device != nullptr && device->registration.state == RegistrationState::registered &&
                       device->registration.location == location.location && device->registration.gateway == kNoGateway;
  return current ? device : nullptr;
}

// A registration that was made under security is not changed without, also when nothing is asked of its endpoint any
// more.
bool Server::mayActFor(const Device& device, const coap::Address& peer) const {
  const Registration& registration = device.registration;
  return registration.address.transport == peer.transport && speaksFor(security_, peer, registration.endpoint);
}

// The peer has proved to be the device, whatever its address (LwM2M Transport 6.4.3).
bool Server::provesToBe(const Device& device, const coap::Address& peer) const {
  return security_ != nullptr && security_->identityOf(peer).has_value() && mayActFor(device, peer);
}

void Server::follow(Device& device, const coap::Address& to) {
  const coap::Address old = device.registration.address;
  devices_.moveTo(device, to);
  moveEndDevices(device);
  endpoint_.cancel(old);  // whoever asks again at once asks at the new address
  tellAwake(device);
}

Response Server::onRegister(const coap::IncomingRequest& request) {
  const auto count = [this](Response response) {
    ++counters_.refused;
    return response;
  };
  auto parameters = parseParameters(request.message.textOptions(coap::option::kUriQuery));
  if (!parameters) return count(refusal(parameters.error()));
  if (const auto refused = refusalOfFormat(request.message)) return count(refusal(*refused));
  if (const auto refused = refusalOfPeer(security_, request.key.peer, parameters->endpoint))
    return count(refusal(*refused));
  if (!mayLeaveGateway(*parameters->endpoint, request.key.peer))
    return count(plain(coap::code::kForbidden, "the endpoint's gateway has a credential: register with one too"));
  // Awa registers without lwm2m=; 1.0 is what such a client speaks.
  if (const auto refused = refusalOfVersion(parameters->lwm2mVersion.value_or(Version{})))
    return count(refusal(*refused));
  const Result<ObjectList> objects = parseObjectList(text(request.payload));
  if (!objects) return count(plain(coap::code::kBadRequest, objects.error().text()));
  if (objects->instances.empty()) return count(plain(coap::code::kBadRequest, "the object list is empty"));
  const Admission admission = listener_.admit(*parameters->endpoint);
  if (!admission.admitted) return count(serviceUnavailable(admission.retryAfter, "busy: register again later"));

  Device& device = *devices_.at(devices_.obtain(*parameters->endpoint));
  begin(device, request, std::move(*parameters), *objects);
  ++counters_.registers;
  Response response = created(device.registration);
  listener_.onAnswered({request.key, response.code, response.rebuildKey});
  return response;
}

void Server::begin(Device& device, const coap::IncomingRequest& request, RegistrationParameters parameters,
                   const ObjectList& objects) {
  Registration& registration = device.registration;
  const RegistrationState before = registration.state;
  leaveGateway(device);
  if (before == RegistrationState::registered) {
    stopObserving(device);
    endpoint_.cancel(registration.address);
  } else {
    ++registered_;
  }
  registration.state = RegistrationState::registered;
  registration.location = static_cast<std::uint32_t>(++locations_) & kLocationMask;
  devices_.moveTo(device, request.key.peer);
  registration.lwm2mVersion = parameters.lwm2mVersion.value_or(Version{});
  registration.lifetime = parameters.lifetime.value_or(kDefaultLifetime);
  registration.binding = shared(parameters.binding.value_or("U"));
  registration.queueMode = parameters.queueMode;
  registration.attributes = parameters.others;
  registration.since = clock_.wall();
  moveEndDevices(device);
  registration.leave = Leave::none;
  registration.objectLinks = shared(text(request.payload));
  applyObjects(device, objects);
  replan(device, objects.instances);
  refresh(device);
  heard(device);
  tellAwake(device);
  listener_.onChanged(registration, before);
}

void Server::applyObjects(Device& device, const ObjectList& objects) {
  device.extras = extrasOf(objects, device.extras.get());
  device.formats = FormatSet(objects.formats);
  device.accept = settings_.accept.value_or(preferredFormat(objects));
  settleEndDevices(device);
}

std::vector<Observation> Server::planFor(const Device& device, std::span<const DeclaredInstance> instances) {
  const Registration& registration = device.registration;
  std::vector<Observation> planned = listener_.plan(registration, modelOf(device), instances);
  if (registration.gateway == kNoGateway &&
      std::ranges::find(instances, kEndDevices[0].object(), &DeclaredInstance::object) != instances.end()) {
    std::erase_if(planned, [](const Observation& other) { return kEndDevices[0].contains(other.paths()[0]); });
    planned.insert(planned.begin(), Observation(kEndDevices[0], {}));
  }
  return device.oneByOne ? singly(planned) : planned;
}

void Server::replan(Device& device, std::span<const DeclaredInstance> instances) {
  Registration& registration = device.registration;
  device.oneByOne = false;
  std::vector<Observation> planned = planFor(device, instances);
  endRevision(device);
  for (const Observation& kept : registration.observations) {
    if (!kept.isByOperator()) continue;
    std::erase_if(planned, [&](const Observation& other) { return other.isAt(kept.paths(), kept.isComposite()); });
    planned.push_back(kept);
  }
  if (planned.size() > kMostObservations) planned.resize(kMostObservations);
  registration.observations = shared(planned);
  device.unheard = kNoSlot;
  observeAnew(device);
}

// Most devices say the same as others of their model.
SharedText Server::shared(std::string_view text) { return texts_.of(text, hash64(text)); }

SharedArray<Observation> Server::shared(std::span<const Observation> observations) {
  std::uint64_t hash = 0;
  for (const Observation& observation : observations) {
    hash = hash64(observation.attributes(), hash);
    for (const Path& path : observation.paths()) {
      const std::uint64_t packed = path.packed();
      hash = hash64({reinterpret_cast<const std::uint8_t*>(&packed), sizeof packed}, hash);
    }
  }
  return plans_.of(observations, hash);
}

Response Server::onUpdate(Device& device, const coap::IncomingRequest& request) {
  auto parameters = parseParameters(request.message.textOptions(coap::option::kUriQuery));
  if (!parameters) return refusal(parameters.error());
  if (const auto refused = refusalOfFormat(request.message); refused && !request.payload.empty())
    return refusal(*refused);
  std::optional<ObjectList> objects;
  if (!request.payload.empty() && text(request.payload) != device.registration.objectLinks.view()) {
    Result<ObjectList> parsed = parseObjectList(text(request.payload));
    if (!parsed) return plain(coap::code::kBadRequest, parsed.error().text());
    objects = std::move(*parsed);
  }

  ++counters_.updates;
  const RegistrationState before = device.registration.state;
  const bool changed = applyParameters(device, request.key.peer, std::move(*parameters));
  if (objects) {
    stopObserving(device);
    device.registration.objectLinks = shared(text(request.payload));
    applyObjects(device, *objects);
    replan(device, objects->instances);
  }
  const Leave leave = std::exchange(device.registration.leave, Leave::none);
  if (leave == Leave::disabled) tellAwake(device);
  refresh(device);
  heard(device);
  resumeObserving(device);
  if (changed || objects || leave != Leave::none) listener_.onChanged(device.registration, before);
  return plain(coap::code::kChanged);
}

// True if anything is now different: a pure refresh is not written (LwM2M Core 6.2.2: only what changes is in the
// request).
bool Server::applyParameters(Device& device, const coap::Address& from, RegistrationParameters parameters) {
  Registration& registration = device.registration;
  bool changed = false;
  const auto assign = [&changed](auto& field, auto value) {
    if (field == value) return;
    field = std::move(value);
    changed = true;
  };
  if (!(registration.address == from)) {
    follow(device, from);
    changed = true;
  }
  if (parameters.lifetime) assign(registration.lifetime, *parameters.lifetime);
  if (parameters.binding || parameters.queueMode) assign(registration.queueMode, parameters.queueMode);
  if (parameters.binding) assign(registration.binding, shared(*parameters.binding));
  if (!parameters.others.empty()) assign(registration.attributes, SharedText(parameters.others));
  return changed;
}

Response Server::onDeregister(Device& device) {
  ++counters_.deregisters;
  end(device, RegistrationState::deregistered);
  return plain(coap::code::kDeleted);
}

void Server::end(Device& device, RegistrationState state) {
  const RegistrationState before = device.registration.state;
  stopObserving(device);
  endRevision(device);
  endDevices(device, state);
  if (device.registration.gateway == kNoGateway) endpoint_.cancel(device.registration.address);
  leaveGateway(device);
  ++device.registration.generation;
  std::vector<Observation> kept = device.registration.observations.toVector();
  std::erase_if(kept, [](const Observation& it) { return !it.isByOperator(); });
  device.registration.observations = kept;
  stopObserving(device);
  device.registration.state = state;
  device.registration.since = clock_.wall();
  devices_.leave(device);
  expiry_.cancel(device.registration.device);
  --registered_;
  listener_.onChanged(device.registration, before);
}

void Server::refresh(Device& device) {
  if (device.registration.lifetime == 0) return expiry_.cancel(device.registration.device);
  const Instant before = device.expires;
  device.expires = clock_.now() + seconds(device.registration.lifetime) + settings_.grace;
  // A later deadline is seen when the earlier one fires: a refresh costs nothing then.
  if (expiry_.armed(device.registration.device) && device.expires >= before) return;
  expiry_.arm(device.registration.device, std::min(device.expires, clock_.now() + kLongestTimer));
}

void Server::expire(std::uint32_t index) {
  Device* device = devices_.at(index);
  if (device == nullptr || device->registration.state != RegistrationState::registered) return;
  if (device->registration.lifetime == 0) return;
  if (device->expires > clock_.now()) {
    return expiry_.arm(index, std::min(device->expires, clock_.now() + kLongestTimer));
  }
  ++counters_.expiries;
  end(*device, RegistrationState::expired);
}

void Server::forget(std::uint32_t index) {
  Device* device = devices_.at(index);
  if (device == nullptr) return;
  endDevices(*device, RegistrationState::deregistered);
  const bool registered = device->registration.state == RegistrationState::registered;
  const bool ownPeer = registered && device->registration.gateway == kNoGateway;
  const coap::Address address = device->registration.address;
  leaveGateway(*device);
  if (registered) --registered_;
  stopObserving(*device);
  endRevision(*device);
  expiry_.cancel(index);
  devices_.forget(index);
  if (ownPeer) endpoint_.cancel(address);  // last: whoever asks again at once finds no device
}

}  // namespace isthmus::lwm2m
