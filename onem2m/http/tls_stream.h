#pragma once

#include "onem2m/http/http_options.h"
#include "onem2m/http/stream.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/Session.h>

#include <string>

namespace isthmus::onem2m {

// A context for one host: TLS 1.2 or newer, and with `verify` a chain to `ca` (or to the system's authorities) and a
// certificate for that very host name or address. Error: configuration, with the JSON pointer of the setting.
Result<Poco::Net::Context::Ptr> makeTlsContext(const TlsOptions& options, const std::string& host);

// Over TLS. The socket does not block, because OpenSSL would start a new wait for each piece of a record: a peer that
// sends one byte at a time could hold a blocking read for ever.
class TlsStream final : public Stream {
 public:
  // Shakes hands over a connected socket. `session` may be null. Error: unavailable.
  static Result<std::unique_ptr<TlsStream>> open(Poco::Net::StreamSocket socket, const std::string& host,
                                                 const Poco::Net::Context::Ptr& context,
                                                 const Poco::Net::Session::Ptr& session, Deadline deadline);

  Result<> send(std::string_view bytes, Deadline deadline) override;
  Result<std::size_t> receive(std::span<char> buffer, Deadline deadline) override;
  bool isQuiet() override;

  // To be resumed by the next connection; may be null.
  Poco::Net::Session::Ptr session();

 private:
  explicit TlsStream(Poco::Net::SecureStreamSocket socket) : socket_(std::move(socket)) {}
  Result<> shakeHands(Deadline deadline);
  Result<> wait(int wanted, Deadline deadline);

  Poco::Net::SecureStreamSocket socket_;
};

}  // namespace isthmus::onem2m
