#pragma once

#include "db/stores/memory_journal.h"
#include "db/stores/sqlite_history_reader.h"
#include "db/stores/sqlite_journal.h"
#include "db/stores/sqlite_outbox_reader.h"
#include "tests/support/temp_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace isthmus::testing {

inline constexpr WallTime kNow{milliseconds(1'763'812'345'678)};

// What recover() gave, put together as its users do.
struct Recovered {
  struct Pending {
    std::uint64_t id;
    proxy::DeviceIndex device;
    proxy::RowKind kind;
    std::string target;
    bool operator==(const Pending&) const = default;
  };
  struct Answer {
    lwm2m::coap::ExchangeKey key;
    std::uint8_t code;
    std::uint32_t rebuildKey;
    WallTime at;
    bool operator==(const Answer&) const = default;
  };
  std::map<proxy::DeviceIndex, lwm2m::Registration> registrations;
  std::vector<Pending> pending;
  std::vector<Answer> answered;
  std::map<proxy::DeviceIndex, proxy::Account> accounts;
  std::map<proxy::DeviceIndex, std::uint64_t> trees;
  std::set<proxy::DeviceIndex> distinguished;
  std::vector<std::pair<proxy::DeviceIndex, std::string>> asked;
  std::vector<proxy::CommandStatus> commands;
  bool operator==(const Recovered&) const = default;

  std::vector<std::uint64_t> ids() const {
    std::vector<std::uint64_t> all;
    for (const auto& row : pending) all.push_back(row.id);
    return all;
  }
};

inline Result<Recovered> recovered(proxy::Journal& journal, WallTime now = kNow) {
  Recovered all;
  bool twice = false;
  auto done = journal.recover(
      {.distinguished =
           [&](proxy::DeviceIndex it) { twice |= !all.registrations.empty() || !all.distinguished.insert(it).second; },
       .registration = [&](lwm2m::Registration it) { twice |= !all.registrations.emplace(it.device, it).second; },
       .pending =
           [&](const proxy::PendingRow& it) {
             all.pending.push_back({it.id, it.device, it.kind, std::string(it.target)});
           },
       .answered =
           [&](const proxy::StoredAnswer& it) {
             all.answered.push_back({it.exchange.key, it.exchange.answer.raw, it.exchange.rebuildKey, it.at});
           },
       .account = [&](const proxy::AccountChange& it) { all.accounts[it.device] += it.change; },
       .tree = [&](const proxy::TreeState& it) { twice |= !all.trees.emplace(it.device, it.built).second; },
       .asked = [&](proxy::DeviceIndex device, std::string_view origin) { all.asked.emplace_back(device, origin); },
       .command = [&](const proxy::CommandStatus& it) { all.commands.push_back(it); }},
      now);
  if (!done) return tl::unexpected(done.error());
  if (twice) return fail(Errc::internal, "a device was given twice");
  return all;
}

inline proxy::OutboxRow row(std::uint64_t id, proxy::DeviceIndex device = 1) {
  return {.id = id,
          .device = device,
          .kind = id % 5 == 0 ? proxy::RowKind::online : proxy::RowKind::reading,
          .committedMs = kNow.time_since_epoch().count() + static_cast<std::int64_t>(id),
          .run = 1,
          .target = "3303/0/" + std::to_string(id % 100),
          .content = "21." + std::to_string(id),
          .contentInfo = "text/plain:0",
          .source = lwm2m::Path(3303, 0, 5700).packed(),
          .time = kNow.time_since_epoch().count() - 5,
          .form = id % 7 == 0 ? mapping::Form::flexContainer : mapping::Form::container,
          .detail = id % 7 == 0 ? "ccod:tempe" : ""};
}

