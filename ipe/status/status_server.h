#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/log.h"
#include "ipe/base/result.h"
#include "ipe/status/credential_access.h"
#include "ipe/status/device_access.h"
#include "ipe/status/event_streams.h"
#include "ipe/status/mapping_access.h"
#include "ipe/status/status_source.h"

#include <memory>
#include <string>

namespace isthmus::status {

struct StatusOptions {
  std::string listen = "127.0.0.1:8480";  // port 0: any free one
  int threads = 16;                       // beyond those that wait for devices or hold a kept-alive connection
  int waiting = 64;                       // requests that wait for devices; each holds a thread
  int keptAlive = 64;                     // connections; more are closed after their answer
  seconds readTimeout{5};                 // between two pieces of a request
  milliseconds requestTime{15000};        // from its first byte to its last
  seconds keepAlive{3};                   // an idle connection holds a thread for so long
  StreamLimits streams = {};
  CredentialAccess* credentials = nullptr;  // must outlive the server; null: none are kept
  MappingAccess* mapping = nullptr;         // must outlive the server; null: no rule sets but that in force
};

// The HTTP status endpoint: health, metrics, REST API, events and the console (see openapi.json). Threads of its own.
// Source, devices and log must outlive it.
class StatusServer {
 public:
  // Listening and serving once this returns. Error: configuration (what `listen` says cannot be), unavailable (address
  // taken).
  static Result<std::unique_ptr<StatusServer>> start(const StatusOptions& options, StatusSource& source,
                                                     DeviceAccess& devices, Log& log);
  ~StatusServer();
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;

  // The bound address: "127.0.0.1:8480"; and "http://127.0.0.1:8480".
  std::string address() const;
  std::string url() const;

  // Accepts nothing more, ends the event streams, gives running requests half a second, closes. May be called again.
  void stop();

 private:
  struct Impl;
  explicit StatusServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::status
