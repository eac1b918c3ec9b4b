#include "db/stores/database.h"

#include "db/sqlite/migrations.h"

namespace isthmus::db {

Result<std::unique_ptr<Connection>> openDatabase(const ConnectionOptions& options) {
  auto connection = Connection::open(options);
  if (!connection) return connection;
  if (auto migrated = migrate(**connection, databaseSchema()); !migrated) return tl::unexpected(migrated.error());
  return connection;
}

}  // namespace isthmus::db