inline lwm2m::Registration registration(std::uint32_t device, std::uint32_t lifetime = 300) {
  lwm2m::Registration it;
  it.device = device;
  it.location = device + 7;
  it.state = static_cast<lwm2m::RegistrationState>(device % 3);
  it.generation = 255;
  it.queueMode = device % 2 == 1;
  it.lifetime = lifetime;
  it.lwm2mVersion = {1, 2};
  it.address = lwm2m::coap::Address::ipv4(10, 0, 0, static_cast<std::uint8_t>(device), 5683);
  it.address.scope = device % 2 == 0 ? 0 : 4'000'000'000U;
  it.endpoint = "urn:imei:" + std::to_string(device) + std::string("\0\xff", 2);
  it.binding = "UQ";
  it.objectLinks = "</1/0>,</3/0>,</3303/0>;ver=1.1";
  it.attributes = "a=b&c=d";
  it.observations = {{lwm2m::Path(3303, 0, 5700), "pmin=1&pmax=300"},
                     {lwm2m::Path(), ""},
                     {lwm2m::Path(3), "x"},
                     lwm2m::Observation::byOperator({lwm2m::Path(3, 0, 9), lwm2m::Path(4)}, true, "")};
  it.since = kNow;
  return it;
}

inline lwm2m::coap::AnsweredExchange answer(std::uint16_t messageId) {
  const auto peer = lwm2m::coap::Address::ipv4(127, 0, 0, 1, messageId);
  return {{peer, messageId, 0x8000'0000'0000'0000U + messageId}, lwm2m::coap::code::kCreated, 70'000U + messageId};
}

// One reading came and waits; or one that waited is delivered.
inline proxy::AccountChange came(proxy::DeviceIndex device) {
  proxy::AccountChange it{device, {}};
  it.change.received = 1;
  it.change.of(proxy::Fate::pending) = 1;
  return it;
}
inline proxy::AccountChange delivered(proxy::DeviceIndex device) {
  proxy::AccountChange it{device, {}};
  it.change.of(proxy::Fate::pending) = static_cast<std::uint64_t>(-1);
  it.change.of(proxy::Fate::delivered) = 1;
  it.change.inDoubt = 1;
  return it;
}

inline proxy::RowFate fate(std::uint64_t id, proxy::Fate fate = proxy::Fate::delivered, std::string reason = {}) {
  return {id, fate, std::move(reason)};
}

template <class Value>
Value must(Result<Value> result) {
  INFO((result ? std::string() : result.error().text()));
  REQUIRE(result);
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  INFO((result ? std::string() : result.error().text()));
  REQUIRE(result);
}

// Until nothing is waiting.
inline void maintainAll(proxy::Journal& journal, WallTime now) {
  while (must(journal.maintain(now))) {
  }
}

class SqliteHarness {
 public:
  SqliteHarness() { reopen(); }
  proxy::Journal& journal() { return *journal_; }
  std::filesystem::path path() const { return folder_ / "isthmus.db"; }
  const proxy::JournalFacts& reopen() {
    reader_.reset();
    history_.reset();
    journal_.reset();
    journal_ = std::make_unique<db::SqliteJournal>(
        db::SqliteJournal::Options{.path = path(), .durability = db::Durability::process});
    facts = journal_->open(kNow).value();
    return facts;
  }
  proxy::OutboxReader& reader() {
    if (!reader_) reader_ = db::SqliteOutboxReader::open(path()).value();
    return *reader_;
  }
  proxy::HistoryReader& history() {
    if (!history_) history_ = db::SqliteHistoryReader::open(path()).value();
    return *history_;
  }
  void failCommits(bool fail) {
    // SQLite takes what the file has already for the smallest limit.
    if (!journal_->limitPages(fail ? 1 : 0)) throw std::runtime_error("cannot limit the file");
  }
  proxy::JournalFacts facts;

 private:
  TempFolder folder_;
  std::unique_ptr<db::SqliteJournal> journal_;
  std::unique_ptr<proxy::OutboxReader> reader_;
  std::unique_ptr<proxy::HistoryReader> history_;
};

class MemoryHarness {
 public:
  MemoryHarness() { reopen(); }
  proxy::Journal& journal() { return journal_; }
  const proxy::JournalFacts& reopen() { return facts = journal_.open(kNow).value(); }
  proxy::OutboxReader& reader() { return reader_; }
  proxy::HistoryReader& history() { return history_; }
  void failCommits(bool fail) {
    journal_.failCommits(fail ? std::optional(Error{Errc::unavailable, "the disk is full", {}}) : std::nullopt);
  }
  proxy::JournalFacts facts;

 private:
  db::MemoryJournal journal_;
  db::MemoryOutboxReader reader_{journal_};
  db::MemoryHistoryReader history_{journal_};
};

}  // namespace isthmus::testing
