#pragma once

#include "onem2m/client/binding.h"
#include "onem2m/http/http_answer.h"
#include "onem2m/http/http_endpoint.h"
#include "onem2m/http/stream.h"

#include <Poco/Net/Session.h>
#include <Poco/Net/StreamSocket.h>

#include <memory>
#include <vector>

namespace isthmus::onem2m {

// One TCP connection at a time to the CSE, kept for the next request where the CSE keeps it. Used by one thread.
class HttpConnection final : public Connection {
 public:
  // Shares `endpoint` with the binding and its other connections.
  explicit HttpConnection(std::shared_ptr<HttpEndpoint> endpoint);

  Result<ResponsePrimitive> exchange(const RequestPrimitive& request, milliseconds patience) override;

 private:
  // How far a try got: what may be done again follows from it.
  enum class Reach { notSent, sent, answered };
  struct Try {
    Reach reach = Reach::answered;
    Error error;
  };

  bool keepsUsable();
  Result<> open(Deadline deadline);
  Result<Poco::Net::StreamSocket> connectSocket(Deadline deadline);
  Try tryOnce(Deadline deadline);
  Try receiveAnswer(Deadline deadline);
  Result<void> write(const RequestPrimitive& request);
  Result<std::string> contentOf(HttpAnswer& answer, Operation operation);
  Result<ResponsePrimitive> primitiveFrom(const RequestPrimitive& request);
  void keepOrDrop();
  void drop();

  std::shared_ptr<HttpEndpoint> endpoint_;
  std::unique_ptr<Stream> stream_;
  Poco::Net::Session::Ptr session_;  // of TLS, to be resumed
  Deadline usableUntil_{};
  AnswerReader reader_;
  std::string text_;          // the request, used again and again
  std::vector<char> buffer_;  // what one receive takes
};

}  // namespace isthmus::onem2m
