#pragma once

#include "ipe/status/http.h"
#include "ipe/status/metrics.h"
#include "ipe/status/status_source.h"

#include <span>
#include <string>
#include <string_view>

namespace isthmus::status {

// One address that is served. HEAD is served wherever GET is.
struct RouteInfo {
  std::string_view path;   // "/api/v1/devices/{ep}"
  std::string_view allow;  // "GET, HEAD, DELETE"
};

// What the status endpoint answers, free of sockets and threads. Thread-safe; source and figures must outlive it.
class Api {
 public:
  explicit Api(StatusSource& source) : source_(source) {}

  // Never throws for what a client sends; passes on what the source throws.
  Reply handle(const Request& request, const StreamFigures& streams);

  static std::span<const RouteInfo> routes();

 private:
  friend struct Route;
  struct Call;
  using Handler = Reply (Api::*)(const Call&);

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
};

}  // namespace isthmus::status
