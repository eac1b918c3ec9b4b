#include "db/stores/sqlite_credential_store.h"

#include "db/stores/columns.h"
#include "db/stores/database.h"
#include "db/stores/key_file.h"

#include <algorithm>

namespace isthmus::db {
namespace {

using lwm2m::Others;
using lwm2m::PskCredential;

// What a row's key belongs to: the identity, its length before it, so that it cannot be split in another way.
Bytes aboutOf(const PskCredential& credential) {
  Bytes about(1, static_cast<std::uint8_t>(credential.identity.size()));
  for (const std::string& part : {credential.identity, credential.endpoint})
    about.insert(about.end(), part.begin(), part.end());
  return about;
}

}  // namespace

struct SqliteCredentialStore::Impl {
  Impl(const Options& given, const Clock& time, std::unique_ptr<Connection> opened)
      : options(given), clock(time), connection(std::move(opened)) {}

  Result<void> needKey();
  bool hasRows();
  void revoked();
  Result<std::vector<PskCredential>> rows(bool withKeys);
  Result<void> checkOthers(const PskCredential& credential, Others others);
  void insert(const PskCredential& credential);

  const Options options;
  const Clock& clock;
  std::unique_ptr<Connection> connection;
  std::optional<KeyFile> key;
};

Result<std::unique_ptr<SqliteCredentialStore>> SqliteCredentialStore::open(const Options& options, const Clock& clock) {
  auto connection = openDatabase({.path = options.path, .cacheKib = 2 * 1024});
  if (!connection) return tl::unexpected(connection.error());
  auto impl = std::make_unique<Impl>(options, clock, std::move(*connection));
  return std::unique_ptr<SqliteCredentialStore>(new SqliteCredentialStore(std::move(impl)));
}

SqliteCredentialStore::SqliteCredentialStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteCredentialStore::~SqliteCredentialStore() = default;

bool SqliteCredentialStore::Impl::hasRows() {
  SQLite::Statement row(connection->database(), "SELECT 1 FROM psk LIMIT 1");
  return row.executeStep();
}

// A key file that is missing is made, unless there are keys that only the lost one can read.
Result<void> SqliteCredentialStore::Impl::needKey() {
  if (key) return {};
  Result<KeyFile> found = KeyFile::read(options.keyFile);
  if (!found && found.error().code == Errc::notFound) {
    if (hasRows()) {
      return fail(
          Errc::configuration,
          "the key file is missing: put its copy back, or remove the credentials, which nobody can read without",
          options.keyFile.string());
    }
    found = KeyFile::make(options.keyFile);
    if (found && options.madeKeyFile) options.madeKeyFile(options.keyFile);
  }
  if (!found) return tl::unexpected(found.error());
  key.emplace(*found);
  return {};
}

Result<std::vector<PskCredential>> SqliteCredentialStore::Impl::rows(bool withKeys) {
  SQLite::Statement row(connection->database(), "SELECT identity, endpoint, key FROM psk ORDER BY endpoint, identity");
  std::vector<PskCredential> out;
  while (row.executeStep()) {
    PskCredential& it = out.emplace_back(PskCredential{textAt(row, 1), textAt(row, 0), {}});
    if (!withKeys) continue;
    Result<Bytes> plain = unseal(blobAt(row, 2), aboutOf(it), *key);
    if (!plain)
      return fail(Errc::configuration, "the credential of \"" + it.endpoint + "\": " + plain.error().message,
                  options.keyFile.string());
    it.key = std::move(*plain);
  }
  return out;
}

Result<std::vector<PskCredential>> SqliteCredentialStore::load() {
  return border("read the credentials", [&]() -> Result<std::vector<PskCredential>> {
    if (!impl_->hasRows()) return std::vector<PskCredential>();
    if (auto ready = impl_->needKey(); !ready) return tl::unexpected(ready.error());
    return impl_->rows(true);
  });
}

Result<std::vector<PskCredential>> SqliteCredentialStore::list() {
  return border("read the credentials", [&] { return impl_->rows(false); });
}

Result<void> SqliteCredentialStore::Impl::checkOthers(const PskCredential& credential, Others others) {
  SQLite::Statement owner(connection->database(), "SELECT endpoint FROM psk WHERE identity = ?");
  bindAll(owner, view(credential.identity));
  if (owner.executeStep() && viewAt(owner, 0) != credential.endpoint)
    return fail(Errc::conflict, "the identity stands for another endpoint, \"" + textAt(owner, 0) + "\"");
  SQLite::Statement other(connection->database(), "SELECT 1 FROM psk WHERE endpoint = ? AND identity <> ? LIMIT 1");
  bindAll(other, credential.endpoint, view(credential.identity));
  if (others == Others::refuse && other.executeStep())
    return fail(Errc::conflict, "the endpoint \"" + credential.endpoint + "\" has another identity already");
  return {};
}

void SqliteCredentialStore::Impl::insert(const PskCredential& credential) {
  const Bytes sealed = seal(credential.key, aboutOf(credential), *key);
  SQLite::Statement row(connection->database(),
                        "INSERT OR REPLACE INTO psk (identity, endpoint, key, changed) VALUES (?, ?, ?, ?)");
  bindAll(row, view(credential.identity), credential.endpoint, ByteView(sealed), clock.wall());
  row.exec();
}

void SqliteCredentialStore::Impl::revoked() {
  connection->database().exec(
      "INSERT INTO meta (key, value) VALUES ('credentials_revoked', 1) ON CONFLICT (key) DO UPDATE SET value = value + "
      "1");
}

Result<void> SqliteCredentialStore::put(const PskCredential& credential, Others others) {
  if (auto sound = lwm2m::check(credential); !sound) return sound;
  return inTransaction(*impl_->connection, "keep a credential", [&]() -> Result<void> {
    if (auto ready = impl_->needKey(); !ready) return ready;
    if (auto free = impl_->checkOthers(credential, others); !free) return free;
    SQLite::Statement old(impl_->connection->database(), "DELETE FROM psk WHERE identity = ? OR (endpoint = ? AND ?)");
    bindAll(old, view(credential.identity), credential.endpoint, others == Others::replace ? 1 : 0);
    if (old.exec() > 0) impl_->revoked();
    impl_->insert(credential);
    return {};
  });
}

Result<void> SqliteCredentialStore::remove(std::string_view endpoint, const std::optional<std::string>& identity) {
  return inTransaction(*impl_->connection, "remove a credential", [&]() -> Result<void> {
    const std::string name(endpoint);
    const std::optional<ByteView> one = identity ? std::optional(view(*identity)) : std::nullopt;
    SQLite::Statement old(impl_->connection->database(),
                          "DELETE FROM psk WHERE endpoint = ?1 AND (?2 IS NULL OR identity = ?2)");
    bindAll(old, name, one);
    if (old.exec() == 0)
      return fail(Errc::notFound,
                  "the endpoint \"" + name + "\" has no " + (identity ? "such identity" : "credential"));
    impl_->revoked();
    return {};
  });
}

Result<std::array<std::uint8_t, 64>> SqliteCredentialStore::lastingSecret() {
  return border("read the credentials", [&]() -> Result<std::array<std::uint8_t, 64>> {
    if (auto ready = impl_->needKey(); !ready) return tl::unexpected(ready.error());
    SQLite::Statement row(impl_->connection->database(), "SELECT value FROM meta WHERE key = 'credentials_revoked'");
    const std::uint64_t revoked = row.executeStep() ? numberAt(row, 0) : 0;
    return impl_->key->derive("isthmus session tickets " + std::to_string(revoked));
  });
}

}  // namespace isthmus::db
