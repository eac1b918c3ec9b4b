#include "db/stores/sqlite_rule_store.h"

#include "db/stores/columns.h"
#include "db/stores/database.h"
#include "mapping/rules/rule_file.h"

#include <algorithm>
#include <span>
#include <thread>
#include <vector>

namespace isthmus::db {
namespace {

constexpr const char* kInsertRule =
    "INSERT INTO rule (set_number, position, name, object, instance, resource, resource_instance, version_min, "
    "version_max, endpoint, manufacturer, model, label, origin, json) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

// Rules are written some at a time, with a pause of about as long as that takes: the loop, which commits to the same
// file, is not to wait for all of them.
constexpr std::size_t kPiece = 128;
constexpr milliseconds kPause{3};

// In the order of RuleMark; `planned_rules` is written by the journal.
constexpr const char* kMarkKeys[] = {"rule_files", "rule_files_set", "planned_rules"};

std::optional<std::string> unlessAny(const std::string& pattern) {
  if (pattern.empty() || pattern == "*") return {};
  return pattern;
}

std::optional<std::string> versionText(const std::optional<lwm2m::Version>& version) {
  if (!version) return {};
  return version->toString();
}

mapping::AppliedSet completed(const mapping::AppliedSet& given) {
  mapping::AppliedSet set = given;
  if (set.text.empty()) set.text = mapping::toJson(set.set);
  if (set.hash.empty()) set.hash = sha256Hex(set.text);
  return set;
}

}  // namespace

struct SqliteRuleStore::Impl {
  explicit Impl(std::unique_ptr<Connection> opened) : connection(std::move(opened)) {}
  std::unique_ptr<Connection> connection;

