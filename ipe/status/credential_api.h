#pragma once

#include "ipe/status/call.h"
#include "ipe/status/credential_access.h"

namespace isthmus::status {

// The routes below /api/v1/credentials. Thread-safe; what it is given must outlive it. Null: no credentials are kept.
class CredentialApi {
 public:
  explicit CredentialApi(CredentialAccess* access) : access_(access) {}

  Reply list(const Call& call);
  Reply show(const Call& call);
  Reply put(const Call& call);
  Reply remove(const Call& call);  // ?identity= for one of several

 private:
  CredentialAccess* access_;
};

}  // namespace isthmus::status
