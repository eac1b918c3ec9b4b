#include "onem2m/http/tls_stream.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <csignal>

namespace isthmus::onem2m {
namespace {

using Poco::Net::Context;
using Poco::Net::SecureStreamSocket;

// Why OpenSSL did not accept the peer's chain in the handshake that this thread runs: POCO's exception does not say.
thread_local int verifyError = X509_V_OK;

int noteVerifyError(int accepted, X509_STORE_CTX* store) {
  if (accepted == 0) verifyError = X509_STORE_CTX_get_error(store);
  return accepted;
}

// OpenSSL writes without MSG_NOSIGNAL.
void blockSigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool isAddress(const std::string& host) {
  Poco::Net::IPAddress address;
  return Poco::Net::IPAddress::tryParse(host, address);
}

// RFC 9110 4.3.4: the certificate has to be for the host of the URL. Checked by OpenSSL within the handshake.
bool expectHost(SSL_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  if (isAddress(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1;
}

}  // namespace

Result<Context::Ptr> makeTlsContext(const TlsOptions& options, const std::string& host) {
  if (options.cert.empty() != options.key.empty()) {
    return fail(Errc::configuration, "a client certificate needs both cert and key", "/onem2m/tls");
  }
  try {
    Context::Params parameters;
    parameters.caLocation = options.ca;
    parameters.loadDefaultCAs = options.ca.empty();
    parameters.certificateFile = options.cert;
    parameters.privateKeyFile = options.key;
    parameters.verificationMode = options.verify ? Context::VERIFY_STRICT : Context::VERIFY_NONE;
    Context::Ptr context = new Context(Context::TLS_CLIENT_USE, parameters);
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    context->enableSessionCache(true);
    SSL_CTX* const raw = context->sslContext();
    if (!options.cert.empty() && SSL_CTX_check_private_key(raw) != 1) {
      ERR_clear_error();  // or the next connection of this thread would find it
      return fail(Errc::configuration, "the key does not belong to the certificate", "/onem2m/tls");
    }
    // Many servers close without the alert; a body that is cut is noticed by its length.
    SSL_CTX_set_options(raw, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_verify(raw, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, noteVerifyError);
    if (options.verify && !expectHost(raw, host)) {
      return fail(Errc::configuration, "not a host name that a certificate can be for", "/onem2m/cse");
    }
    return context;
  } catch (const Poco::Exception& e) {
    return fail(Errc::configuration, e.displayText(), "/onem2m/tls");
  }
}

Result<std::unique_ptr<TlsStream>> TlsStream::open(Poco::Net::StreamSocket socket, const std::string& host,
                                                   const Context::Ptr& context, const Poco::Net::Session::Ptr& session,
                                                   Deadline deadline) {
  blockSigpipe();
  try {
    socket.setBlocking(false);
    const std::string serverName = isAddress(host) ? std::string() : host;  // RFC 6066 3: no addresses
    std::unique_ptr<TlsStream> stream(new TlsStream(SecureStreamSocket::attach(socket, serverName, context, session)));
    if (auto shaken = stream->shakeHands(deadline); !shaken) return tl::unexpected(shaken.error());
    return stream;
  } catch (const Poco::Exception& e) {
    return fail(Errc::unavailable, "TLS: " + e.displayText());
  }
}

Result<> TlsStream::shakeHands(Deadline deadline) {
  verifyError = X509_V_OK;
  try {
    while (true) {
      errno = 0;
      const int done = socket_.completeHandshake();
      if (done > 0) return {};
      if (done == 0) return fail(Errc::unavailable, "TLS: the CSE closed during the handshake");
      if (!wait(done, deadline)) return fail(Errc::unavailable, "TLS: no handshake in time");
    }
  } catch (const Poco::Exception& e) {
    if (e.displayText().find("wrong version number") != std::string::npos)
      return fail(Errc::unavailable, "TLS: what answers speaks no TLS; is onem2m.cse an http:// address?");
    if (verifyError == X509_V_OK) return fail(Errc::unavailable, "TLS: " + e.displayText());
    return fail(Errc::unavailable, std::string("TLS: the CSE's certificate is not accepted: ") +
                                       X509_verify_cert_error_string(verifyError) +
                                       "; onem2m.tls.ca names the authority to trust");
  }
}

Result<> TlsStream::wait(int wanted, Deadline deadline) {
  const auto mode = wanted == SecureStreamSocket::ERR_SSL_WANT_WRITE ? Poco::Net::Socket::SELECT_WRITE
                                                                     : Poco::Net::Socket::SELECT_READ;
  const auto left = remainingUntil(deadline);
  if (left.count() > 0 && socket_.poll(Poco::Timespan(left.count()), mode)) return {};
  return fail(Errc::timeout, "no answer in time");
}

Result<> TlsStream::send(std::string_view bytes, Deadline deadline) {
  try {
    while (!bytes.empty()) {
      errno = 0;
      const int sent = socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      if (sent == 0) return fail(Errc::io, "sending: the CSE has closed");
      if (auto ready = wait(sent, deadline); !ready) return ready;
    }
    return {};
  } catch (const Poco::Exception& e) {
    return fail(Errc::io, "sending: " + e.displayText());
  }
}

Result<std::size_t> TlsStream::receive(std::span<char> buffer, Deadline deadline) {
  try {
    while (true) {
      errno = 0;
      const int received = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
      if (received >= 0) return static_cast<std::size_t>(received);
      if (auto ready = wait(received, deadline); !ready) return tl::unexpected(ready.error());
    }
  } catch (const Poco::Exception& e) {
    return fail(Errc::io, "receiving: " + e.displayText());
  }
}

// Session tickets may wait to be read (RFC 8446 4.6.1): only what OpenSSL gives as data, or the end, counts.
bool TlsStream::isQuiet() {
  try {
    errno = 0;
    char byte = 0;
    return socket_.receiveBytes(&byte, 1) == SecureStreamSocket::ERR_SSL_WANT_READ;
  } catch (const Poco::Exception&) {
    return false;
  }
}

Poco::Net::Session::Ptr TlsStream::session() {
  try {
    return socket_.currentSession();
  } catch (const Poco::Exception&) {
    return {};
  }
}

}  // namespace isthmus::onem2m
