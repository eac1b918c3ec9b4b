#include "db/sqlite/migrations.h"

#include <charconv>
#include <string>

namespace isthmus::db {
namespace {

constexpr std::int64_t kApplicationId = 0x49737468;  // "Isth": marks the file as ours (PRAGMA application_id)

std::int64_t versionOf(const EmbeddedFile& file) {
  std::int64_t version = 0;
  std::from_chars(file.name.data(), file.name.data() + file.name.size(), version);
  return version;
}

Result<void> checkNames(std::span<const EmbeddedFile> files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (versionOf(files[i]) != static_cast<std::int64_t>(i) + 1) {
      return fail(Errc::internal, "schema files must count up from 0001 without gaps", std::string(files[i].name));
    }
  }
  return {};
}

Result<void> checkOrigin(Connection& connection, std::int64_t newest) {
  const std::string where = connection.database().getFilename();
  const std::int64_t version = connection.pragma("user_version");
  if (connection.pragma("application_id") != kApplicationId) {
    SQLite::Statement tables(connection.database(), "SELECT count(*) FROM sqlite_schema");
    tables.executeStep();
    if (version != 0 || tables.getColumn(0).getInt64() != 0) {
      return fail(Errc::configuration, "this is a database of another program: name another file in db.path", where);
    }
  }
  if (version > newest) {
    return fail(Errc::configuration,
                "the database has schema version " + std::to_string(version) + ", this program knows versions up to " +
                    std::to_string(newest) + ": use a newer isthmus, or another file in db.path",
                where);
  }
  return {};
}

// Reads the version inside the transaction: another process may have been faster.
Result<void> applyNext(Connection& connection, const EmbeddedFile& file) {
  return inTransaction(connection, "apply schema " + std::string(file.name), [&]() -> Result<void> {
    if (connection.pragma("user_version") >= versionOf(file)) return {};
    connection.database().exec(std::string(file.text));
    connection.setPragma("application_id", kApplicationId);
    connection.setPragma("user_version", versionOf(file));
    return {};
  });
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const EmbeddedFile> files) {
  if (auto named = checkNames(files); !named) return named;
  return border("read the schema version", [&]() -> Result<void> {
    if (auto ours = checkOrigin(connection, static_cast<std::int64_t>(files.size())); !ours) return ours;
    for (std::size_t i = static_cast<std::size_t>(connection.pragma("user_version")); i < files.size(); ++i) {
      if (auto applied = applyNext(connection, files[i]); !applied) return applied;
    }
    return {};
  });
}

}  // namespace isthmus::db
