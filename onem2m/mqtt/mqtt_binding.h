#pragma once

#include "onem2m/client/binding.h"
#include "onem2m/client/notification_source.h"
#include "onem2m/mqtt/mqtt_options.h"

#include <memory>

namespace isthmus::onem2m {

// oneM2M over MQTT (TS-0010): requests to the CSE and its notifications over one connection to a broker, which all
// Connections share. Thread-safe.
class MqttBinding final : public Binding, public NotificationSource {
 public:
  // Reads the certificates; connects with the first connect() or setSink(). Error: configuration, with the JSON pointer
  // of the setting.
  static Result<std::unique_ptr<MqttBinding>> make(const MqttOptions& options);
  ~MqttBinding() override;

  std::unique_ptr<Connection> connect() override;
  void setSink(NotificationSink* sink) override;

 private:
  class Peer;
  class PeerConnection;
  explicit MqttBinding(std::shared_ptr<Peer> peer);

  std::shared_ptr<Peer> peer_;  // owned by the binding and by its connections, which may outlive it
};

}  // namespace isthmus::onem2m
