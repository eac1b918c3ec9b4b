#include "ipe/app/credential_keeper.h"

namespace isthmus::app {

Result<std::vector<status::CredentialView>> CredentialKeeper::credentials() {
  const std::lock_guard lock(mutex_);
  const auto stored = store_.list();
  if (!stored) return tl::unexpected(stored.error());
  return loop_.ask([&] {
    std::vector<status::CredentialView> out;
    for (const lwm2m::PskCredential& it : *stored)
      out.push_back({it.endpoint, it.identity, security_.credentials().failures(it.identity)});
    return out;
  });
}

Result<void> CredentialKeeper::putCredential(const status::NewCredential& given) {
  const lwm2m::PskCredential credential{given.endpoint, given.identity, given.key};
  const auto others = given.also ? lwm2m::Others::keep : lwm2m::Others::replace;
  const std::lock_guard lock(mutex_);
  if (Result<void> kept = store_.put(credential, others); !kept) return kept;
  const auto secret = store_.lastingSecret();
  if (!secret) return tl::unexpected(secret.error());
  loop_.ask([&] { security_.put(credential, others, *secret); });
  return {};
}

Result<void> CredentialKeeper::removeCredential(const std::string& endpoint,
                                                const std::optional<std::string>& identity) {
  const std::lock_guard lock(mutex_);
  if (Result<void> removed = store_.remove(endpoint, identity); !removed) return removed;
  // Without the key file the secret cannot be had: then nothing is resumed any more.
  const auto secret = store_.lastingSecret();
  loop_.ask([&] { security_.remove(endpoint, identity, secret ? DeviceSecurity::TicketKey(*secret) : std::nullopt); });
  return {};
}

}  // namespace isthmus::app
