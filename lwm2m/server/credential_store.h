#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m {

// The pre-shared key by which an endpoint proves itself (LwM2M Transport 5.2.8.1). An identity has one key and stands
// for one endpoint; an endpoint may have several identities.
struct PskCredential {
  std::string endpoint;
  std::string identity;  // any bytes, 1 to 128
  Bytes key;             // 1 to 64 bytes; secret
  bool operator==(const PskCredential&) const = default;
};

// Error: malformed, with what is wrong.
Result<void> check(const PskCredential& credential);

// What is to become of the other identities of an endpoint that gets a credential.
enum class Others : std::uint8_t { keep, replace, refuse };

// Where credentials last. Owned by one thread at a time. Errors: io, unavailable (the store), configuration (the key
// file is missing, cannot be read, or is another one).
class CredentialStore {
 public:
  virtual ~CredentialStore() = default;
  virtual Result<std::vector<PskCredential>> load() = 0;  // in the order of endpoints and identities
  // The same without their keys, for which nothing secret is touched.
  virtual Result<std::vector<PskCredential>> list() = 0;
  // A new credential, or another key for an identity of the endpoint. Error: malformed; conflict (the identity stands
  // for another endpoint; or the endpoint has another identity, and `others` is refuse).
  virtual Result<void> put(const PskCredential& credential, Others others) = 0;
  // All of an endpoint, or one identity of it. Error: notFound.
  virtual Result<void> remove(std::string_view endpoint, const std::optional<std::string>& identity) = 0;
  // 64 secret bytes that last, and that are others once a credential was changed or removed: what was made with them
  // before is void.
  virtual Result<std::array<std::uint8_t, 64>> lastingSecret() = 0;
};

}  // namespace isthmus::lwm2m
