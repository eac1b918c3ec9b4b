#include "ipe/app/status_adapter.h"

#include "ipe/app/dtls_counters.h"
#include "ipe/app/notify_counters.h"

#include <algorithm>
#include <set>

namespace isthmus::app {
namespace {

using proxy::Fate;
using status::AccountView;
using status::DeviceQuery;

constexpr std::size_t kAskedOfCse = 16;

AccountView viewOf(const proxy::Account& account) {
  return {account.received,           account.of(Fate::delivered), account.of(Fate::pending),
          account.of(Fate::filtered), account.of(Fate::unmapped),  account.of(Fate::decodeError),
          account.of(Fate::rejected), account.of(Fate::expired),   account.inDoubt};
}

std::string nameOf(lwm2m::RegistrationState state) {
  switch (state) {
    case lwm2m::RegistrationState::registered: return "registered";
    case lwm2m::RegistrationState::deregistered: return "deregistered";
    case lwm2m::RegistrationState::expired: return "expired";
  }
  return "unknown";
}

std::vector<std::pair<std::string, std::uint64_t>> counters(const lwm2m::coap::Counters& coap,
                                                            const lwm2m::ServerCounters& server,
                                                            std::uint64_t withheld) {
  return {{"coap_received_total", coap.received},
          {"coap_sent_total", coap.sent},
          {"coap_malformed_total", coap.malformed},
          {"coap_duplicates_total", coap.duplicates},
          {"coap_retransmissions_total", coap.retransmissions},
          {"coap_timeouts_total", coap.timeouts},
          {"coap_resets_total", coap.resets},
          {"registers_total", server.registers},
          {"updates_total", server.updates},
          {"deregisters_total", server.deregisters},
          {"expiries_total", server.expiries},
          {"registrations_refused_total", server.refused},
          {"notifications_total", server.notifications},
          {"stray_notifications_total", server.strayNotifications},
          {"foreign_notifications_total", server.foreignNotifications},
          {"observes_total", server.observesSent},
          {"observes_failed_total", server.observesFailed},
          {"observations_ended_total", server.observationsEnded},
          {"sends_total", server.sends},
          {"sends_refused_total", server.sendsRefused},
          {"operations_total", server.operations},
          {"operations_refused_total", server.operationsRefused},
          {"operations_failed_total", server.operationsFailed},
          {"wake_ups_total", server.wakeUps},
          {"reports_withheld_total", withheld}};
}

}  // namespace

StatusAdapter::StatusAdapter(Parts parts) : parts_(std::move(parts)), started_(SystemClock().now()) { connectEvents(); }

StatusAdapter::~StatusAdapter() = default;

status::StatusView StatusAdapter::status() {
  status::StatusView view = parts_.loop.ask([this] {
    const proxy::Delivery& delivery = parts_.proxy.delivery();
    const proxy::ProxySettings& settings = parts_.proxy.settings();
    status::StatusView out;
    out.registered = parts_.server.registered();
    out.known = parts_.server.devices().size();
    out.outbox = {delivery.pending(),     settings.outboxMax, settings.outboxHigh, settings.outboxLow, 0,
                  parts_.proxy.refusing()};
    out.cse.reachable = delivery.cse().reachable;
    out.cse.problem = delivery.cse().known ? delivery.cse().problem : "not asked yet";
    if (delivery.cse().known) out.cse.since = delivery.cse().since;
    out.cse.treeJobs = delivery.treeJobs();
    out.counters = counters(parts_.endpoint.counters(), parts_.server.counters(), parts_.proxy.withheld());
    if (parts_.secure != nullptr) addDtlsCounters(*parts_.secure, out.counters);
    if (parts_.notify != nullptr)
      addNotifyCounters(parts_.notify->figures(), parts_.proxy.applications().counters(), out.counters);
    return out;
  });
  view.version = parts_.version;
  view.uptimeSeconds = static_cast<double>((SystemClock().now() - started_).count()) / 1000.0;
  view.cse.url = parts_.cseUrl;
  view.cse.base = parts_.cse.base;
  if (parts_.cse.nodeOriginator.empty())
    view.cse.notes.emplace_back("no <node>s are made: set onem2m.nodeOriginator to have them");
  if (parts_.profile.refusesAcpi) view.cse.notes.emplace_back("this CSE refuses acpi: resources are made without");
  if (parts_.notify == nullptr)
    view.cse.notes.emplace_back("applications cannot command devices: set onem2m.notify.listen to let them");
  if (parts_.profile.refusesSubscription)
    view.cse.notes.emplace_back("this CSE refuses subscriptions: applications cannot command devices");
  if (parts_.profile.refusesNode) view.cse.notes.emplace_back("this CSE refuses <node>: devices are served without");
  view.lwm2mUrl = parts_.lwm2mUrl;
  view.storageProblem = parts_.loop.storageProblem();
  view.storageFine = view.storageProblem.empty();
  if (view.outbox.pending > 0) view.outbox.oldestSeconds = oldestSeconds();
  return view;
}

double StatusAdapter::oldestSeconds() {
  const std::lock_guard lock(readerMutex_);
  const auto rows = parts_.reader->pending(1);
  if (!rows || rows->empty()) return 0;
  const auto now = SystemClock().wall().time_since_epoch().count();
  return std::max(0.0, static_cast<double>(now - rows->front().committedMs) / 1000.0);
}

AccountView StatusAdapter::accounting() {
  return parts_.loop.ask([this] { return app::viewOf(parts_.proxy.accounts().total()); });
}

std::vector<std::pair<std::string, AccountView>> StatusAdapter::accountingByEndpoint(const DeviceQuery& query) {
  return parts_.loop.ask([&] {
    std::size_t total = 0;
    std::vector<std::pair<std::string, AccountView>> out;
    for (const std::uint32_t index : page(query, total))
      out.emplace_back(endpointOf(index), app::viewOf(parts_.proxy.accounts().of(index)));
    return out;
  });
}

std::vector<std::uint32_t> StatusAdapter::page(const DeviceQuery& query, std::size_t& total) const {
  std::vector<std::uint32_t> indexes;
  const lwm2m::DeviceTable& devices = parts_.server.devices();
  for (std::uint32_t index = 0; index < devices.size(); ++index) {
    const lwm2m::Device* device = devices.at(index);
    if (device == nullptr || device->registration.endpoint.find(query.search) == std::string::npos) continue;
    if (total >= query.offset && indexes.size() < query.limit) indexes.push_back(index);
    ++total;
  }
  return indexes;
}

status::DevicePage StatusAdapter::devices(const DeviceQuery& query) {
  return parts_.loop.ask([&] {
    status::DevicePage out;
    for (const std::uint32_t index : page(query, out.total))
      out.devices.push_back(viewOf(*parts_.server.devices().at(index)));
    return out;
  });
}

std::string StatusAdapter::endpointOf(std::uint32_t index) const {
  const lwm2m::Device* device = parts_.server.devices().at(index);
  return device != nullptr ? device->registration.endpoint : std::string();
}

// Every message that counts moves the end of the registration.
std::optional<WallTime> StatusAdapter::lastSeen(const lwm2m::Device& device) const {
  const lwm2m::Registration& registration = device.registration;
  if (registration.state != lwm2m::RegistrationState::registered || registration.lifetime == 0) return std::nullopt;
  const auto left = device.expires - parts_.clock.now();
  return parts_.clock.wall() - (seconds(registration.lifetime) + parts_.server.grace() - left);
}

status::DeviceView StatusAdapter::viewOf(const lwm2m::Device& device) const {
  const lwm2m::Registration& registration = device.registration;
  status::DeviceView view;
  view.endpoint = registration.endpoint;
  view.name = parts_.proxy.resourceName(registration.device);
  view.address = registration.address.toString();
  view.state = nameOf(registration.state);
  view.lwm2mVersion = registration.lwm2mVersion.toString();
  view.binding = std::string(registration.binding.view()) + (registration.queueMode ? "Q" : "");
  view.cseStatus = parts_.proxy.delivery().built(registration.device) ? "made" : "waiting";
  view.lifetime = registration.lifetime;
  view.since = registration.since;
  view.lastSeen = lastSeen(device);
  if (const auto objects = lwm2m::parseObjectList(registration.objectLinks)) {
    for (const lwm2m::DeclaredInstance& declared : objects->instances) {
      const lwm2m::Path path =
          declared.instance ? lwm2m::Path(declared.object, *declared.instance) : lwm2m::Path(declared.object);
      view.objects.push_back(path.toString());
    }
  }
  view.account = app::viewOf(parts_.proxy.accounts().of(registration.device));
  return view;
}

status::ValueView StatusAdapter::viewOf(const std::string& device, const proxy::WatchedValue& value) const {
  static constexpr std::string_view kFateNames[] = {"pending",      "delivered", "filtered", "unmapped",
                                                    "decode_error", "rejected",  "expired"};
  const std::string target =
      value.target.empty() ? "" : onem2m::CseClient::devicePath(parts_.cse, device) + "/" + value.target;
  return {value.path.toString(),
          value.value,
          value.unit,
          value.time,
          target,
          std::string(kFateNames[static_cast<std::size_t>(value.fate)])};
}

std::vector<status::ValueView> StatusAdapter::valuesOf(const lwm2m::Device& device) const {
  const std::string name = parts_.proxy.resourceName(device.registration.device);
  std::vector<status::ValueView> values;
  for (const proxy::WatchedValue& value : parts_.proxy.watch().valuesOf(device.registration.device))
    values.push_back(viewOf(name, value));
  return values;
}

std::vector<std::string> StatusAdapter::problemsOf(std::uint32_t device) const {
  std::vector<std::string> out;
  const auto& problems = parts_.proxy.problems();
  for (auto problem = problems.rbegin(); problem != problems.rend(); ++problem)
    if (problem->device == device) out.push_back(toIso8601(problem->at) + " " + problem->text);
  return out;
}

std::string StatusAdapter::unitOf(const lwm2m::Device& device, const lwm2m::Path& path) const {
  if (path.depth() < 3) return {};
  const auto* definition = parts_.server.modelOf(device).resource(path.object(), path.resource());
  return definition != nullptr ? definition->unit : std::string();
}

std::optional<status::DeviceDetail> StatusAdapter::device(const std::string& endpoint) {
  std::vector<std::string> units;
  std::optional<status::DeviceDetail> detail = parts_.loop.ask([&]() -> std::optional<status::DeviceDetail> {
    const auto index = parts_.server.devices().find(endpoint);
    if (!index) return std::nullopt;
    parts_.proxy.watch().watch(*index);
    const lwm2m::Device& device = *parts_.server.devices().at(*index);
    status::DeviceDetail out{viewOf(device), valuesOf(device), {}, problemsOf(*index)};
    for (const lwm2m::Observation& observation : device.registration.observations) {
      for (const lwm2m::Path& path : observation.paths()) {
        out.observed.push_back(path.toString());
        units.push_back(unitOf(device, path));
      }
    }
    return out;
  });
  if (detail) completeFromCse(*detail, units);
  return detail;
}

// What the device said before anybody watched: first what still waits in the outbox, then the CSE's latest of the
// resources that are observed by themselves.
void StatusAdapter::completeFromCse(status::DeviceDetail& detail, const std::vector<std::string>& units) {
  std::set<std::string> known;
  for (const status::ValueView& value : detail.values) known.insert(value.path);
  const std::lock_guard lock(clientMutex_);
  std::size_t asked = 0;
  for (std::size_t i = 0; i < detail.observed.size(); ++i) {
    const std::string& path = detail.observed[i];
    if (known.contains(path) || std::ranges::count(path, '/') < 3 || ++asked > kAskedOfCse) continue;
    const std::string container = path.substr(1);
    const auto latest = parts_.client->latest(detail.device.name, container);
    if (!latest) return;  // away: the rest would wait as long
    if (!*latest) continue;
    detail.values.push_back({path, (*latest)->content, units[i], (*latest)->committed.value_or(WallTime{}),
                             onem2m::CseClient::devicePath(parts_.cse, detail.device.name) + "/" + container,
                             "delivered"});
  }
}

Result<void> StatusAdapter::forget(const std::string& endpoint) {
  return parts_.loop.ask([&] { return parts_.proxy.forget(endpoint); });
}

Result<std::vector<status::OutboxRowView>> StatusAdapter::outbox(const std::string& state, std::size_t limit) {
  std::vector<std::pair<std::uint32_t, status::OutboxRowView>> rows;
  const auto add = [&rows](const proxy::OutboxRow& row, const std::string& as, const std::string& reason) {
    rows.push_back(
        {row.device, {row.id, "", row.target, row.content, as, reason, WallTime(milliseconds(row.committedMs))}});
  };
  {
    const std::lock_guard lock(readerMutex_);
    if (state == "rejected") {
      auto found = parts_.reader->rejected(limit);
      if (!found) return tl::unexpected(found.error());
      for (const auto& rejected : *found) add(rejected.row, "rejected", rejected.reason);
    } else {
      auto found = parts_.reader->pending(limit);
      if (!found) return tl::unexpected(found.error());
      for (const proxy::OutboxRow& row : *found) add(row, "pending", "");
    }
  }
  return parts_.loop.ask([&]() -> Result<std::vector<status::OutboxRowView>> {
    std::vector<status::OutboxRowView> out;
    for (auto& [device, row] : rows) {
      row.endpoint = endpointOf(device);
      out.push_back(std::move(row));
    }
    return out;
  });
}

}  // namespace isthmus::app
