#pragma once

#include "ipe/base/mailbox.h"
#include "lwm2m/coap/udp/udp_carrier.h"
#include "lwm2m/server/server.h"
#include "tests/conformance/psk.h"
#include "tests/support/shifted_clock.h"

#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace isthmus::conformance {

using Outcome = Result<lwm2m::OperationOutcome>;

// What the server told its consumer.
struct Told {
  struct Report {
    std::string endpoint;
    lwm2m::Path observed;
    std::vector<lwm2m::Record> records;
    lwm2m::ReportKind kind = lwm2m::ReportKind::notification;
  };
  struct Change {
    lwm2m::Registration registration;
    lwm2m::RegistrationState before;
  };
  std::vector<Report> reports;
  std::vector<Change> changes;
  std::vector<std::string> bad;  // errors of reports that could not be decoded
  std::vector<std::string> awoken;
  std::vector<std::string> ended;  // observations that the device ended, by its code

  // Notifications of what is observed there, without the Observe's own answer; at the root: of composite observations.
  std::vector<Report> notifications(const lwm2m::Path& observed) const;
  std::vector<Report> sends() const;
};

// The consumer: remembers. Read through ServerUnderTest only.
class Witness final : public lwm2m::DeviceListener {
 public:
  lwm2m::Admission admit(std::string_view) override { return {}; }
  std::vector<lwm2m::Observation> plan(const lwm2m::Registration&, const lwm2m::DeviceModel&,
                                       std::span<const lwm2m::DeclaredInstance>) override {
    return planned;
  }
  void onChanged(const lwm2m::Registration& registration, lwm2m::RegistrationState before) override;
  void onAnswered(const lwm2m::coap::AnsweredExchange&) override {}
  lwm2m::coap::Verdict onReport(std::span<const lwm2m::Report> parts) override;
  lwm2m::coap::Verdict onBadReport(const lwm2m::BadReport& report) override;
  bool mayObserve() override { return true; }
  void onAwake(const lwm2m::Registration& registration) override;
  void onObservationEnded(const lwm2m::Registration& registration, const lwm2m::Observation& observation,
                          lwm2m::coap::Code why) override;

  std::vector<lwm2m::Observation> planned;
  std::function<void(const lwm2m::Registration&)> whenAwake;  // on the loop's thread
  std::mutex mutex;
  std::condition_variable changed;
  Told told;
};

struct ServerOptions {
  lwm2m::ServerSettings settings{.tokenSecret = 42};
  lwm2m::coap::Limits limits;
  std::vector<lwm2m::Observation> planned;        // what is observed on every device from the start
  std::vector<lwm2m::PskCredential> credentials;  // who must prove itself
};

// The real parts of the server on a loopback socket, with a loop on a thread of its own and a clock that tests move.
// What has come in before anything here is called is worked on before it, and what the server has to say by the time it
// returns has left: so a test that goes on to the devices, which keep the same order, cannot be ahead of a datagram.
class ServerUnderTest {
 public:
  explicit ServerUnderTest(ServerOptions options = {});
  ~ServerUnderTest();
  ServerUnderTest(const ServerUnderTest&) = delete;
  ServerUnderTest& operator=(const ServerUnderTest&) = delete;

  std::string url() const;
  std::string secureUrl() const;
  const lwm2m::ObjectRegistry& registry() const { return registry_; }

  // What the device of that endpoint answers. Error: also notFound, timeout (nothing came of it within the test's
  // patience).
  Outcome ask(const std::string& endpoint, lwm2m::DeviceOperation operation);
  // The same; on return the server has it.
  std::future<Outcome> begin(const std::string& endpoint, lwm2m::DeviceOperation operation);

  // On the loop's thread only.
  void operateNow(const std::string& endpoint, lwm2m::DeviceOperation operation, lwm2m::OperationCompletion done);
  // The credentials, on the loop's thread.
  template <class F>
  auto keys(F function) {
    return call([&](lwm2m::Server&) { return function(keys_); });
  }
  // Runs on the loop's thread; returns what it returns.
  template <class F>
  auto call(F function) -> decltype(function(std::declval<lwm2m::Server&>()));
  std::optional<lwm2m::Registration> registration(const std::string& endpoint);
  bool isRegistered(const std::string& endpoint);
  lwm2m::ServerCounters counters();
  lwm2m::coap::Counters messages();

  // Waits for the condition on what the server told; false: it did not come in time.
  bool await(const std::function<bool(const Told&)>& condition);
  // The same, doing something again and again meanwhile.
  bool await(const std::function<bool(const Told&)>& condition, const std::function<void()>& meanwhile);
  Told told();
  void whenAwake(std::function<void(const lwm2m::Registration&)> what);

  // Moves the server's clock; what is due then has been done on return.
  void advance(milliseconds by);

 private:
  struct Call {
    std::function<void()> work;
    std::promise<void> left;  // once what the server said to it has left
  };

  void run();
  void turn();
  int patience() const;
  void finishTurn();

  testing::ShiftedClock clock_;
  lwm2m::ObjectRegistry registry_ = lwm2m::ObjectRegistry::builtin();
  Witness witness_;
  // Each datagram goes by its address's transport.
  struct Ways final : lwm2m::coap::Output {
    std::unique_ptr<lwm2m::coap::UdpCarrier> plain;
    std::unique_ptr<lwm2m::coap::DtlsCarrier> secure;
    void send(const lwm2m::coap::Address& to, ByteView datagram) override;
  };

  SystemClock stopwatch_;
  Keys keys_;
  Ways ways_;
  lwm2m::coap::Endpoint endpoint_;
  lwm2m::Server server_;
  int alarm_;
  Mailbox<Call> calls_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

template <class F>
auto ServerUnderTest::call(F function) -> decltype(function(std::declval<lwm2m::Server&>())) {
  std::optional<decltype(function(server_))> answer;
  Call call{[&] { answer.emplace(function(server_)); }, {}};
  auto left = call.left.get_future();
  calls_.post(std::move(call));
  left.get();
  return *std::move(answer);
}

}  // namespace isthmus::conformance
