#pragma once

#include "db/sqlite/connection.h"
#include "ipe/base/embedded_file.h"

#include <filesystem>
#include <memory>
#include <span>

namespace isthmus {
std::span<const EmbeddedFile> databaseSchema();  // db/schema
}  // namespace isthmus

namespace isthmus::db {

// A connection to an isthmus database of the newest schema; makes the file, or brings it up to date, where needed.
Result<std::unique_ptr<Connection>> openDatabase(const ConnectionOptions& options);

}  // namespace isthmus::db
