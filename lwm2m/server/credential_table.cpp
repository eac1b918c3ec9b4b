#include "lwm2m/server/credential_table.h"

namespace isthmus::lwm2m {
namespace {

constexpr std::size_t kLongestIdentity = 128, kLongestKey = 64;  // LwM2M Transport 5.2.8.1

}  // namespace

Result<void> check(const PskCredential& credential) {
  if (credential.endpoint.empty()) return fail(Errc::malformed, "the endpoint name is empty");
  if (credential.identity.empty() || credential.identity.size() > kLongestIdentity)
    return fail(Errc::malformed, "an identity has 1 to 128 bytes, not " + std::to_string(credential.identity.size()));
  if (credential.key.empty() || credential.key.size() > kLongestKey)
    return fail(Errc::malformed, "a key has 1 to 64 bytes, not " + std::to_string(credential.key.size()));
  return {};
}

CredentialTable::CredentialTable(std::span<const PskCredential> credentials) {
  for (const PskCredential& credential : credentials) put(credential, Others::keep);
}

std::vector<std::string> CredentialTable::put(const PskCredential& credential, Others others) {
  std::vector<std::string> gone;
  std::vector<std::string>& identities = byEndpoint_[credential.endpoint];
  if (others == Others::replace) {
    std::erase_if(identities, [&](const std::string& identity) {
      if (identity == credential.identity) return false;
      byIdentity_.erase(identity);
      gone.push_back(identity);
      return true;
    });
  }
  const auto known = byIdentity_.find(credential.identity);
  if (known == byIdentity_.end()) {
    identities.push_back(credential.identity);
    byIdentity_.emplace(credential.identity, Entry{credential.endpoint, credential.key});
  } else if (known->second.key != credential.key) {
    known->second.key = credential.key;
    gone.push_back(credential.identity);
  }
  return gone;
}

std::vector<std::string> CredentialTable::remove(std::string_view endpoint,
                                                 const std::optional<std::string>& identity) {
  const auto found = byEndpoint_.find(endpoint);
  if (found == byEndpoint_.end()) return {};
  std::vector<std::string> gone;
  std::erase_if(found->second, [&](const std::string& its) {
    if (identity && its != *identity) return false;
    byIdentity_.erase(its);
    gone.push_back(its);
    return true;
  });
  if (found->second.empty()) byEndpoint_.erase(found);
  return gone;
}

const CredentialTable::Entry* CredentialTable::find(std::string_view identity) const {
  const auto found = byIdentity_.find(identity);
  return found == byIdentity_.end() ? nullptr : &found->second;
}

const std::string* CredentialTable::identityFor(std::string_view endpoint) const {
  const auto found = byEndpoint_.find(endpoint);
  return found == byEndpoint_.end() ? nullptr : &found->second.front();
}

void CredentialTable::noteFailure(std::string_view identity) {
  if (const auto found = byIdentity_.find(identity); found != byIdentity_.end()) ++found->second.failures;
}

std::uint64_t CredentialTable::failures(std::string_view identity) const {
  const Entry* entry = find(identity);
  return entry == nullptr ? 0 : entry->failures;
}

}  // namespace isthmus::lwm2m
