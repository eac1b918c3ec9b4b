#include "ipe/app/cse_binding.h"

#include "ipe/app/settings.h"
#include "onem2m/http/http_binding.h"
#include "onem2m/mqtt/mqtt_binding.h"

namespace isthmus::app {

Result<CseBinding> makeCseBinding(const config::Config& config, const std::string& guest) {
  const std::string& scheme = config.onem2m.cse.scheme;
  if (scheme == "http" || scheme == "https") {
    auto http = onem2m::HttpBinding::make(httpOptions(config));
    if (!http) return tl::unexpected(http.error());
    return CseBinding{std::move(*http), nullptr};
  }
  if (scheme == "mqtt" || scheme == "mqtts") {
    if (!config.onem2m.auth.token.empty())
      return fail(Errc::configuration, "a broker takes a user and a password, no token", "/onem2m/auth/token");
    onem2m::MqttOptions options = mqttOptions(config);
    if (!guest.empty()) options.originator = guest;
    options.cleanSession = !guest.empty();
    auto mqtt = onem2m::MqttBinding::make(options);
    if (!mqtt) return tl::unexpected(mqtt.error());
    onem2m::NotificationSource* const source = mqtt->get();
    return CseBinding{std::move(*mqtt), source};
  }
  const std::string name = scheme.starts_with("coap") ? "CoAP" : "WebSocket";
  return fail(Errc::configuration, name + " towards the CSE is not built yet: use http, https, mqtt or mqtts",
              "/onem2m/cse");
}

}  // namespace isthmus::app