  std::optional<mapping::AppliedSet> newest();
  std::optional<mapping::AppliedSet> numbered(std::uint32_t number);
  static mapping::AppliedSet headOf(SQLite::Statement& row);
  Result<void> dropUncounted();
  Result<void> insert(const mapping::AppliedSet& set);
  Result<void> insertHead(const mapping::AppliedSet& set);
  void insertRules(const mapping::AppliedSet& set, std::size_t from, std::span<const std::string> jsons);
  Result<void> loadRules(mapping::AppliedSet& set);
};

Result<std::unique_ptr<SqliteRuleStore>> SqliteRuleStore::open(const std::filesystem::path& path) {
  auto connection = openDatabase({.path = path, .cacheKib = 2 * 1024});
  if (!connection) return tl::unexpected(connection.error());
  return std::unique_ptr<SqliteRuleStore>(new SqliteRuleStore(std::make_unique<Impl>(std::move(*connection))));
}

SqliteRuleStore::SqliteRuleStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteRuleStore::~SqliteRuleStore() = default;

Result<std::uint32_t> SqliteRuleStore::apply(const mapping::AppliedSet& given) {
  mapping::AppliedSet set = completed(given);
  auto done = border("keep the rule set", [&]() -> Result<void> {
    const auto current = impl_->newest();
    set.number = current ? current->number : 0;
    if (current && current->hash == set.hash) return {};
    ++set.number;
    if (auto dropped = impl_->dropUncounted(); !dropped) return dropped;
    return impl_->insert(set);
  });
  if (!done) return tl::unexpected(done.error());
  return set.number;
}

Result<std::optional<mapping::AppliedSet>> SqliteRuleStore::current() {
  return border("read the rule set", [&]() -> Result<std::optional<mapping::AppliedSet>> {
    auto set = impl_->newest();
    if (!set) return set;
    if (auto loaded = impl_->loadRules(*set); !loaded) return tl::unexpected(loaded.error());
    return set;
  });
}

Result<std::vector<mapping::SetSummary>> SqliteRuleStore::list() {
  return border("list the rule sets", [&]() -> Result<std::vector<mapping::SetSummary>> {
    SQLite::Statement row(impl_->connection->database(),
                          "SELECT number, hash, name, applied_at, (SELECT count(*) FROM rule WHERE set_number = "
                          "number) FROM rule_set ORDER BY number DESC");
    std::vector<mapping::SetSummary> sets;
    while (row.executeStep()) {
      sets.push_back({numberAt<std::uint32_t>(row, 0), textAt(row, 1), textAt(row, 2), timeAt(row, 3),
                      numberAt<std::size_t>(row, 4)});
    }
    return sets;
  });
}

Result<mapping::AppliedSet> SqliteRuleStore::get(std::uint32_t number) {
  return border("read a rule set", [&]() -> Result<mapping::AppliedSet> {
    auto set = impl_->numbered(number);
    if (!set) return fail(Errc::notFound, "there is no rule set of this number", std::to_string(number));
    if (auto loaded = impl_->loadRules(*set); !loaded) return tl::unexpected(loaded.error());
    return *std::move(set);
  });
}

Result<std::optional<std::int64_t>> SqliteRuleStore::mark(mapping::RuleMark mark) {
  return border("read a mark of the rules", [&]() -> Result<std::optional<std::int64_t>> {
    SQLite::Statement row(impl_->connection->database(), "SELECT value FROM meta WHERE key = ?");
    row.bind(1, kMarkKeys[static_cast<std::size_t>(mark)]);
    if (!row.executeStep()) return std::nullopt;
    return numberAt<std::int64_t>(row, 0);
  });
}

Result<void> SqliteRuleStore::setMark(mapping::RuleMark mark, std::int64_t value) {
  return inTransaction(*impl_->connection, "keep a mark of the rules", [&]() -> Result<void> {
    SQLite::Statement row(impl_->connection->database(), "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");
    row.bind(1, kMarkKeys[static_cast<std::size_t>(mark)]);
    row.bind(2, value);
    row.exec();
    return {};
  });
}

// Without its rules.
std::optional<mapping::AppliedSet> SqliteRuleStore::Impl::newest() {
  SQLite::Statement row(connection->database(),
                        "SELECT number, hash, text, applied_at, name FROM rule_set ORDER BY number DESC LIMIT 1");
  return row.executeStep() ? std::optional(headOf(row)) : std::nullopt;
}

std::optional<mapping::AppliedSet> SqliteRuleStore::Impl::numbered(std::uint32_t number) {
  SQLite::Statement row(connection->database(),
                        "SELECT number, hash, text, applied_at, name FROM rule_set WHERE number = ?");
  bindAll(row, number);
  return row.executeStep() ? std::optional(headOf(row)) : std::nullopt;
}

mapping::AppliedSet SqliteRuleStore::Impl::headOf(SQLite::Statement& row) {
  mapping::AppliedSet set;
  set.number = numberAt<std::uint32_t>(row, 0);
  set.hash = textAt(row, 1);
  set.text = textAt(row, 2);
  set.appliedAt = timeAt(row, 3);
  set.set.name = textAt(row, 4);
  return set;
}

// What was left behind by an apply() that did not come to its head.
Result<void> SqliteRuleStore::Impl::dropUncounted() {
  return inTransaction(*connection, "drop rules that never counted", [&]() -> Result<void> {
    connection->database().exec("DELETE FROM rule WHERE set_number > (SELECT coalesce(max(number), 0) FROM rule_set)");
    return {};
  });
}

// The head comes last: without it, the rules under its number do not count.
Result<void> SqliteRuleStore::Impl::insert(const mapping::AppliedSet& set) {
  std::vector<std::string> jsons(set.set.rules.size());
  std::ranges::transform(set.set.rules, jsons.begin(), [](const mapping::Rule& rule) { return mapping::toJson(rule); });
  for (std::size_t from = 0; from < jsons.size(); from += kPiece) {
    if (from > 0) std::this_thread::sleep_for(kPause);
    const std::size_t count = std::min(kPiece, jsons.size() - from);
    const auto done = inTransaction(*connection, "keep the rules", [&]() -> Result<void> {
      insertRules(set, from, std::span(jsons).subspan(from, count));
      return {};
    });
    if (!done) return done;
  }
  return insertHead(set);
}

Result<void> SqliteRuleStore::Impl::insertHead(const mapping::AppliedSet& set) {
  return inTransaction(*connection, "keep the rule set", [&]() -> Result<void> {
    SQLite::Statement head(connection->database(),
                           "INSERT INTO rule_set (number, hash, name, text, applied_at) VALUES (?, ?, ?, ?, ?)");
    bindAll(head, set.number, set.hash, set.set.name, set.text, set.appliedAt);
    head.exec();
    return {};
  });
}

void SqliteRuleStore::Impl::insertRules(const mapping::AppliedSet& set, std::size_t from,
                                        std::span<const std::string> jsons) {
  SQLite::Statement statement(connection->database(), kInsertRule);
  for (std::size_t i = 0; i < jsons.size(); ++i) {
    const mapping::Rule& rule = set.set.rules[from + i];
    const mapping::Match& match = rule.match;
    const auto versionMin = versionText(match.versionMin), versionMax = versionText(match.versionMax);
    const auto endpoint = unlessAny(match.endpoint), manufacturer = unlessAny(match.manufacturer),
               model = unlessAny(match.model), label = unlessAny(match.label);
    bindAll(statement, set.number, from + i, rule.name, match.object, match.instance, match.resource,
            match.resourceInstance, versionMin, versionMax, endpoint, manufacturer, model, label, rule.where, jsons[i]);
    Using(statement)->exec();
  }
}

Result<void> SqliteRuleStore::Impl::loadRules(mapping::AppliedSet& set) {
  SQLite::Statement row(connection->database(), "SELECT json, origin FROM rule WHERE set_number = ? ORDER BY position");
  bindAll(row, set.number);
  while (row.executeStep()) {
    auto rule = mapping::ruleFromJson(viewAt(row, 0));
    if (!rule) {
      return fail(Errc::io, "the database holds a rule that cannot be read: " + rule.error().message,
                  "rule set " + std::to_string(set.number) + ", " + rule.error().where);
    }
    rule->where = textAt(row, 1);
    set.set.rules.push_back(std::move(*rule));
  }
  return {};
}

}  // namespace isthmus::db
