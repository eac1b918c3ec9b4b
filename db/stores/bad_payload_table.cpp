#include "db/stores/bad_payload_table.h"

#include "db/stores/columns.h"

namespace isthmus::db {

BadPayloadTable::BadPayloadTable(Connection& connection)
    : insert_(connection.database(),
              "INSERT INTO bad_payload (device, at, path, content_format, error, size, payload) "
              "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      trim_(connection.database(), "DELETE FROM bad_payload WHERE seq <= (SELECT max(seq) FROM bad_payload) - ?"),
      forget_(connection.database(), "DELETE FROM bad_payload WHERE device = ?") {}

void BadPayloadTable::insert(std::span<const proxy::BadPayload> payloads) {
  if (payloads.empty()) return;
  // More than are kept: the first would be deleted at once.
  for (const auto& it : payloads.last(std::min(payloads.size(), proxy::kBadPayloads))) {
    bindAll(insert_, it.device, it.at, it.path, it.contentFormat, it.error, it.size, ByteView(it.payload));
    Using(insert_)->exec();
  }
  bindAll(trim_, proxy::kBadPayloads);
  Using(trim_)->exec();
}

void BadPayloadTable::forget(proxy::DeviceIndex device) {
  bindAll(forget_, device);
  Using(forget_)->exec();
}

}  // namespace isthmus::db
