#pragma once

#include "onem2m/client/tls_options.h"
#include "onem2m/codec/serialisation.h"

#include <cstddef>
#include <string>

namespace isthmus::onem2m {

// Filled from onem2m.cse, onem2m.tls, onem2m.auth and the identities of both ends.
struct MqttOptions {
  std::string url;  // of the broker: "mqtt://127.0.0.1:1883", "mqtts://broker.example:8883/prefix"
  TlsOptions tls;
  std::string user;
  std::string password;
  std::string originator;  // the AE-ID that notifications come to; the client identifier is "A::" and it
  std::string cseId;       // "/id-in": who the requests are for
  Serialisation serialisation = Serialisation::json;
  bool cleanSession = false;          // true: the broker keeps nothing for us while we are away
  std::size_t maxBody = 1024 * 1024;  // of what comes in
};

}  // namespace isthmus::onem2m
