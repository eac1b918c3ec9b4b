#include "lwm2m/client/fleet_impl.h"

#include <future>

namespace isthmus::lwm2m {
namespace {

constexpr seconds kPatience{30};

}  // namespace

// The errand runs on the fleet's thread; it calls `done` at once or later. One that is dropped counts as unavailable.
template <class T, class Errand>
Result<T> DeviceControl::perform(Errand errand) const {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto outcome = promise->get_future();
  std::function<void(Result<T>)> done = [promise = std::move(promise)](Result<T> result) {
    promise->set_value(std::move(result));
  };
  fleet_->impl_->errands.post([device = device_, account = account_, prefix = prefix_, done = std::move(done),
                               errand = std::move(errand)](SimulatedFleet::Impl& fleet) mutable {
    auto* session = fleet.device(device, account);
    auto* place = session ? session->place(prefix) : nullptr;
    if (!place) return done(fail(Errc::notFound, "no such device", prefix));
    errand(*session, *place, std::move(done));
  });
  if (outcome.wait_for(kPatience) != std::future_status::ready) return fail(Errc::timeout, "the fleet does not answer");
  try {
    return outcome.get();
  } catch (const std::future_error&) {
    return fail(Errc::unavailable, "the device has not done it");
  }
}

DeviceControl DeviceControl::behind(std::string prefix) const {
  auto control = *this;
  control.prefix_ = std::move(prefix);
  return control;
}

DeviceControl DeviceControl::towards(std::uint16_t account) const {
  auto control = *this;
  control.account_ = account;
  return control;
}

Result<void> DeviceControl::set(const Path& path, Value value) const {
  return perform<void>([path, value = std::move(value)](DeviceSession& session, SimulatedDevice& place, auto done) {
    auto measured = place.measure(path, value);
    session.valuesChanged();
    done(std::move(measured));
  });
}

Result<Value> DeviceControl::value(const Path& path) const {
  return perform<Value>([path](DeviceSession&, SimulatedDevice& place, auto done) {
    const auto* value = place.find(path);
    done(value ? Result<Value>(*value) : fail(Errc::notFound, "no value", path.toString()));
  });
}

Result<void> DeviceControl::vanish(const Path& path) const {
  return perform<void>([path](DeviceSession& session, SimulatedDevice& place, auto done) {
    place.vanish(path);
    session.valuesChanged();
    done({});
  });
}

Result<DeviceControl::Code> DeviceControl::update() const {
  return perform<Code>([](DeviceSession& session, SimulatedDevice&, auto done) { session.updateNow(std::move(done)); });
}

Result<DeviceControl::Code> DeviceControl::registerAgain() const {
  return perform<Code>(
      [](DeviceSession& session, SimulatedDevice&, auto done) { session.registerNow(std::move(done)); });
}

Result<DeviceControl::Code> DeviceControl::deregister() const {
  return perform<Code>(
      [](DeviceSession& session, SimulatedDevice&, auto done) { session.deregisterNow(std::move(done)); });
}

Result<DeviceControl::Code> DeviceControl::send(std::vector<Path> paths) const {
  return perform<Code>([paths = std::move(paths)](DeviceSession& session, SimulatedDevice& place, auto done) {
    session.send(place, paths, std::move(done));
  });
}

Result<DeviceControl::Code> DeviceControl::send(std::vector<Record> records, ContentFormat format) const {
  return perform<Code>(
      [records = std::move(records), format](DeviceSession& session, SimulatedDevice& place, auto done) {
        session.sendRecords(place, records, format, std::move(done));
      });
}

Result<DeviceControl::Code> DeviceControl::sayAtSend(DeviceWord word) const {
  return perform<Code>([word = std::move(word)](DeviceSession& session, SimulatedDevice&, auto done) {
    session.sendWord(word, std::move(done));
  });
}

Result<void> DeviceControl::notify(const Path& observed, DeviceWord word) const {
  return perform<void>([observed, word = std::move(word)](DeviceSession& session, SimulatedDevice& place, auto done) {
    done(session.notifyWord(place, observed, word));
  });
}

Result<void> DeviceControl::notify(const Path& observed, std::vector<Record> records) const {
  return perform<void>(
      [observed, records = std::move(records)](DeviceSession& session, SimulatedDevice& place, auto done) {
        done(session.notifyRecords(place, observed, records));
      });
}

Result<void> DeviceControl::answerNext(DeviceWord word) const {
  return perform<void>([word = std::move(word)](DeviceSession& session, SimulatedDevice&, auto done) {
    session.answerNext(word);
    done({});
  });
}

Result<void> DeviceControl::sleep() const {
  return perform<void>([](DeviceSession& session, SimulatedDevice&, auto done) {
    session.sleep();
    done({});
  });
}

Result<void> DeviceControl::wake() const {
  return perform<void>([](DeviceSession& session, SimulatedDevice&, auto done) {
    session.wake();
    done({});
  });
}

Result<void> DeviceControl::move(std::string localAddress) const {
  return perform<void>([address = std::move(localAddress)](DeviceSession& session, SimulatedDevice&, auto done) {
    done(session.move(address));
  });
}

Result<void> DeviceControl::reboot() const {
  return perform<void>([](DeviceSession& session, SimulatedDevice&, auto done) { done(session.reboot()); });
}

Result<DeviceState> DeviceControl::state() const {
  return perform<DeviceState>([](DeviceSession& session, SimulatedDevice&, auto done) { done(session.state()); });
}

Result<std::vector<AskedRequest>> DeviceControl::asked() const {
  return perform<std::vector<AskedRequest>>(
      [](DeviceSession& session, SimulatedDevice&, auto done) { done(session.takeAsked()); });
}

}  // namespace isthmus::lwm2m
