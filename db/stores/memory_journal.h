#pragma once

#include "db/stores/marks.h"
#include "ipe/proxy/journal.h"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace isthmus::db {

// The journal for tests of what uses it. open() again is a restart: what was committed is still there.
// One thread; a MemoryOutboxReader shares it.
class MemoryJournal final : public proxy::Journal {
 public:
  Result<proxy::JournalFacts> open(WallTime now) override;
  Result<void> recover(const proxy::Recovery& recovery, WallTime now) override;
  Result<void> commit(const proxy::Batch& batch) override;
  Result<bool> maintain(WallTime now) override;

  // Commits fail with this until it is lifted by an empty one.
  void failCommits(std::optional<Error> error) { failure_ = std::move(error); }

  std::size_t commits() const { return commits_; }
  const std::map<std::uint64_t, proxy::OutboxRow>& rows() const { return rows_; }
  const std::map<proxy::DeviceIndex, lwm2m::Registration>& registrations() const { return registrations_; }
  const std::map<proxy::DeviceIndex, proxy::Account>& accounts() const { return accounts_; }
  const std::map<proxy::DeviceIndex, std::uint64_t>& trees() const { return trees_; }

 private:
  friend class MemoryOutboxReader;
  friend class MemoryHistoryReader;
  void settle(const proxy::RowFate& fate, WallTime at);
  void change(const proxy::CommandChange& change);
  void trimCommands(WallTime now);
  void forget(proxy::DeviceIndex device);

  std::optional<Error> failure_;
  std::size_t commits_ = 0;
  Marks marks_;
  std::uint64_t secret_ = 0;
  std::vector<std::string> runs_;
  std::map<std::uint64_t, proxy::OutboxRow> rows_;
  std::deque<proxy::OutboxReader::Rejected> rejected_;  // newest first
  std::map<proxy::DeviceIndex, lwm2m::Registration> registrations_;
  std::map<proxy::DeviceIndex, proxy::Account> accounts_;
  std::map<proxy::DeviceIndex, std::uint64_t> trees_;
  std::set<proxy::DeviceIndex> distinguished_;
  std::deque<proxy::StoredAnswer> answered_;
  std::map<proxy::CommandId, proxy::CommandStatus> commands_;
  std::deque<proxy::BadPayload> badPayloads_;  // newest first
};

class MemoryOutboxReader final : public proxy::OutboxReader {
 public:
  // `journal` must outlive the reader.
  explicit MemoryOutboxReader(const MemoryJournal& journal) : journal_(journal) {}
  Result<std::vector<proxy::OutboxRow>> read(std::span<const std::uint64_t> ids) override;
  Result<Stretch> readOn(std::uint64_t from, std::uint64_t to, const Limits& limits) override;
  Result<std::string> runName(std::uint32_t run) override;
  Result<std::vector<Rejected>> rejected(std::size_t limit) override;
  Result<std::vector<proxy::OutboxRow>> pending(std::size_t limit) override;

 private:
  const MemoryJournal& journal_;
};

class MemoryHistoryReader final : public proxy::HistoryReader {
 public:
  // `journal` must outlive the reader.
  explicit MemoryHistoryReader(const MemoryJournal& journal) : journal_(journal) {}
  Result<proxy::CommandStatus> command(proxy::CommandId id) override;
  Result<std::vector<proxy::CommandStatus>> commands(std::optional<proxy::DeviceIndex> device,
                                                     std::size_t limit) override;
  Result<std::vector<proxy::BadPayload>> badPayloads(std::optional<proxy::DeviceIndex> device,
                                                     std::size_t limit) override;

 private:
  const MemoryJournal& journal_;
};

}  // namespace isthmus::db
