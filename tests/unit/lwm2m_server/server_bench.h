#pragma once

#include "lwm2m/server/server.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_device.h"

#include <string>
#include <vector>

namespace isthmus::lwm2m {

// Remembers what the server told it.
class RecordingListener final : public DeviceListener {
 public:
  Admission admit(std::string_view) override { return admission; }
  std::vector<Observation> plan(const Registration&, const DeviceModel&,
                                std::span<const DeclaredInstance> instances) override {
    declared.assign(instances.begin(), instances.end());
    return planned;
  }
  void onChanged(const Registration& registration, RegistrationState before) override {
    changes.push_back(registration);
    befores.push_back(before);
  }
  void onAnswered(const coap::AnsweredExchange& exchange) override { answered.push_back(exchange); }
  coap::Verdict onReport(std::span<const Report> parts) override {
    std::size_t records = 0;
    for (const Report& part : parts) records += part.records.size();
    if (values.size() + records > room) return coap::Verdict::withhold;
    if (verdict != coap::Verdict::acknowledge) return verdict;
    for (const Report& part : parts) {
      for (const Record& record : part.records) {
        values.push_back(record.path.toString() + "=" + toText(record.value));
        times.push_back(record.time);
        reporters.push_back(part.registration.endpoint);
      }
    }
    return verdict;
  }
  void onObservationEnded(const Registration&, const Observation& observation, coap::Code why) override {
    ended.push_back(why.toString());
    for (const Path& path : observation.paths()) ended.back() += " " + path.toString();
  }
  coap::Verdict onBadReport(const BadReport& report) override {
    bad.push_back(report.observed.toString() + ": " + toHex(report.payload));
    return coap::Verdict::acknowledge;
  }
  bool mayObserve() override { return observing; }
  void onAwake(const Registration& registration) override { awoken.push_back(registration.endpoint); }

  Admission admission;
  bool observing = true;
  std::size_t room = 1000;  // for values
  coap::Verdict verdict = coap::Verdict::acknowledge;
  std::vector<Observation> planned = {{Path(3303, 0, 5700), ""}};
  std::vector<DeclaredInstance> declared;
  std::vector<Registration> changes;
  std::vector<RegistrationState> befores;
  std::vector<coap::AnsweredExchange> answered;
  std::vector<std::string> values, reporters, bad, ended, awoken;
  std::vector<std::optional<WallTime>> times;
};

// Keeps what operations ended with.
struct Outcomes {
  OperationCompletion keep() {
    return [this](Result<OperationOutcome> outcome) { all.push_back(std::move(outcome)); };
  }
  const Result<OperationOutcome>& last() const { return all.back(); }
  std::vector<Result<OperationOutcome>> all;
};

// A server between a scripted device and a listener that remembers.
struct ServerBench {
  explicit ServerBench(ServerSettings given = {.tokenSecret = 42}) : settings(given) { endpoint.setHandler(server); }

  // Registers "ep" and returns the location's last segment.
  std::string registered(std::initializer_list<std::string_view> query = {"ep=dev", "lwm2m=1.1"}) {
    const auto answer = device.registers(query);
    return std::string(answer->message().textOptions(coap::option::kLocationPath).at(1));
  }
  // The Observe that the server sends next.
  testing::Sent observe() {
    server.turn(16);
    return *wire.take();
  }

  // A device without a plan, and ready for operations.
  void ready(std::initializer_list<std::string_view> query = {"ep=dev", "lwm2m=1.1"},
             std::string_view links = "</1/0>,</3/0>,</3303/0>") {
    listener.planned = {};
    device.registers(query, links);
    server.turn(16);
  }
  // Asks for the operation; the request that leaves.
  testing::Sent asks(DeviceOperation operation, std::uint32_t index = 0) {
    server.operate(index, std::move(operation), outcomes.keep());
    return *wire.take();
  }
  // The device leaves everything unanswered for four minutes.
  void silence() {
    for (int i = 0; i < 8; ++i) {
      clock.advance(seconds(40));
      endpoint.expire();
    }
    wire.sent.clear();
  }

  static coap::Address at(std::uint16_t port) { return coap::Address::ipv4(127, 0, 0, 1, port); }

  ServerSettings settings;
  testing::FakeClock clock;
  testing::Wire wire;
  RecordingListener listener;
  ObjectRegistry registry = ObjectRegistry::builtin();
  coap::Endpoint endpoint{coap::Limits{}, wire, clock, 7};
  Server server{settings, endpoint, listener, registry, clock};
  Outcomes outcomes;
  testing::ScriptedDevice device{endpoint, wire, at(40000)};
};

}  // namespace isthmus::lwm2m
