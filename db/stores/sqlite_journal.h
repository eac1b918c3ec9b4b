#pragma once

#include "db/sqlite/durability.h"
#include "ipe/proxy/journal.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace isthmus::db {

// The journal in a SQLite file (db/schema). Holds <path>.lock while it is open, so that two instances never share a
// database.
class SqliteJournal final : public proxy::Journal {
 public:
  struct Options {
    std::filesystem::path path;
    Durability durability = Durability::power;
    int checkpointPages = 20'000;                   // of the WAL, before they are copied into the file
    std::function<std::uint64_t()> random = {};     // absent: the system's
    std::function<void(const Error&)> report = {};  // of failed checkpoints; called on a thread of its own
  };

  explicit SqliteJournal(Options options);
  ~SqliteJournal() override;

  Result<proxy::JournalFacts> open(WallTime now) override;
  Result<void> recover(const proxy::Recovery& recovery, WallTime now) override;
  Result<void> commit(const proxy::Batch& batch) override;
  // Does nothing before recover(). Worth a call now and then in busy turns too, else the batches of the last minutes
  // pile up.
  Result<bool> maintain(WallTime now) override;

  // The file grows no further than this (4 KiB pages); commits that would need more fail as on a full disk. 0: no
  // limit.
  Result<void> limitPages(std::uint32_t pages);
  std::uint64_t checkpoints() const;  // that left nothing behind in the WAL

 private:
  struct Open;
  Options options_;
  std::unique_ptr<Open> open_;
};

}  // namespace isthmus::db
