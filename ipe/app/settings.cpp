#include "ipe/app/settings.h"

#include "ipe/app/cse_profiles.h"
#include "ipe/base/bytes.h"

namespace isthmus::app {

onem2m::CseSettings cseSettings(const config::Config& config) {
  const config::Config::OneM2m& from = config.onem2m;
  onem2m::CseSettings to;
  to.base = from.base;
  to.cseId = from.cseId;
  to.originator = from.originator;
  to.name = from.name;
  to.release = from.release;
  to.layout = from.layout == config::Layout::singleAe ? onem2m::Layout::singleAe : onem2m::Layout::ts0014;
  to.readers = from.readers;
  to.operators = from.operators;
  to.nodeOriginator = from.nodeOriginator;
  to.notifyUrl = from.notify.url ? from.notify.url->toString() : std::string();
  to.labels = {from.labels.technology, from.labels.entityType, from.labels.entityId};
  to.mni = from.keep.mni;
  to.mia = from.keep.mia ? from.keep.mia->count() : 0;
  if (const auto timeout = effectiveProfile(config).requestTimeout) to.requestTimeout = *timeout;
  return to;
}

namespace {

onem2m::Serialisation serialisationOf(const config::Config& config) {
  switch (config.onem2m.serialisation) {
    case config::Serialisation::xml: return onem2m::Serialisation::xml;
    case config::Serialisation::cbor: return onem2m::Serialisation::cbor;
    case config::Serialisation::json: break;
  }
  return onem2m::Serialisation::json;
}

onem2m::TlsOptions tlsOptions(const config::Config::CseTls& from) {
  return {from.ca, from.cert, from.key, from.verify};
}

}  // namespace

onem2m::HttpOptions httpOptions(const config::Config& config) {
  onem2m::HttpOptions options;
  options.url = config.onem2m.cse.toString();
  options.tls = tlsOptions(config.onem2m.tls);
  options.credential = {config.onem2m.auth.token, config.onem2m.auth.user, config.onem2m.auth.password};
  options.serialisation = serialisationOf(config);
  return options;
}

onem2m::MqttOptions mqttOptions(const config::Config& config) {
  const config::Config::OneM2m& from = config.onem2m;
  onem2m::MqttOptions options;
  options.url = from.cse.toString();
  options.tls = tlsOptions(from.tls);
  options.user = from.auth.user;
  options.password = from.auth.password;
  options.originator = from.originator;
  options.cseId = from.cseId;
  options.serialisation = serialisationOf(config);
  return options;
}

proxy::ProxySettings proxySettings(const config::Config& config) {
  proxy::ProxySettings settings;
  settings.outboxMax = config.outbox.max;
  settings.outboxHigh = config.outbox.high;
  settings.outboxLow = config.outbox.low;
  settings.proxyName = config.onem2m.name;
  settings.delivery.eagerTree = config.onem2m.tree == config::Tree::eager;
  settings.delivery.workers = kDeliveryWorkers;
  settings.commands = config.onem2m.notify.listen || config.onem2m.cse.scheme.starts_with("mqtt");
  settings.applications.originator = config.onem2m.originator;
  settings.applications.requestTimeout = cseSettings(config).requestTimeout;
  // A place made for another CSE, layout or node originator is to be looked at again.
  settings.layoutHash = hash64(config.onem2m.cse.toString() + " " + config.onem2m.base + " " + config.onem2m.name +
                               " " + config.onem2m.nodeOriginator + (settings.commands ? " cmd" : "") +
                               (config.onem2m.layout == config::Layout::singleAe ? " one" : ""));
  return settings;
}

std::optional<lwm2m::ContentFormat> reportFormat(const config::Config& config) {
  switch (config.lwm2m.format) {
    case config::ReportFormat::automatic: return std::nullopt;
    case config::ReportFormat::tlv: return lwm2m::ContentFormat::tlv;
    case config::ReportFormat::senmlJson: return lwm2m::ContentFormat::senmlJson;
    case config::ReportFormat::senmlCbor: return lwm2m::ContentFormat::senmlCbor;
  }
  return std::nullopt;
}

Result<void> checkBuiltIn(const config::Config& config) {
  if (config.status.tokens.empty() && config.status.tls.cert.empty()) return {};
  return fail(Errc::configuration,
              "status.tokens and status.tls are not built in yet: remove them and keep status.listen on loopback");
}

}  // namespace isthmus::app
