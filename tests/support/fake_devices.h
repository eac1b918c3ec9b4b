#pragma once

#include "ipe/proxy/device_port.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace isthmus::testing {

// Devices that answer when, and what, a test says.
class FakeDevices final : public proxy::DevicePort {
 public:
  struct Request {
    proxy::DeviceIndex device = 0;
    lwm2m::DeviceOperation operation;
    lwm2m::OperationCompletion completion;
  };

  Reach reach(proxy::DeviceIndex device) const override {
    const auto found = reaches.find(device);
    return found == reaches.end() ? Reach::unknown : found->second;
  }
  bool queueMode(proxy::DeviceIndex device) const override { return queueModes.contains(device); }
  void awaitAwake(proxy::DeviceIndex device) override { awaited.insert(device); }
  void operate(proxy::DeviceIndex device, const lwm2m::DeviceOperation& operation,
               lwm2m::OperationCompletion completion) override {
    if (refusal) return completion(tl::unexpected(*refusal));
    asked.push_back({device, operation, std::move(completion)});
    if (onAsked) onAsked(asked.back());
  }

  Request take() {
    Request first = std::move(asked.front());
    asked.pop_front();
    return first;
  }
  static void answer(const Request& request, lwm2m::coap::Code code, std::vector<lwm2m::Record> records = {}) {
    lwm2m::OperationOutcome outcome;
    outcome.code = code;
    outcome.records = std::move(records);
    request.completion(std::move(outcome));
  }
  static void lose(const Request& request, Errc how = Errc::timeout) { request.completion(fail(how, "nothing came")); }

  std::map<proxy::DeviceIndex, Reach> reaches;
  std::map<proxy::DeviceIndex, bool> queueModes;
  std::deque<Request> asked;  // and not answered
  std::function<void(const Request&)> onAsked;
  std::set<proxy::DeviceIndex> awaited;
  std::optional<Error> refusal;  // of all that is asked, before it is sent
};

}  // namespace isthmus::testing
