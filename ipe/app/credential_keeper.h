#pragma once

#include "ipe/app/device_security.h"
#include "ipe/app/loop.h"
#include "lwm2m/server/credential_store.h"

#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::app {

// The credentials of a running instance: what is asked for is on disk first, then in force on the loop's thread.
// Thread-safe; not from the loop's thread.
class CredentialKeeper {
 public:
  // All must outlive it.
  CredentialKeeper(lwm2m::CredentialStore& store, Loop& loop, DeviceSecurity& security)
      : store_(store), loop_(loop), security_(security) {}

  // Without their keys, in the order of endpoints and identities, each with its failed handshakes.
  struct Listed {
    std::string endpoint, identity;
    std::uint64_t failures = 0;
  };
  Result<std::vector<Listed>> list();
  // Errors as of CredentialStore.
  Result<void> put(const lwm2m::PskCredential& credential, lwm2m::Others others);
  Result<void> remove(const std::string& endpoint, const std::optional<std::string>& identity);

 private:
  std::mutex mutex_;  // of the store
  lwm2m::CredentialStore& store_;
  Loop& loop_;
  DeviceSecurity& security_;
};

}  // namespace isthmus::app
