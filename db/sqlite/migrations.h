#pragma once

#include "db/sqlite/connection.h"
#include "ipe/base/embedded_file.h"
#include "ipe/base/result.h"

#include <cstdint>
#include <span>

namespace isthmus::db {

// Brings the database to the newest schema. `files` are named 0001_*.sql, 0002_*.sql ..., in this order and without
// gaps; each is applied in one transaction with the version that it makes (PRAGMA user_version). A database of a newer
// version, or one that another program made, is refused (configuration) and left as it is.
Result<void> migrate(Connection& connection, std::span<const EmbeddedFile> files);

}  // namespace isthmus::db
