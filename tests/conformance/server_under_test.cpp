#include "tests/conformance/server_under_test.h"

#include <algorithm>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace isthmus::conformance {
namespace {

constexpr seconds kPatience{20};
constexpr milliseconds kLongestWait{100};
constexpr std::size_t kObserves = 128;

template <class T>
T opened(Result<T> carrier) {
  if (!carrier) throw std::runtime_error(carrier.error().text());
  return std::move(*carrier);
}

const auto kLoopback = lwm2m::coap::Address::ipv4(127, 0, 0, 1, 0);

}  // namespace

std::vector<Told::Report> Told::notifications(const lwm2m::Path& observed) const {
  std::vector<Report> found;
  std::copy_if(reports.begin(), reports.end(), std::back_inserter(found), [&](const Report& report) {
    return report.kind == lwm2m::ReportKind::notification && report.observed == observed;
  });
  return found;
}

std::vector<Told::Report> Told::sends() const {
  std::vector<Report> found;
  std::copy_if(reports.begin(), reports.end(), std::back_inserter(found),
               [](const Report& report) { return report.kind == lwm2m::ReportKind::send; });
  return found;
}

void Witness::onChanged(const lwm2m::Registration& registration, lwm2m::RegistrationState before) {
  const std::lock_guard lock(mutex);
  told.changes.push_back({registration, before});
  changed.notify_all();
}

lwm2m::coap::Verdict Witness::onReport(std::span<const lwm2m::Report> parts) {
  const std::lock_guard lock(mutex);
  for (const lwm2m::Report& part : parts)
    told.reports.push_back(
        {part.registration.endpoint, part.observed, {part.records.begin(), part.records.end()}, part.kind});
  changed.notify_all();
  return lwm2m::coap::Verdict::acknowledge;
}

lwm2m::coap::Verdict Witness::onBadReport(const lwm2m::BadReport& report) {
  const std::lock_guard lock(mutex);
  told.bad.push_back(report.error.text());
  changed.notify_all();
  return lwm2m::coap::Verdict::acknowledge;
}

void Witness::onObservationEnded(const lwm2m::Registration&, const lwm2m::Observation&, lwm2m::coap::Code why) {
  const std::lock_guard lock(mutex);
  told.ended.push_back(why.toString());
  changed.notify_all();
}

void Witness::onAwake(const lwm2m::Registration& registration) {
  std::function<void(const lwm2m::Registration&)> what;
  {
    const std::lock_guard lock(mutex);
    told.awoken.push_back(registration.endpoint);
    what = whenAwake;
    changed.notify_all();
  }
  if (what) what(registration);
}

ServerUnderTest::ServerUnderTest(ServerOptions options)
    : endpoint_(options.limits, ways_, clock_, 7),
      server_(options.settings, endpoint_, witness_, registry_, clock_),
      alarm_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      calls_([this] { eventfd_write(alarm_, 1); }) {
  ways_.plain = opened(lwm2m::coap::UdpCarrier::open(kLoopback));
  ways_.secure = opened(lwm2m::coap::DtlsCarrier::open(kLoopback, {}, {keys_, keys_, clock_, stopwatch_}, 11));
  keys_.join(*ways_.secure, endpoint_);
  for (const auto& credential : options.credentials) keys_.put(credential);
  server_.setSecurity(keys_);
  witness_.planned = std::move(options.planned);
  endpoint_.setHandler(server_);
  thread_ = std::thread([this] { run(); });
}

void ServerUnderTest::Ways::send(const lwm2m::coap::Address& to, ByteView datagram) {
  if (to.transport == lwm2m::coap::Transport::dtls) return secure->send(to, datagram);
  plain->send(to, datagram);
}

ServerUnderTest::~ServerUnderTest() {
  stop_ = true;
  eventfd_write(alarm_, 1);
  thread_.join();
  close(alarm_);
}

std::string ServerUnderTest::url() const { return "coap://127.0.0.1:" + std::to_string(ways_.plain->local().port); }

std::string ServerUnderTest::secureUrl() const {
  return "coaps://127.0.0.1:" + std::to_string(ways_.secure->local().port);
}

void ServerUnderTest::run() {
  while (!stop_) {
    std::array<pollfd, 3> waits{pollfd{ways_.plain->fd(), POLLIN, 0}, pollfd{ways_.secure->fd(), POLLIN, 0},
                                pollfd{alarm_, POLLIN, 0}};
    poll(waits.data(), waits.size(), patience());
    eventfd_t rung = 0;
    eventfd_read(alarm_, &rung);
    turn();
  }
}

