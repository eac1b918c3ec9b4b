#include "lwm2m/client/simulated_fleet.h"

#include "lwm2m/client/fleet_impl.h"

#include <algorithm>
#include <future>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

namespace isthmus::lwm2m {
namespace {

constexpr milliseconds kLongestTurn{50}, kNudgePatience{10000};
constexpr unsigned kPasses = 16;
constexpr double kLongestBacklog = 1000;  // ms of notifications that are made up for after a pause
constexpr double kNothingObserved = 100;

DeviceSession* deviceOf(const coap_session_t* session) {
  return static_cast<DeviceSession*>(coap_session_get_app_data(session));
}

// libcoap's callbacks are C: nothing may be thrown through them.
void handleRequest(coap_resource_t* resource, coap_session_t* session, const coap_pdu_t* request,
                   const coap_string_t* query, coap_pdu_t* response) {
  coap_pdu_set_code(response, COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE);
  try {
    if (auto* device = deviceOf(session)) device->onRequest(resource, request, query, response);
  } catch (const std::exception&) {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_INTERNAL_ERROR);
  }
}

coap_response_t handleResponse(coap_session_t* session, const coap_pdu_t*, const coap_pdu_t* received,
                               const coap_mid_t) {
  auto* device = deviceOf(session);
  return device ? device->onResponse(received) : COAP_RESPONSE_FAIL;
}

void handleFailure(coap_session_t* session, const coap_pdu_t* sent, const coap_nack_reason_t reason, const coap_mid_t) {
  if (auto* device = deviceOf(session); device && sent) device->onFailure(sent, reason);
}

// One socket a device.
void allowDescriptors(std::uint32_t devices) {
  rlimit limit{};
  const rlim_t wanted = devices + 256;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(limit.rlim_max, wanted);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

SimulatedFleet::Impl::Impl(FleetOptions given, const ObjectRegistry& registry, Talk talk)
    : options(std::move(given)),
      clock(options.clock ? *options.clock : systemClock),
      poll(epoll_create1(EPOLL_CLOEXEC)),
      alarm(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      shared(clock.now()),
      errands([this] { eventfd_write(alarm.get(), 1); }) {
  profiles.emplace_back(registry, options.traits);
  for (const auto& prefix : options.traits.prefixes) {
    auto traits = options.traits;
    traits.prefixes.clear();
    traits.objects = {3, 3303, 3342};
    profiles.emplace_back(registry, traits, prefix);
  }
  shared.talk = std::move(talk);
  shared.obeysAttributes = options.obeysAttributes;
  shared.keepsRequests = options.keepsRequests;
}

SimulatedFleet::SimulatedFleet(FleetOptions options, const ObjectRegistry& registry, Talk talk)
    : impl_(std::make_unique<Impl>(std::move(options), registry, std::move(talk))) {}

SimulatedFleet::~SimulatedFleet() = default;

Result<void> SimulatedFleet::run(const std::atomic<bool>& stop) {
  if (const auto opened = impl_->open(); !opened) return opened;
  return impl_->loop(stop);
}

void SimulatedFleet::reboot(std::uint32_t device) {
  impl_->errands.post([device](Impl& impl) {
    if (auto* session = impl.device(device)) static_cast<void>(session->reboot());
  });
}

void SimulatedFleet::nudge() {
  const auto done = std::make_shared<std::promise<void>>();
  auto outcome = done->get_future();
  impl_->errands.post([done](Impl& impl) {
    impl.tick();
    done->set_value();
  });
  outcome.wait_for(kNudgePatience);
}

FleetStats SimulatedFleet::stats() const {
  const auto& from = impl_->shared.counters;
  FleetStats stats;
  stats.registered = from.registered;
  stats.registrations = from.registrations;
  stats.registrationFailures = from.registrationFailures;
  stats.updates = from.updates;
  stats.requests = from.requests;
  stats.observations = from.observations;
  stats.sends = from.sends;
  stats.failed = from.failed;
  const std::uint64_t open = from.unresolved + stats.failed;
  stats.notifications = from.notifications;
  stats.acknowledged = stats.notifications > open ? stats.notifications - open : 0;
  return stats;
}

Result<void> SimulatedFleet::Impl::openContext() {
  coap_startup();
  coap_set_log_level(LOG_EMERG);  // it takes a RST for an alarm; what matters comes through the callbacks
  context.reset(coap_new_context(nullptr));
  if (!context) return fail(Errc::io, "libcoap gives no context");
  shared.context = context.get();
  // Not COAP_BLOCK_SINGLE_BODY: with it libcoap 4.3.1 fails on bodies without Size1 (its issue 1566).
  coap_context_set_block_mode(context.get(), COAP_BLOCK_USE_LIBCOAP);
  coap_register_response_handler(context.get(), handleResponse);
  coap_register_nack_handler(context.get(), handleFailure);
  auto* everything = coap_resource_unknown_init2(handleRequest, 0);
  for (const auto method : {COAP_REQUEST_GET, COAP_REQUEST_POST, COAP_REQUEST_DELETE, COAP_REQUEST_FETCH,
                            COAP_REQUEST_PATCH, COAP_REQUEST_IPATCH})
    coap_register_request_handler(everything, method, handleRequest);
  coap_add_resource(context.get(), everything);
  for (const int fd : {coap_context_get_coap_fd(context.get()), alarm.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poll.get(), EPOLL_CTL_ADD, fd, &event) != 0) return fail(Errc::io, "no epoll for the devices");
  }
  return {};
}

// The device itself, then the end devices behind it.
std::vector<SimulatedDevice> SimulatedFleet::Impl::placesOf(std::uint32_t index) const {
  const auto name = options.prefix + std::to_string(index);
  std::vector<SimulatedDevice> places;
  places.reserve(profiles.size());
  for (const auto& profile : profiles) {
    places.emplace_back(profile, name, index + static_cast<std::uint32_t>(places.size()));
    if (places.size() == 1) {
      for (std::uint16_t account = 1; account <= options.others.size(); ++account) places.front().addAccount(account);
      continue;
    }
    const auto instance = static_cast<std::uint16_t>(places.size() - 2);
    places.front().addEndDevice(instance, profile.prefix, places.back().objectLinks(""));
  }
  return places;
}

Result<void> SimulatedFleet::Impl::open() {
  if (const auto known = findServers(); !known) return known;
  allowDescriptors(options.devices * static_cast<std::uint32_t>(shared.servers.size()));
  if (const auto opened = openContext(); !opened) return opened;
  const auto perMillisecond = std::max(options.registrationRate, 0.001) / 1000;
  for (std::uint32_t i = 0; i < options.devices; ++i) {
    devices.push_back({placesOf(i), {}});
    for (std::uint16_t account = 0; account < shared.servers.size(); ++account) {
      const DeviceSession::Place place{static_cast<std::uint32_t>(sessions.size()), i, account};
      sessions.push_back(std::make_unique<DeviceSession>(shared, devices.back(), place));
      const auto opened = sessions.back()->open(milliseconds(static_cast<milliseconds::rep>(i / perMillisecond)));
      if (!opened) return opened;
    }
  }
  return {};
}

Result<void> SimulatedFleet::Impl::findServers() {
  auto urls = options.others;
  urls.insert(urls.begin(), options.server);
  bool anySecure = false;
  for (const auto& url : urls) {
    const auto address = resolveServer(url);
    if (!address) return tl::unexpected(address.error());
    const bool secure = url.starts_with("coaps://");
    if (secure && !options.key) return fail(Errc::configuration, "a coaps:// address needs a key", url);
    anySecure = anySecure || secure;
    shared.servers.push_back({*address, secure});
  }
  if (options.key && !anySecure) return fail(Errc::configuration, "a key needs a coaps:// address", options.server);
  shared.key = options.key;
  return {};
}

Result<void> SimulatedFleet::Impl::loop(const std::atomic<bool>& stop) {
  const auto start = clock.now();
  while (!stop && (!options.duration || clock.now() - start < *options.duration)) {
    turn(kLongestTurn);
    for (const auto& errand : std::exchange(taken, {})) errand(*this);
    notify();
    tick();
  }
  farewell();
  return {};
}

void SimulatedFleet::Impl::turn(milliseconds longest) {
  epoll_event event{};
  epoll_wait(poll.get(), &event, 1, static_cast<int>(patience(longest).count()));
  eventfd_t rung = 0;
  eventfd_read(alarm.get(), &rung);
  taken = errands.drain();
  shared.now = clock.now();
  shared.wall = clock.wall();
  // What came in before an errand was given is worked on before it.
  for (unsigned pass = 0; pass < (taken.empty() ? 1 : kPasses); ++pass) coap_io_process(context.get(), COAP_IO_NO_WAIT);
  tick();
  lookAtQueue();
}

// What is due, and what changed since: so that what is asked in a later turn is answered after it was notified.
void SimulatedFleet::Impl::tick() {
  shared.now = clock.now();
  shared.wall = clock.wall();
  shared.timers.advance(shared.now, [this](TimerWheel::Id id) {
    sessions[id / DeviceSession::kTimers]->due(id % DeviceSession::kTimers);
  });
  for (auto* device : std::exchange(shared.changed, {})) device->reportDue();
}

milliseconds SimulatedFleet::Impl::patience(milliseconds longest) const {
  auto wait = static_cast<double>(longest.count());
  if (const auto timer = shared.timers.next())
    wait = std::min(wait, static_cast<double>((*timer - shared.now).count()));
  if (options.rate > 0) wait = std::min(wait, nextNotification - millisecondsNow());
  return milliseconds(static_cast<milliseconds::rep>(std::max(wait, 1.0)));
}

// libcoap does not report ACKs. Once it has nothing under way at all, everything sent has been resolved.
void SimulatedFleet::Impl::lookAtQueue() {
  if (shared.counters.unresolved == 0 || !coap_can_exit(context.get())) return;
  shared.counters.unresolved = 0;
  ++shared.resolvedEpoch;
}

void SimulatedFleet::Impl::notify() {
  if (options.rate <= 0) return;
  const auto now = millisecondsNow();
  nextNotification = std::max(nextNotification, now - kLongestBacklog);
  while (nextNotification <= now) {
    if (!notifyOne()) {
      nextNotification = now + kNothingObserved;
      return;
    }
    nextNotification += 1000 / options.rate;
  }
}

bool SimulatedFleet::Impl::notifyOne() {
  for (std::size_t i = 0; i < sessions.size(); ++i)
    if (sessions[cursor++ % sessions.size()]->notify()) return true;
  return false;
}

void SimulatedFleet::Impl::farewell() {
  for (const auto& device : sessions) device->leave();
  const auto until = clock.now() + options.farewell;
  const auto gone = [](const auto& device) { return device->isGone(); };
  while (clock.now() < until && !std::all_of(sessions.begin(), sessions.end(), gone)) turn(kLongestTurn);
  sessions.clear();
  devices.clear();
}

}  // namespace isthmus::lwm2m
