#pragma once

#include "ipe/base/bytes.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace isthmus::testing {

struct DtlsClientOptions {
  std::string identity = "id-1";
  Bytes key = Bytes(16, 0x11);
  std::string ciphers = "PSK-AES128-CCM8";
};

// A device's side of DTLS by OpenSSL, so that the two ends share no code. What it says is taken from outgoing(), one
// flight as one datagram; what it is to hear is given to hears(), a datagram at a time.
class DtlsClient {
 public:
  using Options = DtlsClientOptions;

  explicit DtlsClient(Options options = {}) : options_(std::move(options)) {
    context_.reset(SSL_CTX_new(DTLS_client_method()));
    SSL_CTX_set_cipher_list(context_.get(), (options_.ciphers + ":@SECLEVEL=0").c_str());
    SSL_CTX_set_min_proto_version(context_.get(), DTLS1_2_VERSION);
    SSL_CTX_set_psk_client_callback(context_.get(), onPsk);
    reset();
  }

  // As after a loss of power: nothing is known of the session that was.
  void reset(SSL_SESSION* resumed = nullptr) {
    // A session that ended without a goodbye counts as not to be resumed, for OpenSSL.
    if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in_, -1);
    BIO_set_mem_eof_return(out_, -1);
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_options(ssl_.get(), SSL_OP_NO_QUERY_MTU);
    DTLS_set_link_mtu(ssl_.get(), 1400);
    SSL_set_ex_data(ssl_.get(), 0, this);
    SSL_set_connect_state(ssl_.get());
    if (resumed != nullptr) SSL_set_session(ssl_.get(), resumed);
    alert_.reset();
    SSL_set_info_callback(ssl_.get(), onInfo);
  }

  // Goes on with the handshake. True once it is complete.
  bool handshake() {
    ERR_clear_error();
    SSL_do_handshake(ssl_.get());
    return established();
  }
  bool established() const { return SSL_is_init_finished(ssl_.get()) != 0; }
  void hears(ByteView datagram) {
    BIO_write(in_, datagram.data(), static_cast<int>(datagram.size()));
    if (!established()) handshake();
  }
  // What is to be sent; empty: nothing.
  Bytes outgoing() {
    Bytes datagram(BIO_ctrl_pending(out_));
    if (!datagram.empty()) BIO_read(out_, datagram.data(), static_cast<int>(datagram.size()));
    return datagram;
  }
  Bytes says(std::string_view plaintext) {
    SSL_write(ssl_.get(), plaintext.data(), static_cast<int>(plaintext.size()));
    return outgoing();
  }
  // What came in and is authentic, or nothing.
  std::optional<std::string> reads() {
    std::array<char, 2048> room{};
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
    if (got <= 0) return std::nullopt;
    return std::string(room.data(), static_cast<std::size_t>(got));
  }
  Bytes closes() {
    SSL_shutdown(ssl_.get());
    return outgoing();
  }
  bool wasClosed() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  bool resumed() const { return SSL_session_reused(ssl_.get()) != 0; }
  // Says the last flight again, if its time has come.
  bool retransmits() { return DTLSv1_handle_timeout(ssl_.get()) > 0; }

  using Saved = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;
  Saved session() const { return {SSL_get1_session(ssl_.get()), SSL_SESSION_free}; }
  std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }
  std::optional<int> alert() const { return alert_; }  // that came in last (RFC 5246 7.2)
  SSL* ssl() { return ssl_.get(); }

 private:
  static unsigned onPsk(SSL* ssl, const char*, char* identity, unsigned identityRoom, unsigned char* key,
                        unsigned keyRoom) {
    const auto& options = static_cast<const DtlsClient*>(SSL_get_ex_data(ssl, 0))->options_;
    if (options.identity.size() >= identityRoom || options.key.size() > keyRoom) return 0;
    std::copy_n(options.identity.c_str(), options.identity.size() + 1, identity);
    std::copy(options.key.begin(), options.key.end(), key);
    return static_cast<unsigned>(options.key.size());
  }
  static void onInfo(const SSL* ssl, int where, int value) {
    if (where == SSL_CB_READ_ALERT) static_cast<DtlsClient*>(SSL_get_ex_data(ssl, 0))->alert_ = value & 0xFF;
  }

  Options options_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  BIO* in_ = nullptr;  // the session's
  BIO* out_ = nullptr;
  std::optional<int> alert_;
};

}  // namespace isthmus::testing
