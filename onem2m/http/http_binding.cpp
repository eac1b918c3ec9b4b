#include "onem2m/http/http_binding.h"

#include "onem2m/http/http_connection.h"

namespace isthmus::onem2m {

Result<std::unique_ptr<HttpBinding>> HttpBinding::make(const HttpOptions& options) {
  auto endpoint = HttpEndpoint::make(options);
  if (!endpoint) return tl::unexpected(endpoint.error());
  return std::unique_ptr<HttpBinding>(new HttpBinding(std::move(*endpoint)));
}

std::unique_ptr<Connection> HttpBinding::connect() { return std::make_unique<HttpConnection>(endpoint_); }

}  // namespace isthmus::onem2m