void ServerUnderTest::turn() {
  auto calls = calls_.drain();  // before reading: what came in before a call was made is worked on before it
  const auto take = [this](std::span<const lwm2m::coap::Datagram> batch) { endpoint_.receive(batch); };
  ways_.plain->receiveBatch(take);
  ways_.secure->receiveBatch(take);
  ways_.secure->expire();
  endpoint_.expire();
  server_.turn(kObserves);
  for (auto& call : calls) call.work();
  ways_.plain->flush();
  ways_.secure->flush();
  for (auto& call : calls) call.left.set_value();
}

int ServerUnderTest::patience() const {
  if (server_.hasWork() || ways_.secure->hasWork()) return 1;
  auto wait = kLongestWait;
  for (const auto& due : {endpoint_.nextDeadline(), server_.nextDeadline(), ways_.secure->nextDeadline()})
    if (due) wait = std::min(wait, std::max(*due - clock_.now(), milliseconds(1)));
  return static_cast<int>(wait.count());
}

std::future<Outcome> ServerUnderTest::begin(const std::string& endpoint, lwm2m::DeviceOperation operation) {
  auto promise = std::make_shared<std::promise<Outcome>>();
  auto outcome = promise->get_future();
  return call([&](lwm2m::Server&) {
    operateNow(endpoint, std::move(operation),
               [promise](Outcome answered) { promise->set_value(std::move(answered)); });
    return std::move(outcome);
  });
}

void ServerUnderTest::operateNow(const std::string& endpoint, lwm2m::DeviceOperation operation,
                                 lwm2m::OperationCompletion done) {
  const auto device = server_.devices().find(endpoint);
  if (!device) return done(fail(Errc::notFound, "no such endpoint", endpoint));
  server_.operate(*device, std::move(operation), std::move(done));
}

Outcome ServerUnderTest::ask(const std::string& endpoint, lwm2m::DeviceOperation operation) {
  auto outcome = begin(endpoint, std::move(operation));
  if (outcome.wait_for(kPatience) != std::future_status::ready) return fail(Errc::timeout, "the test waits no longer");
  finishTurn();
  return outcome.get();
}

std::optional<lwm2m::Registration> ServerUnderTest::registration(const std::string& endpoint) {
  return call([&](lwm2m::Server& server) -> std::optional<lwm2m::Registration> {
    const auto index = server.devices().find(endpoint);
    if (!index) return std::nullopt;
    return server.devices().at(*index)->registration;
  });
}

bool ServerUnderTest::isRegistered(const std::string& endpoint) {
  const auto found = registration(endpoint);
  return found && found->state == lwm2m::RegistrationState::registered;
}

lwm2m::ServerCounters ServerUnderTest::counters() {
  return call([](lwm2m::Server& server) { return server.counters(); });
}

lwm2m::coap::Counters ServerUnderTest::messages() {
  return call([this](lwm2m::Server&) { return endpoint_.counters(); });
}

void ServerUnderTest::finishTurn() {
  call([](lwm2m::Server&) { return true; });
}

bool ServerUnderTest::await(const std::function<bool(const Told&)>& condition) {
  const auto holds = [&] { return condition(witness_.told); };
  std::unique_lock lock(witness_.mutex);
  if (!witness_.changed.wait_for(lock, kPatience, holds)) return false;
  lock.unlock();
  finishTurn();
  return true;
}

bool ServerUnderTest::await(const std::function<bool(const Told&)>& condition, const std::function<void()>& meanwhile) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    meanwhile();
    std::unique_lock lock(witness_.mutex);
    const bool holds = witness_.changed.wait_for(lock, milliseconds(50), [&] { return condition(witness_.told); });
    lock.unlock();
    if (!holds) continue;
    finishTurn();
    return true;
  }
  return false;
}

Told ServerUnderTest::told() {
  const std::lock_guard lock(witness_.mutex);
  return witness_.told;
}

void ServerUnderTest::whenAwake(std::function<void(const lwm2m::Registration&)> what) {
  const std::lock_guard lock(witness_.mutex);
  witness_.whenAwake = std::move(what);
}

void ServerUnderTest::advance(milliseconds by) {
  clock_.advance(by);
  call([this](lwm2m::Server&) {
    endpoint_.expire();
    server_.turn(kObserves);
    return true;
  });
}

}  // namespace isthmus::conformance
