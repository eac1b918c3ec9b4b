#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::status {

// A device's credential as it may be shown: never its key.
struct CredentialView {
  std::string endpoint, identity;
  std::uint64_t failures = 0;  // handshakes that named the identity and were not completed, most likely by its key
};

struct NewCredential {
  std::string endpoint, identity;
  Bytes key;
  bool also = false;  // beside what the endpoint has, instead of in its place
};

// The credentials of devices as the REST API reaches them. Thread-safe; waits for the disk.
class CredentialAccess {
 public:
  virtual ~CredentialAccess() = default;
  virtual Result<std::vector<CredentialView>> credentials() = 0;  // in the order of endpoints and identities
  // Error: malformed, conflict (the identity stands for another endpoint), unavailable, io, configuration.
  virtual Result<void> putCredential(const NewCredential& credential) = 0;
  // All of an endpoint, or one identity of it. Error: notFound, unavailable, io.
  virtual Result<void> removeCredential(const std::string& endpoint, const std::optional<std::string>& identity) = 0;
};

}  // namespace isthmus::status
