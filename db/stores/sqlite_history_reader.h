#pragma once

#include "ipe/proxy/history.h"

#include <filesystem>
#include <memory>

namespace isthmus::db {

// Reads commands and undecodable payloads of a SqliteJournal through a connection that cannot write. The journal must
// have been opened before.
class SqliteHistoryReader final : public proxy::HistoryReader {
 public:
  static Result<std::unique_ptr<SqliteHistoryReader>> open(const std::filesystem::path& path);
  ~SqliteHistoryReader() override;

  Result<proxy::CommandStatus> command(proxy::CommandId id) override;
  Result<std::vector<proxy::CommandStatus>> commands(std::optional<proxy::DeviceIndex> device,
                                                     std::size_t limit) override;
  Result<std::vector<proxy::BadPayload>> badPayloads(std::optional<proxy::DeviceIndex> device,
                                                     std::size_t limit) override;

 private:
  struct Statements;
  explicit SqliteHistoryReader(std::unique_ptr<Statements> statements);
  std::unique_ptr<Statements> statements_;
};

}  // namespace isthmus::db
