#pragma once

#include "onem2m/http/addresses.h"
#include "onem2m/http/http_options.h"
#include "onem2m/http/http_request.h"

#include <Poco/Net/Context.h>

#include <cstdint>
#include <memory>
#include <string>

namespace isthmus::onem2m {

// What all connections to one CSE share. Nothing but the addresses changes; thread-safe.
struct HttpEndpoint {
  HttpEndpoint(std::string hostName, std::uint16_t port) : host(std::move(hostName)), addresses(host, port) {}

  // Error: configuration, with the JSON pointer of the setting.
  static Result<std::shared_ptr<HttpEndpoint>> make(const HttpOptions& options);

  const std::string host;
  Addresses addresses;
  RequestFrame frame;
  Poco::Net::Context::Ptr tls;  // null for plain HTTP
  KeepAlive keepAlive = KeepAlive::automatic;
  Serialisation serialisation = Serialisation::json;
  std::size_t maxBody = 0;
};

}  // namespace isthmus::onem2m
