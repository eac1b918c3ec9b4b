#pragma once

#include <string>

namespace isthmus::onem2m {

// How a binding meets a CSE or a broker over TLS. Filled from onem2m.tls.
struct TlsOptions {
  std::string ca;      // file or directory of PEM certificates; "": the system's
  std::string cert;    // PEM, with its chain: for a CSE that wants a client certificate
  std::string key;     // PEM, not encrypted
  bool verify = true;  // false only for trying things out
};

}  // namespace isthmus::onem2m
