#pragma once

#include "ipe/proxy/journal.h"

#include <filesystem>
#include <memory>

namespace isthmus::db {

// Reads the outbox of a SqliteJournal through a connection that cannot write. The journal must have been opened before.
class SqliteOutboxReader final : public proxy::OutboxReader {
 public:
  static Result<std::unique_ptr<SqliteOutboxReader>> open(const std::filesystem::path& path);
  ~SqliteOutboxReader() override;

  Result<std::vector<proxy::OutboxRow>> read(std::span<const std::uint64_t> ids) override;
  Result<Stretch> readOn(std::uint64_t from, std::uint64_t to, const Limits& limits) override;
  Result<std::string> runName(std::uint32_t run) override;
  Result<std::vector<Rejected>> rejected(std::size_t limit) override;
  Result<std::vector<proxy::OutboxRow>> pending(std::size_t limit) override;

 private:
  struct Statements;
  explicit SqliteOutboxReader(std::unique_ptr<Statements> statements);
  std::unique_ptr<Statements> statements_;
};

}  // namespace isthmus::db
