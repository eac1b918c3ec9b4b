#pragma once

#include "ipe/base/result.h"
#include "onem2m/model/primitive.h"

#include <memory>

namespace isthmus::onem2m {

// One way to a CSE, used by one thread at a time. Blocks.
class Connection {
 public:
  virtual ~Connection() = default;

  // Error: unavailable: the CSE has certainly not seen the request (no connection);
  //        timeout or io: it may have (the request was sent, no whole answer came): in doubt;
  //        malformed: an answer came that is no oneM2M answer;
  //        unsupported: never sent, since the serialisation cannot say it.
  virtual Result<ResponsePrimitive> exchange(const RequestPrimitive& request, milliseconds patience) = 0;
};

// A protocol binding (TS-0009 HTTP, TS-0010 MQTT ...). Thread-safe.
class Binding {
 public:
  virtual ~Binding() = default;
  virtual std::unique_ptr<Connection> connect() = 0;  // does not connect yet
};

}  // namespace isthmus::onem2m
