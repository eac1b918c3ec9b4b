#pragma once

#include "tests/unit/onem2m_http/scripted_server.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>
#include <string>

namespace isthmus::onem2m::testing {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL, Freed<SSL_free>>;

// A certificate that signs itself, for a subjectAltName such as "IP:127.0.0.1", and its key, as PEM files in `folder`.
class Identity {
 public:
  Identity(const std::filesystem::path& folder, const std::string& name, const std::string& subjectAltName)
      : certificateFile_(folder / (name + ".pem")), keyFile_(folder / (name + ".key")) {
    const KeyPtr key(EVP_EC_gen("P-256"));
    const CertificatePtr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1,
                               -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate.get(), NID_subject_alt_name, subjectAltName);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    write(certificateFile_, [&](BIO* file) { PEM_write_bio_X509(file, certificate.get()); });
    write(keyFile_,
          [&](BIO* file) { PEM_write_bio_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }

  std::string certificate() const { return certificateFile_.string(); }
  std::string key() const { return keyFile_.string(); }

 private:
  static void extend(X509* certificate, int id, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <class Write>
  static void write(const std::filesystem::path& path, Write writeTo) {
    BIO* file = BIO_new_file(path.c_str(), "w");
    writeTo(file);
    BIO_free(file);
  }

  std::filesystem::path certificateFile_;
  std::filesystem::path keyFile_;
};

// The server's side of TLS, for all its connections.
class TlsServerContext {
 public:
  explicit TlsServerContext(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate_chain_file(context_.get(), identity.certificate().c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), identity.key().c_str(), SSL_FILETYPE_PEM);
  }
  void demandClient(const Identity& client) {
    SSL_CTX_load_verify_file(context_.get(), client.certificate().c_str());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  SSL_CTX* get() const { return context_.get(); }

 private:
  ContextPtr context_;
};

// One connection with TLS, after the handshake if that succeeded.
class TlsPeer {
 public:
  TlsPeer(Peer& peer, const TlsServerContext& context) : session_(SSL_new(context.get())) {
    SSL_set_fd(session_.get(), peer.fd());
    shaken_ = SSL_accept(session_.get()) == 1;
  }

  bool shaken() const { return shaken_; }
  bool resumed() const { return SSL_session_reused(session_.get()) == 1; }
  bool hasClientCertificate() const { return SSL_get0_peer_certificate(session_.get()) != nullptr; }

  // Reads a request, which comes in one record, and answers it.
  void answer(const std::string& bytes) {
    if (!shaken_) return;
    char buffer[16384];
    if (SSL_read(session_.get(), buffer, sizeof buffer) <= 0) return;
    SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  void shutdown() { SSL_shutdown(session_.get()); }

 private:
  SessionPtr session_;
  bool shaken_ = false;
};

}  // namespace isthmus::onem2m::testing
