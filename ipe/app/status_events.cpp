// The events of StatusAdapter: what happens in the loop, as lines for /api/v1/events.
#include "ipe/app/device_operations.h"
#include "ipe/app/status_adapter.h"
#include "ipe/status/command_views.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace isthmus::app {
namespace {

// Console and listeners see a sample when devices say more than this; the values themselves are in the CSE.
constexpr unsigned kValuesPerSecond = 200;

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(Writer& writer, const char* key, std::string_view value) {
  writer.Key(key);
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

template <class Fill>
std::string object(Fill fill) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  fill(writer);
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

const char* eventOf(const lwm2m::Registration& registration, lwm2m::RegistrationState before) {
  switch (registration.state) {
    case lwm2m::RegistrationState::registered:
      return before == lwm2m::RegistrationState::registered ? "updated" : "registered";
    case lwm2m::RegistrationState::deregistered: return "deregistered";
    case lwm2m::RegistrationState::expired: return "expired";
  }
  return "updated";
}

}  // namespace

bool StatusAdapter::mayEmitValue() {
  const Instant now = parts_.clock.now();
  if (now - secondStarted_ >= seconds(1)) {
    secondStarted_ = now;
    valuesThisSecond_ = 0;
  }
  return valuesThisSecond_++ < kValuesPerSecond;
}

void StatusAdapter::connectEvents() {
  parts_.proxy.watch().setSink([this](proxy::DeviceIndex device, const proxy::WatchedValue& value) {
    if (!mayEmitValue()) return;
    const status::ValueView view = viewOf(parts_.proxy.resourceName(device), value);
    emit({"value", object([&](Writer& writer) {
            put(writer, "endpoint", endpointOf(device));
            put(writer, "path", view.path);
            put(writer, "value", view.value);
            put(writer, "unit", view.unit);
            put(writer, "time", toIso8601(view.time));
            put(writer, "target", view.target);
            put(writer, "fate", view.fate);
          })});
  });
  parts_.proxy.setEvents({[this](const lwm2m::Registration& registration, lwm2m::RegistrationState before) {
                            emit({eventOf(registration, before),
                                  object([&](Writer& writer) { put(writer, "endpoint", registration.endpoint); })});
                          },
                          [this](const proxy::CseState& cse) {
                            emit({"cse", object([&](Writer& writer) {
                                    writer.Key("reachable");
                                    writer.Bool(cse.reachable);
                                    put(writer, "problem", cse.problem);
                                  })});
                          }});
  connectCommands();
}

void StatusAdapter::connectCommands() {
  parts_.proxy.downlink().setObserver([this](const proxy::CommandStatus& command) {
    emit({"command", status::toJson(app::viewOf(command, endpointOf(command.device)))});
  });
}

void StatusAdapter::emit(const status::Event& event) {
  const std::lock_guard lock(sinks_->mutex);
  for (const Sink& sink : sinks_->list) sink(event);
}

std::shared_ptr<void> StatusAdapter::listen(Sink sink) {
  const std::lock_guard lock(sinks_->mutex);
  const auto place = sinks_->list.insert(sinks_->list.end(), std::move(sink));
  parts_.loop.call([this] { parts_.proxy.watch().watchAll(true); });
  return {nullptr, [this, sinks = sinks_, place](void*) {
            const std::lock_guard unlisten(sinks->mutex);
            sinks->list.erase(place);
            if (sinks->list.empty()) parts_.loop.call([this] { parts_.proxy.watch().watchAll(false); });
          }};
}

}  // namespace isthmus::app
