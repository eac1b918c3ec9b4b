#include "db/stores/memory_journal.h"

#include "db/stores/account_fold.h"
#include "db/stores/batch_checks.h"
#include "db/stores/outbox_table.h"
#include "db/stores/registration_log.h"

#include <algorithm>

namespace isthmus::db {
namespace {

constexpr std::uint64_t kSecret = 0x5ec2'e75e'c2e7'0001;

}  // namespace

Result<proxy::JournalFacts> MemoryJournal::open(WallTime /*now*/) {
  secret_ = kSecret;
  const std::uint8_t name[] = {static_cast<std::uint8_t>(runs_.size() >> 8U), static_cast<std::uint8_t>(runs_.size())};
  runs_.push_back(toHex(name));
  return proxy::JournalFacts{marks_.lastRow, marks_.lastCommittedMs, secret_, static_cast<std::uint32_t>(runs_.size()),
                             runs_.back()};
}

Result<void> MemoryJournal::recover(const proxy::Recovery& recovery, WallTime now) {
  if (runs_.empty()) return fail(Errc::internal, "the journal is not open");
  for (const proxy::DeviceIndex device : distinguished_) {
    if (recovery.distinguished) recovery.distinguished(device);
  }
  for (const auto& [device, registration] : registrations_) {
    if (recovery.registration) recovery.registration(registration);
  }
  for (const auto& [device, built] : trees_) {
    if (recovery.tree) recovery.tree({device, built});
  }
  for (const auto& [device, account] : accounts_) {
    if (recovery.account) recovery.account({device, account});
  }
  for (const auto& answer : answered_) {
    if (recovery.answered && !FoldTimes{}.isOver(answer.at, now)) {
      recovery.answered({answer.exchange, std::min(answer.at, now)});
    }
  }
  for (const auto& [id, row] : rows_) {
    if (recovery.pending) recovery.pending({id, row.device, row.kind, row.target});
  }
  for (const auto& [id, command] : commands_) {
    if (recovery.asked) recovery.asked(command.device, command.origin);
  }
  for (const auto& [id, command] : commands_) {
    if (recovery.command && !proxy::isEnd(command.state)) recovery.command(command);
  }
  return {};
}

Result<void> MemoryJournal::commit(const proxy::Batch& batch) {
  if (runs_.empty()) return fail(Errc::internal, "the journal is not open");
  if (batch.empty()) return {};
  if (failure_) return tl::unexpected(*failure_);
  if (auto sound = checkBatch(batch, marks_.lastRow, RegistrationLog::kDevices); !sound) return sound;
  marks_ = marksAfter(batch, marks_);
  ++commits_;
  for (const auto& registration : batch.registrations) registrations_[registration.device] = registration;
  for (const auto& row : batch.rows) rows_[row.id] = row;
  for (const auto& fate : batch.fates) settle(fate, batch.time);
  for (const auto& tree : batch.trees) trees_[tree.device] = tree.built;
  distinguished_.insert(batch.distinguished.begin(), batch.distinguished.end());
  for (const auto& exchange : batch.answered) answered_.push_back({exchange, batch.time});
  for (const auto& account : batch.accounts) accounts_[account.device] += account.change;
  for (const auto& command : batch.commands) commands_[command.id] = command;
  for (const auto& next : batch.commandChanges) change(next);
  for (const auto& payload : batch.badPayloads) badPayloads_.push_front(payload);
  badPayloads_.resize(std::min(badPayloads_.size(), proxy::kBadPayloads));
  for (const proxy::DeviceIndex device : batch.forgotten) forget(device);
  return {};
}

Result<bool> MemoryJournal::maintain(WallTime now) {
  while (!answered_.empty() && FoldTimes{}.isOver(answered_.front().at, now)) answered_.pop_front();
  trimCommands(now);
  return false;
}

void MemoryJournal::change(const proxy::CommandChange& change) {
  const auto found = commands_.find(change.id);
  if (found == commands_.end() || proxy::isEnd(found->second.state)) return;
  proxy::CommandStatus& status = found->second;
  status.state = change.state;
  status.changed = change.at;
  status.code = change.code;
  status.result = change.result;
  status.reason = change.reason;
  status.error = change.error;
}

void MemoryJournal::trimCommands(WallTime now) {
  std::vector<std::pair<WallTime, proxy::CommandId>> ended;
  for (const auto& [id, command] : commands_)
    if (proxy::isEnd(command.state)) ended.emplace_back(command.changed, id);
  std::ranges::sort(ended);
  const std::size_t tooMany = ended.size() - std::min(ended.size(), proxy::kEndedCommands);
  for (std::size_t i = 0; i < ended.size(); ++i) {
    if (i < tooMany || ended[i].first < now - proxy::kEndedCommandLife) commands_.erase(ended[i].second);
  }
}

void MemoryJournal::settle(const proxy::RowFate& fate, WallTime at) {
  const auto found = rows_.find(fate.id);
  if (found == rows_.end() || fate.fate == proxy::Fate::pending) return;
  if (fate.fate == proxy::Fate::rejected) {
    rejected_.push_front({found->second, fate.reason, at});
    if (rejected_.size() > OutboxTable::kRejectedKept) rejected_.pop_back();
  }
  rows_.erase(found);
}

void MemoryJournal::forget(proxy::DeviceIndex device) {
  registrations_.erase(device);
  accounts_.erase(device);
  trees_.erase(device);
  distinguished_.erase(device);
  std::erase_if(rows_, [&](const auto& item) { return item.second.device == device; });
  std::erase_if(rejected_, [&](const auto& item) { return item.row.device == device; });
  std::erase_if(commands_, [&](const auto& item) { return item.second.device == device; });
  std::erase_if(badPayloads_, [&](const auto& item) { return item.device == device; });
}

Result<std::vector<proxy::OutboxRow>> MemoryOutboxReader::read(std::span<const std::uint64_t> ids) {
  std::vector<proxy::OutboxRow> rows;
  for (const std::uint64_t id : ids) {
    const auto found = journal_.rows_.find(id);
    if (found != journal_.rows_.end()) rows.push_back(found->second);
  }
  return rows;
}

Result<proxy::OutboxReader::Stretch> MemoryOutboxReader::readOn(std::uint64_t from, std::uint64_t to,
                                                                const Limits& limits) {
  Stretch stretch{{}, to};
  std::size_t bytes = 0;
  for (auto found = journal_.rows_.lower_bound(from); found != journal_.rows_.end() && found->first <= to; ++found) {
    if (stretch.rows.size() == limits.rows || bytes > limits.bytes) {
      stretch.upTo = std::prev(found)->first;
      break;
    }
    bytes += found->second.bytes();
    stretch.rows.push_back(found->second);
  }
  return stretch;
}

Result<std::string> MemoryOutboxReader::runName(std::uint32_t run) {
  if (run == 0 || run > journal_.runs_.size()) return fail(Errc::notFound, "no such run", "run " + std::to_string(run));
  return journal_.runs_[run - 1];
}

Result<std::vector<proxy::OutboxReader::Rejected>> MemoryOutboxReader::rejected(std::size_t limit) {
  const auto end = journal_.rejected_.begin() + static_cast<std::ptrdiff_t>(std::min(limit, journal_.rejected_.size()));
  return std::vector<Rejected>(journal_.rejected_.begin(), end);
}

Result<std::vector<proxy::OutboxRow>> MemoryOutboxReader::pending(std::size_t limit) {
  std::vector<proxy::OutboxRow> rows;
  for (const auto& [id, row] : journal_.rows_) {
    if (rows.size() == limit) break;
    rows.push_back(row);
  }
  return rows;
}

Result<proxy::CommandStatus> MemoryHistoryReader::command(proxy::CommandId id) {
  const auto found = journal_.commands_.find(id);
  if (found == journal_.commands_.end()) return fail(Errc::notFound, "no such command", id.toString());
  return found->second;
}

Result<std::vector<proxy::CommandStatus>> MemoryHistoryReader::commands(std::optional<proxy::DeviceIndex> device,
                                                                        std::size_t limit) {
  std::vector<proxy::CommandStatus> found;
  for (auto item = journal_.commands_.rbegin(); item != journal_.commands_.rend() && found.size() < limit; ++item)
    if (!device || item->second.device == *device) found.push_back(item->second);
  return found;
}

Result<std::vector<proxy::BadPayload>> MemoryHistoryReader::badPayloads(std::optional<proxy::DeviceIndex> device,
                                                                        std::size_t limit) {
  std::vector<proxy::BadPayload> found;
  for (const auto& payload : journal_.badPayloads_)
    if (found.size() < limit && (!device || payload.device == *device)) found.push_back(payload);
  return found;
}

}  // namespace isthmus::db
