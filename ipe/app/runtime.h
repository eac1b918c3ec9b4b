#pragma once

#include "config/loader/config.h"
#include "ipe/base/log.h"
#include "ipe/base/result.h"

#include <memory>
#include <string>

namespace isthmus::app {

// The whole proxy, put together from a configuration and running on threads of its own: the one place that knows every
// adapter.
class Runtime {
 public:
  // Listening and serving once this returns. Error: configuration (with what to mend), conflict (the database is in
  // use), io (address taken, database not writable). `log` must outlive the runtime.
  static Result<std::unique_ptr<Runtime>> start(const config::Config& config, Log& log);
  // Stops: what was acknowledged is on disk.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  std::string lwm2mUrl() const;   // "coap://127.0.0.1:5683", "" if off
  std::string secureUrl() const;  // "coaps://127.0.0.1:5684", "" if off
  std::string statusUrl() const;  // "" if off

  // Takes up the rule files where they changed; what became of it is in the log. With faults, the rules stay.
  void reloadRules();

  // Ends listening, then the loop, then the workers. False if a worker hangs in a request to the CSE: then the process
  // should end without waiting for it.
  bool stop();

 private:
  struct Impl;
  explicit Runtime(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::app
