#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/server/credential_store.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace isthmus::db {

// Credentials in the SQLite file of the journal, or of one to come; their keys encrypted under a key file, which is
// made when a key is first kept. A connection of its own; owned by one thread at a time.
class SqliteCredentialStore final : public lwm2m::CredentialStore {
 public:
  struct Options {
    std::filesystem::path path;  // of the database
    std::filesystem::path keyFile;
    std::function<void(const std::filesystem::path&)> madeKeyFile = {};  // a new one: the operator is to know
  };
  // `clock` must outlive the store.
  static Result<std::unique_ptr<SqliteCredentialStore>> open(const Options& options, const Clock& clock);
  ~SqliteCredentialStore() override;

  Result<std::vector<lwm2m::PskCredential>> load() override;
  Result<std::vector<lwm2m::PskCredential>> list() override;
  Result<void> put(const lwm2m::PskCredential& credential, lwm2m::Others others) override;
  Result<void> remove(std::string_view endpoint, const std::optional<std::string>& identity) override;
  Result<std::array<std::uint8_t, 64>> lastingSecret() override;

 private:
  struct Impl;
  explicit SqliteCredentialStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::db
