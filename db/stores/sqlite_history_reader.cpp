#include "db/stores/sqlite_history_reader.h"

#include "db/stores/columns.h"
#include "db/stores/command_table.h"
#include "db/stores/database.h"

namespace isthmus::db {
namespace {

constexpr const char* kPayloadColumns = "device, at, path, content_format, error, size, payload";

std::string select(const std::string& columns, const std::string& rest) {
  return "SELECT " + columns + " FROM " + rest;
}

proxy::BadPayload payloadOf(const SQLite::Statement& row) {
  proxy::BadPayload result;
  result.device = numberAt<proxy::DeviceIndex>(row, 0);
  result.at = timeAt(row, 1);
  result.path = textAt(row, 2);
  if (!row.getColumn(3).isNull()) result.contentFormat = numberAt<std::uint16_t>(row, 3);
  result.error = textAt(row, 4);
  result.size = numberAt(row, 5);
  const ByteView payload = blobAt(row, 6);
  result.payload.assign(payload.begin(), payload.end());
  return result;
}

template <class Row>
Result<std::vector<Row>> newest(SQLite::Statement& ofAll, SQLite::Statement& ofDevice,
                                std::optional<proxy::DeviceIndex> device, std::size_t limit,
                                Row (*read)(const SQLite::Statement&)) {
  return border("read the history", [&]() -> Result<std::vector<Row>> {
    SQLite::Statement& statement = device ? ofDevice : ofAll;
    if (device) {
      bindAll(statement, toLimit(limit), *device);
    } else {
      bindAll(statement, toLimit(limit));
    }
    std::vector<Row> rows;
    for (Using row(statement); row->executeStep();) rows.push_back(read(statement));
    return rows;
  });
}

}  // namespace

struct SqliteHistoryReader::Statements {
  explicit Statements(std::unique_ptr<Connection> opened) : connection(std::move(opened)) {}

  std::unique_ptr<Connection> connection;
  SQLite::Statement command{connection->database(), select(kCommandColumns, "command WHERE id = ?")};
  SQLite::Statement commands{connection->database(), select(kCommandColumns, "command ORDER BY id DESC LIMIT ?1")};
  SQLite::Statement deviceCommands{connection->database(),
                                   select(kCommandColumns, "command WHERE device = ?2 ORDER BY id DESC LIMIT ?1")};
  SQLite::Statement payloads{connection->database(), select(kPayloadColumns, "bad_payload ORDER BY seq DESC LIMIT ?1")};
  SQLite::Statement devicePayloads{connection->database(),
                                   select(kPayloadColumns, "bad_payload WHERE device = ?2 ORDER BY seq DESC LIMIT ?1")};
};

Result<std::unique_ptr<SqliteHistoryReader>> SqliteHistoryReader::open(const std::filesystem::path& path) {
  auto connection = Connection::open({.path = path, .access = ConnectionOptions::Access::read, .cacheKib = 512});
  if (!connection) return tl::unexpected(connection.error());
  return border("prepare to read the history", [&]() -> Result<std::unique_ptr<SqliteHistoryReader>> {
    return std::unique_ptr<SqliteHistoryReader>(
        new SqliteHistoryReader(std::make_unique<Statements>(std::move(*connection))));
  });
}

SqliteHistoryReader::SqliteHistoryReader(std::unique_ptr<Statements> statements) : statements_(std::move(statements)) {}
SqliteHistoryReader::~SqliteHistoryReader() = default;

Result<proxy::CommandStatus> SqliteHistoryReader::command(proxy::CommandId id) {
  return border("read a command", [&]() -> Result<proxy::CommandStatus> {
    bindAll(statements_->command, id.value);
    Using row(statements_->command);
    if (!row->executeStep()) return fail(Errc::notFound, "no such command", id.toString());
    return commandOf(statements_->command);
  });
}

Result<std::vector<proxy::CommandStatus>> SqliteHistoryReader::commands(std::optional<proxy::DeviceIndex> device,
                                                                        std::size_t limit) {
  return newest(statements_->commands, statements_->deviceCommands, device, limit, commandOf);
}

Result<std::vector<proxy::BadPayload>> SqliteHistoryReader::badPayloads(std::optional<proxy::DeviceIndex> device,
                                                                        std::size_t limit) {
  return newest(statements_->payloads, statements_->devicePayloads, device, limit, payloadOf);
}

}  // namespace isthmus::db
