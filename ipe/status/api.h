#pragma once

#include "ipe/status/call.h"
#include "ipe/status/credential_api.h"
#include "ipe/status/device_api.h"
#include "ipe/status/http.h"
#include "ipe/status/mapping_api.h"
#include "ipe/status/metrics.h"
#include "ipe/status/status_source.h"

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::status {

// One address that is served. HEAD is served wherever GET is.
struct RouteInfo {
  std::string_view path;  // "/api/v1/devices/{ep}"
  std::string allow;      // "GET, HEAD, DELETE"
};

// What the status endpoint answers, free of sockets and threads. Thread-safe; what it is given must outlive it.
class Api {
 public:
  // Without `credentials` none are kept, without `mapping` no rule sets but that in force.
  Api(StatusSource& source, DeviceAccess& access, DeviceWaits& waits, CredentialAccess* credentials = nullptr,
      MappingAccess* mapping = nullptr)
      : source_(source), devices_(access, waits), credentials_(credentials), mapping_(mapping) {}

  // Never throws for what a client sends; passes on what the source throws. Waits for a device where the address names
  // a part of one.
  Reply handle(const Request& request, const StreamFigures& streams);

  static std::vector<RouteInfo> routes();

 private:
  friend struct RouteTable;

  Reply livez(const Call& call);
  Reply readyz(const Call& call);
  Reply metrics(const Call& call);
  Reply openapi(const Call& call);
  Reply console(const Call& call);
  Reply status(const Call& call);
  Reply devices(const Call& call);
  Reply device(const Call& call);
  Reply forget(const Call& call);
  Reply accounting(const Call& call);
  Reply outbox(const Call& call);
  Reply mapping(const Call& call);
  Reply events(const Call& call);

  StatusSource& source_;
  DeviceApi devices_;
  CredentialApi credentials_;
  MappingApi mapping_;
};

}  // namespace isthmus::status
