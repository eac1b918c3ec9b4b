#include "onem2m/http/http_connection.h"

#include "onem2m/http/plain_stream.h"
#include "onem2m/http/tls_stream.h"
#include "onem2m/model/status.h"

#include <Poco/Exception.h>

#include <algorithm>

namespace isthmus::onem2m {
namespace {

constexpr std::size_t kReceiveSize = 16 * 1024;
constexpr std::chrono::hours kNoIdleLimit{24};

// A request that may reach the CSE twice: a CREATE or a NOTIFY is left to whoever knows its name.
bool isRepeatable(Operation operation) {
  return operation == Operation::retrieve || operation == Operation::update || operation == Operation::remove;
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpEndpoint> endpoint)
    : endpoint_(std::move(endpoint)), reader_(endpoint_->maxBody), buffer_(kReceiveSize) {}

Result<ResponsePrimitive> HttpConnection::exchange(const RequestPrimitive& request, milliseconds patience) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  if (auto written = write(request); !written) return tl::unexpected(written.error());
  const bool reused = keepsUsable();
  Try result = tryOnce(deadline);
  // A kept connection may turn out closed only now. What was not sent whole was not processed; what was sent whole may
  // have been (RFC 9110 9.2.2).
  const bool again =
      reused && (result.reach == Reach::notSent || (result.reach == Reach::sent && !reader_.begun() &&
                                                    result.error.code == Errc::io && isRepeatable(request.operation)));
  if (again) result = tryOnce(deadline);
  if (result.reach == Reach::answered) return primitiveFrom(request);
  if (result.reach == Reach::notSent) result.error.code = Errc::unavailable;
  return tl::unexpected(std::move(result.error));
}

// JSON goes as it is, without a copy.
Result<void> HttpConnection::write(const RequestPrimitive& request) {
  if (endpoint_->serialisation == Serialisation::json || request.content.empty()) {
    writeRequest(text_, endpoint_->frame, request);
    return {};
  }
  RequestPrimitive converted = request;
  auto content = fromJson(endpoint_->serialisation, request.content);
  if (!content) return fail(Errc::unsupported, "cannot be sent: " + content.error().text());
  converted.content = std::move(*content);
  writeRequest(text_, endpoint_->frame, converted);
  return {};
}

// As JSON, whatever the CSE says it in. A refusal's text, and what came with a change that was made, may be anything.
Result<std::string> HttpConnection::contentOf(HttpAnswer& answer, Operation operation) {
  const auto serialisation = serialisationOf(answer.contentType);
  if (answer.body.empty() || !serialisation || *serialisation == Serialisation::json) return std::move(answer.body);
  auto json = toJson(*serialisation, answer.body);
  if (json || operation == Operation::retrieve) return json;
  return std::move(answer.body);
}

bool HttpConnection::keepsUsable() {
  if (stream_ && (std::chrono::steady_clock::now() >= usableUntil_ || !stream_->isQuiet())) drop();
  return stream_ != nullptr;
}

HttpConnection::Try HttpConnection::tryOnce(Deadline deadline) {
  reader_.reset();
  if (!stream_) {
    if (auto opened = open(deadline); !opened) return {Reach::notSent, std::move(opened.error())};
  }
  if (auto sent = stream_->send(text_, deadline); !sent) {
    drop();
    return {Reach::notSent, std::move(sent.error())};
  }
  Try result = receiveAnswer(deadline);
  if (result.reach == Reach::answered)
    keepOrDrop();
  else
    drop();
  return result;
}

HttpConnection::Try HttpConnection::receiveAnswer(Deadline deadline) {
  while (true) {
    const auto received = stream_->receive(buffer_, deadline);
    const auto complete = !received       ? Result<bool>(tl::unexpected(received.error()))
                          : *received > 0 ? reader_.feed({buffer_.data(), *received})
                                          : reader_.close();
    if (complete && *complete) return {};
    if (complete && *received > 0) continue;
    // From here on nothing more will come. Once the head is there, the CSE has decided: only the body is short.
    if (reader_.headIsWhole() && (complete || complete.error().code != Errc::malformed)) return {};
    if (complete) return {Reach::sent, {Errc::io, "the CSE closed the connection without a whole answer", {}}};
    return {Reach::sent, complete.error()};
  }
}

void HttpConnection::drop() {
  if (auto* tls = dynamic_cast<TlsStream*>(stream_.get())) session_ = tls->session();
  stream_.reset();
}

void HttpConnection::keepOrDrop() {
  const HttpAnswer& answer = reader_.answer();
  const bool keep =
      endpoint_->keepAlive != KeepAlive::off && answer.keepsConnection && answer.bodyIsWhole && !reader_.hasSurplus();
  if (!keep) return drop();
  // A second less than the CSE says, so that it does not close while a request is on its way.
  const bool limited = answer.idleLimit.count() > 0;
  const auto usable = limited ? std::chrono::milliseconds(answer.idleLimit) - std::chrono::seconds(1) : kNoIdleLimit;
  usableUntil_ = std::chrono::steady_clock::now() + usable;
}

Result<> HttpConnection::open(Deadline deadline) {
  auto socket = connectSocket(deadline);
  if (!socket) return tl::unexpected(socket.error());
  if (!endpoint_->tls) {
    stream_ = std::make_unique<PlainStream>(std::move(*socket));
    return {};
  }
  auto secured = TlsStream::open(std::move(*socket), endpoint_->host, endpoint_->tls, session_, deadline);
  if (!secured) return tl::unexpected(secured.error());
  stream_ = std::move(*secured);
  return {};
}

// Each address gets its share of the time, so that one that swallows packets does not use it all.
Result<Poco::Net::StreamSocket> HttpConnection::connectSocket(Deadline deadline) {
  const auto addresses = endpoint_->addresses.get();
  if (!addresses) return tl::unexpected(addresses.error());
  std::string reason;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const Poco::Net::SocketAddress& address = (*addresses)[i];
    const auto share = remainingUntil(deadline) / static_cast<long>(addresses->size() - i);
    if (share.count() == 0) break;
    try {
      Poco::Net::StreamSocket socket;
      socket.connect(address, Poco::Timespan(share.count()));
      socket.setNoDelay(true);
      if (i > 0) endpoint_->addresses.prefer(address);
      return socket;
    } catch (const Poco::Exception& e) {
      reason += (reason.empty() ? "" : "; ") + e.displayText();
    }
  }
  endpoint_->addresses.forget();
  return fail(Errc::unavailable, "no connection to the CSE: " + reason, endpoint_->host);
}

Result<ResponsePrimitive> HttpConnection::primitiveFrom(const RequestPrimitive& request) {
  HttpAnswer& answer = reader_.answer();
  if (!answer.requestId.empty() && answer.requestId != request.requestId) {
    drop();
    return fail(Errc::io, "the answer belongs to another request", "X-M2M-RI " + answer.requestId);
  }
  if (request.operation == Operation::retrieve && !answer.bodyIsWhole) {
    if (answer.bodyTooLarge) return fail(Errc::malformed, "the answer is larger than can be taken");
    return fail(Errc::io, "the answer's body is shorter than announced");
  }
  const bool named = answer.responseStatus >= 1000;
  const int status = named ? answer.responseStatus : statusOfHttp(answer.httpStatus, request.operation);
  if (status < 400) {
    return fail(Errc::malformed, "HTTP " + std::to_string(answer.httpStatus) +
                                     " without X-M2M-RSC is no answer of a CSE; is onem2m.cse its address?");
  }
  auto content = contentOf(answer, request.operation);
  if (!content) return tl::unexpected(content.error());
  return ResponsePrimitive{status, std::move(answer.requestId), std::move(*content)};
}

}  // namespace isthmus::onem2m
