#pragma once

#include "lwm2m/server/credential_store.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace isthmus::lwm2m {

// The credentials that are in force, in memory, by identity and by endpoint. Owned by one thread.
class CredentialTable {
 public:
  struct Entry {
    std::string endpoint;
    Bytes key;
    std::uint64_t failures = 0;  // handshakes that named the identity and did not end well
  };

  explicit CredentialTable(std::span<const PskCredential> credentials = {});

  // Both return the identities that stood for something before and no longer do, or by another key. `credential` and
  // its endpoint are as a CredentialStore took them: the identity is bound to no other endpoint.
  std::vector<std::string> put(const PskCredential& credential, Others others);
  std::vector<std::string> remove(std::string_view endpoint, const std::optional<std::string>& identity);

  const Entry* find(std::string_view identity) const;               // null: not known; valid until put() or remove()
  const std::string* identityFor(std::string_view endpoint) const;  // one of its identities; null: it has none
  void noteFailure(std::string_view identity);
  std::uint64_t failures(std::string_view identity) const;
  std::size_t size() const { return byIdentity_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <class Value>
  using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  Map<Entry> byIdentity_;
  Map<std::vector<std::string>> byEndpoint_;
};

}  // namespace isthmus::lwm2m
