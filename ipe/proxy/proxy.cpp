#include "ipe/proxy/proxy.h"

#include "ipe/proxy/target.h"

#include <algorithm>
#include <utility>

namespace isthmus::proxy {
namespace {

using lwm2m::Registration;
using lwm2m::RegistrationState;
using lwm2m::coap::Verdict;

constexpr lwm2m::Version kFirstWithComposites{1, 1};
constexpr std::size_t kMaxProblems = 256;
constexpr std::size_t kReobservesPerTurn = 8;
constexpr std::size_t kShownBytes = 64;
constexpr std::size_t kReplansPerTurn = 64;
constexpr milliseconds kReplanPause{500};  // before devices that were busy being observed are looked at again

// Where `changes` remembers a message: apart from the value that it carries, so at no path that a value can have.
lwm2m::Path messageAt(const lwm2m::Path& observed) {
  constexpr std::uint16_t kNoId = 65535;
  if (observed.depth() < 3) return observed;
  return {observed.object(), observed.instance(), kNoId, observed.resource()};
}

// What `<AE>/online` says: the state, then why.
std::string onlineText(RegistrationState state) {
  switch (state) {
    case RegistrationState::registered: return "true registered";
    case RegistrationState::deregistered: return "false deregistered";
    case RegistrationState::expired: return "false expired";
  }
  return "false";
}

}  // namespace

Proxy::Proxy(const ProxySettings& settings, const mapping::Engine& engine, const Clock& clock, Log& log)
    : settings_(settings),
      engine_(&engine),
      clock_(clock),
      log_(log),
      accounts_(batch_),
      delivery_(settings.delivery, *this, accounts_, batch_, clock),
      downlink_(settings.downlink, devices_, batch_, clock),
      applications_(settings.applications, engine, *this, downlink_, clock),
      names_(settings.proxyName) {}

void Proxy::open(const JournalFacts& facts) {
  nextRow_ = facts.lastRow + 1;
  lastCommittedMs_ = facts.lastCommittedMs;
  run_ = facts.run;
  downlink_.open(facts.run);
}

void Proxy::attach(lwm2m::Server& server) {
  server_ = &server;
  devices_.attach(server);
}

Recovery Proxy::recovery(lwm2m::Server& server) {
  Recovery recovery;
  recovery.distinguished = [this](DeviceIndex device) { names_.restore(device); };
  recovery.registration = [this, &server](Registration registration) {
    name(registration);
    delivery_.want(registration.device, treeHash(registration));
    server.restore(std::move(registration));
  };
  recovery.pending = [this](const PendingRow& row) { delivery_.add(row); };
  recovery.account = [this](const AccountChange& change) { accounts_.restore(change); };
  recovery.tree = [this](const TreeState& state) { delivery_.restore(state); };
  recovery.asked = [this](DeviceIndex device, std::string_view origin) { applications_.restore(device, origin); };
  recovery.command = [this](const CommandStatus& command) { downlink_.restore(command); };
  return recovery;
}

void Proxy::use(const mapping::Engine& engine, std::uint32_t rules) {
  engine_ = &engine;
  changes_.clear();  // the places where these values were told may be others now
  applications_.use(engine);
  rulesToPlan_ = rules;
  toReplan_.clear();
  replanLater_.clear();
  for (DeviceIndex device = 0; device < server_->devices().size(); ++device) toReplan_.push_back(device);
}

// Other rules may give applications other places to act at.
void Proxy::wantTree(DeviceIndex index) {
  const lwm2m::Device* device = server_->devices().at(index);
  if (device == nullptr || device->registration.state != RegistrationState::registered) return;
  delivery_.want(index, treeHash(device->registration));
}

void Proxy::replanSome() {
  if (!rulesToPlan_) return;
  if (toReplan_.empty() && clock_.now() >= replanAgain_) toReplan_.swap(replanLater_);
  for (std::size_t i = 0; i < kReplansPerTurn && !toReplan_.empty(); ++i) {
    const DeviceIndex device = toReplan_.front();
    toReplan_.pop_front();
    wantTree(device);
    if (server_->replan(device)) continue;
    replanLater_.push_back(device);
    replanAgain_ = clock_.now() + kReplanPause;
  }
  if (toReplan() == 0 && server_->replanning() == 0) batch_.plannedRules = std::exchange(rulesToPlan_, std::nullopt);
}

void Proxy::turn() {
  for (DeliveryProblem& found : delivery_.takeProblems()) problem(found.device, std::move(found.text));
  tellOfCse();
  downlink_.turn();
  applications_.turn();
  replanSome();
  if (outboxRows() >= settings_.outboxLow || server_ == nullptr) return;
  for (std::size_t i = 0; i < kReobservesPerTurn && !toReobserve_.empty(); ++i) {
    const DeviceIndex device = toReobserve_.front();
    toReobserve_.pop_front();
    missed_[device] = false;
    server_->reobserve(device);
  }
}

void Proxy::tellOfCse() {
  const CseState& cse = delivery_.cse();
  if (cse.reachable == cseWasReachable_ && cse.known == cseWasKnown_) return;
  cseWasReachable_ = cse.reachable;
  cseWasKnown_ = cse.known;
  if (cse.reachable) {
    log_.info("cse", "the CSE answers; " + std::to_string(delivery_.pending()) + " values wait for it");
  } else {
    log_.warn("cse", "the CSE cannot be used, values are kept until it can: " + cse.problem);
  }
  if (events_.cse) events_.cse(cse);
}

void Proxy::committed() {
  for (OutboxRow& row : batch_.rows) delivery_.add(std::move(row));
  for (const RowFate& fate : batch_.fates) watch_.onFate(fate.id, fate.fate);
  batch_.clear();
  applications_.committed();
  downlink_.committed();  // begins the next batch
}

Result<void> Proxy::forget(std::string_view endpoint) {
  const auto device = server_->devices().find(endpoint);
  if (!device) return fail(Errc::notFound, "no such endpoint", std::string(endpoint));
  dropRows(*device);
  delivery_.forget(*device, resourceName(*device));
  batch_.forgotten.push_back(*device);
  byName_.erase(nameHash(*device), *device, [this](std::uint32_t other) { return nameHash(other); });
  names_.forget(*device);
  downlink_.onForgotten(*device);
  server_->forget(*device);
  return {};
}

// Of the turn that is not committed yet: nothing of them is to remain.
void Proxy::dropRows(DeviceIndex device) {
  const auto gone = std::ranges::remove_if(batch_.rows, [&](const OutboxRow& row) {
    if (row.device != device) return false;
    if (row.kind == RowKind::reading) accounts_.moved(device, Fate::pending, Fate::expired);
    return true;
  });
  batch_.rows.erase(gone.begin(), gone.end());
}

lwm2m::Admission Proxy::admit(std::string_view) { return {!refusing(), settings_.retryAfter}; }

std::vector<lwm2m::Observation> Proxy::plan(const Registration& registration, const lwm2m::DeviceModel& model,
                                            std::span<const lwm2m::DeclaredInstance> instances) {
  std::vector<lwm2m::Path> paths;
  paths.reserve(instances.size());
  for (const lwm2m::DeclaredInstance& declared : instances)
    if (declared.instance) paths.emplace_back(declared.object, *declared.instance);
  std::vector<lwm2m::Observation> observations;
  std::vector<lwm2m::Path> together;
  const bool composites = registration.lwm2mVersion >= kFirstWithComposites;
  for (mapping::PlannedObservation& planned : engine_->plan({registration.endpoint, {}, {}, model}, paths)) {
    if (planned.composite && composites) {
      together.push_back(planned.path);
    } else {
      observations.push_back({planned.path, std::move(planned.attributes)});
    }
  }
  if (together.size() == 1) observations.push_back({together.front(), {}});
  if (together.size() > 1) observations.push_back(lwm2m::Observation::together(std::move(together)));
  return observations;
}

void Proxy::onChanged(const Registration& registration, RegistrationState before) {
  name(registration);
  std::vector<Registration>& changed = batch_.registrations;
  if (!changed.empty() && changed.back().device == registration.device) {
    changed.back() = registration;
  } else {
    changed.push_back(registration);
  }
  if (registration.state == RegistrationState::registered) delivery_.want(registration.device, treeHash(registration));
  if (events_.device) events_.device(registration, before);
  if (registration.state == before) return;
  if (registration.state == RegistrationState::deregistered) downlink_.onDeregistered(registration.device);
  emit(registration.device, RowKind::online,
       {mapping::Form::container, "online", onlineText(registration.state), "text/plain:0"}, {}, clock_.wall());
}

void Proxy::onAnswered(const lwm2m::coap::AnsweredExchange& exchange) { batch_.answered.push_back(exchange); }

Verdict Proxy::onReport(std::span<const lwm2m::Report> parts) {
  std::size_t records = 0;
  for (const lwm2m::Report& part : parts) records += part.records.size();
  if (outboxRows() + records > settings_.outboxMax) {
    for (const lwm2m::Report& part : parts) miss(part.registration.device);
    return Verdict::withhold;
  }
  for (const lwm2m::Report& part : parts) {
    const std::optional<Sent> whole = uplinkWhole(part);
    for (const lwm2m::Record& record : part.records) uplink(part, record, whole);
    if (part.kind == lwm2m::ReportKind::notification && !part.records.empty())
      batch_.answered.push_back({part.key, {}, 0});
  }
  return Verdict::acknowledge;
}

void Proxy::uplink(const lwm2m::Report& report, const lwm2m::Record& record, const std::optional<Sent>& whole) {
  const DeviceIndex device = report.registration.device;
  const WallTime now = clock_.wall();
  Result<mapping::Mapping> mapped =
      engine_->toOneM2m({report.registration.endpoint, {}, {}, report.model}, record, now, report.records);
  if (!mapped) {
    accounts_.received(device, Fate::decodeError);
    problem(device, record.path.toString() + ": " + mapped.error().text());
    return show(report, record, {.fate = Fate::decodeError});
  }
  if (mapped->targets.empty() && mapped->mergedWith) return show(report, record, sentOf(device, *mapped->mergedWith));
  if (mapped->targets.empty() && mapped->encapsulated && whole) return show(report, record, *whole);
  if (mapped->targets.empty()) {
    accounts_.received(device, Fate::unmapped);
    return show(report, record, {.fate = Fate::unmapped});
  }
  const bool passes = !mapped->filters() || changesOf(device).passes(record.path, *mapped, clock_.now());
  for (mapping::Mapped& target : mapped->targets)
    show(report, record, pass(device, std::move(target), passes, record.path, record.time.value_or(now)));
}

// The message as it came, where a rule wants it so (TS-0014 clause 7). It counts as one reading.
std::optional<Proxy::Sent> Proxy::uplinkWhole(const lwm2m::Report& report) {
  if (report.payload.empty()) return std::nullopt;
  const DeviceIndex device = report.registration.device;
  mapping::Mapping mapped = engine_->encapsulate({report.registration.endpoint, {}, {}, report.model}, report.observed,
                                                 static_cast<std::uint16_t>(report.format), report.payload);
  if (!mapped.encapsulated) return std::nullopt;
  const bool passes = !mapped.filters() || changesOf(device).passes(messageAt(report.observed), mapped, clock_.now());
  Sent sent;
  for (mapping::Mapped& target : mapped.targets)
    sent = pass(device, std::move(target), passes, report.observed, clock_.wall());
  return sent;
}

Proxy::Sent Proxy::pass(DeviceIndex device, mapping::Mapped mapped, bool passes, const lwm2m::Path& source,
                        WallTime time) {
  accounts_.received(device, passes ? Fate::pending : Fate::filtered);
  if (!passes) return {.target = std::move(mapped.path), .fate = Fate::filtered};
  Sent sent{.target = mapped.path, .fate = Fate::pending, .row = nextRow_};
  emit(device, RowKind::reading, std::move(mapped), source, time);
  return sent;
}

// What became of a value of the same message.
Proxy::Sent Proxy::sentOf(DeviceIndex device, const lwm2m::Path& path) const {
  const WatchedValue* value = watch_.find(device, path);
  return value != nullptr ? Sent{value->target, value->fate, value->row} : Sent{};
}

void Proxy::emit(DeviceIndex device, RowKind kind, mapping::Mapped mapped, const lwm2m::Path& source, WallTime time) {
  lastCommittedMs_ = std::max(lastCommittedMs_, std::int64_t{clock_.wall().time_since_epoch().count()});
  batch_.rows.push_back({nextRow_++, device, kind, lastCommittedMs_, run_, std::move(mapped.path),
                         std::move(mapped.content), std::move(mapped.contentInfo),
                         source.isRoot() ? 0 : source.packed(), time.time_since_epoch().count(), mapped.form,
                         std::move(mapped.detail)});
}

void Proxy::show(const lwm2m::Report& report, const lwm2m::Record& record, const Sent& sent) {
  const DeviceIndex device = report.registration.device;
  if (!watch_.watches(device)) return;
  const lwm2m::ResourceDefinition* definition =
      record.path.depth() >= 3 ? report.model.resource(record.path.object(), record.path.resource()) : nullptr;
  watch_.onValue(device, {record.path, lwm2m::toText(record.value), definition != nullptr ? definition->unit : "",
                          record.time.value_or(clock_.wall()), sent.target, sent.fate, sent.row});
}

Verdict Proxy::onBadReport(const lwm2m::BadReport& report) {
  const DeviceIndex device = report.registration.device;
  accounts_.received(device, Fate::decodeError);
  const std::string shown = toHex(report.payload.first(std::min(report.payload.size(), kShownBytes)));
  problem(device, report.observed.toString() + " cannot be decoded: " + report.error.text() + "; Content-Format " +
                      (report.contentFormat ? std::to_string(*report.contentFormat) : "absent") + ", bytes " + shown);
  const ByteView kept = report.payload.first(std::min(report.payload.size(), kBadPayloadBytes));
  batch_.badPayloads.push_back({clock_.wall(), device, report.observed.toString(), report.contentFormat,
                                report.error.text(), Bytes(kept.begin(), kept.end()), report.payload.size()});
  if (report.kind == lwm2m::ReportKind::notification) batch_.answered.push_back({report.key, {}, 0});
  return Verdict::acknowledge;
}

void Proxy::onObservationEnded(const Registration& registration, const lwm2m::Observation& observation,
                               lwm2m::coap::Code why) {
  std::string paths;
  for (const lwm2m::Path& path : observation.paths()) paths += (paths.empty() ? "" : ", ") + path.toString();
  problem(registration.device, "the device does not observe " + paths + " any more: " + why.toString());
}

void Proxy::miss(DeviceIndex device) {
  ++withheld_;
  if (missed_.size() <= device) missed_.resize(device + 1, false);
  if (missed_[device]) return;
  missed_[device] = true;
  toReobserve_.push_back(device);
}

void Proxy::problem(DeviceIndex device, std::string text) {
  if (problems_.size() >= kMaxProblems) problems_.pop_front();
  if (log_.enabled(LogLevel::debug)) log_.debug("proxy", resourceName(device) + ": " + text);
  problems_.push_back({clock_.wall(), device, std::move(text)});
}

void Proxy::name(const Registration& registration) {
  if (names_.add(registration.device, registration.endpoint)) batch_.distinguished.push_back(registration.device);
  if (!settings_.commands) return;
  const std::string name = names_.nameOf(registration.device, registration.endpoint);
  const std::uint64_t hash = hash64(name);
  const auto same = [&](std::uint32_t other) { return other == registration.device; };
  if (!byName_.find(hash, same)) byName_.insert(hash, registration.device);
}

std::uint64_t Proxy::nameHash(DeviceIndex device) const { return hash64(resourceName(device)); }

std::optional<DeviceIndex> Proxy::deviceNamed(std::string_view name) const {
  return byName_.find(hash64(name), [&](std::uint32_t device) { return resourceName(device) == name; });
}

void Proxy::describe(DeviceIndex index, const std::function<void(const mapping::DeviceFacts&)>& with) const {
  const lwm2m::Device* device = server_ != nullptr ? server_->devices().at(index) : nullptr;
  if (device == nullptr) return;
  const lwm2m::DeviceModel model = server_->modelOf(*device);
  with({device->registration.endpoint, {}, {}, model});
}

// Containers in which applications write a resource, or leave commands for it.
void Proxy::addWritable(const lwm2m::Device& device, onem2m::DeviceTree& tree) const {
  const std::vector<lwm2m::Path> instances = instancesOf(device.registration.device);
  for (const mapping::Place& place : engine_->places({tree.endpoint, {}, {}, server_->modelOf(device)}, instances)) {
    if (place.form != mapping::Form::container) continue;
    if (place.write) tree.containers.push_back({place.path, true, "Resource", {}, true});
    if (place.command) tree.containers.push_back({place.path + std::string(kCommandSuffix), true, "", {}, true});
  }
}

std::vector<lwm2m::Path> Proxy::instancesOf(DeviceIndex index) const {
  std::vector<lwm2m::Path> paths;
  const lwm2m::Device* device = server_->devices().at(index);
  const auto objects = lwm2m::parseObjectList(device != nullptr ? device->registration.objectLinks : std::string());
  if (!objects) return paths;
  for (const lwm2m::DeclaredInstance& declared : objects->instances)
    if (declared.instance) paths.emplace_back(declared.object, *declared.instance);
  return paths;
}

void Proxy::addStatus(DeviceIndex device, std::string content) {
  emit(device, RowKind::status,
       {mapping::Form::container, std::string(kStatusContainer), std::move(content), "application/json:0"}, {},
       clock_.wall());
}

std::uint64_t Proxy::treeHash(const Registration& registration) const {
  return hash64(registration.objectLinks, settings_.layoutHash ^ engine_->placesHash()) | 1;  // 0 means: none
}

Changes& Proxy::changesOf(DeviceIndex device) {
  if (changes_.size() <= device) changes_.resize(device + 1);
  return changes_[device];
}

std::string Proxy::resourceName(DeviceIndex device) const {
  const lwm2m::Device* known = server_->devices().at(device);
  return known != nullptr ? names_.nameOf(device, known->registration.endpoint) : std::string();
}

std::string Proxy::endpointOf(DeviceIndex device) const {
  const lwm2m::Device* known = server_->devices().at(device);
  return known != nullptr ? known->registration.endpoint : std::string();
}

std::string Proxy::ruleOf(DeviceIndex index, std::uint64_t source) const {
  const lwm2m::Device* device = source != 0 ? server_->devices().at(index) : nullptr;
  if (device == nullptr) return {};
  const std::string_view rule = engine_->ruleOf({device->registration.endpoint, {}, {}, server_->modelOf(*device)},
                                                lwm2m::Path::unpacked(source));
  return rule.empty() ? "the default rule" : "rule " + std::string(rule);
}

onem2m::DeviceTree Proxy::treeOf(DeviceIndex index) const {
  onem2m::DeviceTree tree;
  const lwm2m::Device* device = server_->devices().at(index);
  if (device == nullptr) return tree;
  tree.endpoint = device->registration.endpoint;
  tree.name = names_.nameOf(index, tree.endpoint);
  if (settings_.commands) {
    tree.containers.push_back({std::string(kStatusContainer), false, ""});
    tree.containers.push_back({std::string(kCommandContainer), true, "", {}, true});
  }
  const Result<lwm2m::ObjectList> objects = lwm2m::parseObjectList(device->registration.objectLinks);
  if (!objects || !settings_.delivery.eagerTree) return tree;
  std::optional<std::uint16_t> object;
  for (const lwm2m::DeclaredInstance& declared : objects->instances) {
    const std::string path = std::to_string(declared.object);
    if (object != declared.object) tree.containers.push_back({path, false, "Object"});
    object = declared.object;
    if (declared.instance)
      tree.containers.push_back({path + "/" + std::to_string(*declared.instance), false, "ObjectInstance"});
  }
  tree.targets = actionsOf(*engine_, {tree.endpoint, {}, {}, server_->modelOf(*device)}, objects->instances);
  if (settings_.commands) addWritable(*device, tree);
  return tree;
}

}  // namespace isthmus::proxy
