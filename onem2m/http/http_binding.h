#pragma once

#include "onem2m/client/binding.h"
#include "onem2m/http/http_options.h"

#include <memory>

namespace isthmus::onem2m {

struct HttpEndpoint;

// oneM2M over HTTP/1.1 (TS-0009), plain or TLS. Thread-safe; each of its connections belongs to one thread.
class HttpBinding final : public Binding {
 public:
  // Reads the certificates; does not connect. Error: configuration, with the JSON pointer of the setting.
  static Result<std::unique_ptr<HttpBinding>> make(const HttpOptions& options);

  std::unique_ptr<Connection> connect() override;

 private:
  explicit HttpBinding(std::shared_ptr<HttpEndpoint> endpoint) : endpoint_(std::move(endpoint)) {}

  std::shared_ptr<HttpEndpoint> endpoint_;  // owned by the binding and by its connections, which may outlive it
};

}  // namespace isthmus::onem2m
