#pragma once

#include "config/loader/config.h"
#include "ipe/proxy/proxy.h"
#include "onem2m/client/cse_client.h"
#include "onem2m/http/http_options.h"
#include "onem2m/mqtt/mqtt_options.h"

namespace isthmus::app {

// The configuration as each part takes it.
onem2m::CseSettings cseSettings(const config::Config& config);
onem2m::HttpOptions httpOptions(const config::Config& config);
onem2m::MqttOptions mqttOptions(const config::Config& config);
proxy::ProxySettings proxySettings(const config::Config& config);
std::optional<lwm2m::ContentFormat> reportFormat(const config::Config& config);  // absent: by what the device supports

// Keys whose meaning is not built in: asked for and not there must not look like safe.
Result<void> checkBuiltIn(const config::Config& config);

inline constexpr std::size_t kDeliveryWorkers = 16;

}  // namespace isthmus::app
