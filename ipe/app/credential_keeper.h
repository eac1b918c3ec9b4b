#pragma once

#include "ipe/app/device_security.h"
#include "ipe/app/loop.h"
#include "ipe/status/credential_access.h"
#include "lwm2m/server/credential_store.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::app {

// The credentials of a running instance, as the REST API reaches them: what is asked for is on disk first, then in
// force on the loop's thread. Not from the loop's thread.
class CredentialKeeper final : public status::CredentialAccess {
 public:
  // All must outlive it.
  CredentialKeeper(lwm2m::CredentialStore& store, Loop& loop, DeviceSecurity& security)
      : store_(store), loop_(loop), security_(security) {}

  Result<std::vector<status::CredentialView>> credentials() override;
  Result<void> putCredential(const status::NewCredential& credential) override;
  Result<void> removeCredential(const std::string& endpoint, const std::optional<std::string>& identity) override;

 private:
  std::mutex mutex_;  // of the store
  lwm2m::CredentialStore& store_;
  Loop& loop_;
  DeviceSecurity& security_;
};

}  // namespace isthmus::app
