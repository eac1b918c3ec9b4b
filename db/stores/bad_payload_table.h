#pragma once

#include "db/sqlite/connection.h"
#include "ipe/proxy/history.h"

#include <span>

namespace isthmus::db {

// The newest payloads that no decoder took. Writer's side.
class BadPayloadTable {
 public:
  explicit BadPayloadTable(Connection& connection);

  // Within a transaction.
  void insert(std::span<const proxy::BadPayload> payloads);
  void forget(proxy::DeviceIndex device);

 private:
  SQLite::Statement insert_, trim_, forget_;
};

}  // namespace isthmus::db
