#pragma once

#include "ipe/base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::onem2m {

struct MqttSettings {
  std::string host;
  std::uint16_t port = 1883;
  bool tls = false;
  std::string caFile, caFolder;  // one of them, with `tls`
  std::string cert, key;
  bool verify = true;
  std::string user, password;
  std::string clientId;
  bool cleanSession = false;
  std::vector<std::string> filters;  // what it is subscribed to as long as it lives
};

// A connection to a broker, MQTT 3.1.1 at QoS 1, made and made again by a thread of its own (libmosquitto; TS-0010 6.2
// to 6.4). A message that was taken and not acknowledged when the connection broke is sent again by the next one.
// Thread-safe.
class MqttSession {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  // Called by the session's thread.
  using Receive = std::function<void(std::string_view topic, std::string_view payload)>;

  // Checks the settings and reads the certificates. Error: configuration, with the JSON pointer of the setting.
  static Result<std::unique_ptr<MqttSession>> make(const MqttSettings& settings, Receive receive);
  ~MqttSession();
  MqttSession(const MqttSession&) = delete;
  MqttSession& operator=(const MqttSession&) = delete;

  // Begins to connect; once.
  void start();
  // Returns when the broker has the connection and all subscriptions. Error: unavailable, with the reason; at once
  // where the last try to connect failed.
  Result<void> awaitReady(Deadline deadline);

  // A further subscription, counted: as often as hold(), release(). Error: unavailable.
  Result<void> hold(const std::string& filter, Deadline deadline);
  void release(const std::string& filter);

  // Hands it to the connection. Error: unavailable: it will not be sent.
  Result<void> publish(const std::string& topic, std::string_view payload);

 private:
  struct Impl;
  explicit MqttSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::onem2m
