#include "db/stores/sqlite_rule_store.h"

#include "db/stores/columns.h"
#include "db/stores/database.h"
#include "mapping/rules/rule_file.h"

namespace isthmus::db {
namespace {

constexpr const char* kInsertRule =
    "INSERT INTO rule (set_number, position, name, object, instance, resource, resource_instance, version_min, "
    "version_max, endpoint, manufacturer, model, label, origin, json) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

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
  void insert(const mapping::AppliedSet& set);
  void insertRule(SQLite::Statement& statement, std::uint32_t set, std::size_t position, const mapping::Rule& rule);
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
  auto done = inTransaction(*impl_->connection, "keep the rule set", [&]() -> Result<void> {
    const auto current = impl_->newest();
    set.number = current ? current->number : 0;
    if (current && current->hash == set.hash) return {};
    ++set.number;
    impl_->insert(set);
    return {};
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

// Without its rules.
std::optional<mapping::AppliedSet> SqliteRuleStore::Impl::newest() {
  SQLite::Statement row(connection->database(),
                        "SELECT number, hash, text, applied_at, name FROM rule_set ORDER BY number DESC LIMIT 1");
  if (!row.executeStep()) return {};
  mapping::AppliedSet set;
  set.number = numberAt<std::uint32_t>(row, 0);
  set.hash = textAt(row, 1);
  set.text = textAt(row, 2);
  set.appliedAt = timeAt(row, 3);
  set.set.name = textAt(row, 4);
  return set;
}

void SqliteRuleStore::Impl::insert(const mapping::AppliedSet& set) {
  SQLite::Statement head(connection->database(),
                         "INSERT INTO rule_set (number, hash, name, text, applied_at) VALUES (?, ?, ?, ?, ?)");
  bindAll(head, set.number, set.hash, set.set.name, set.text, set.appliedAt);
  head.exec();
  SQLite::Statement rule(connection->database(), kInsertRule);
  for (std::size_t i = 0; i < set.set.rules.size(); ++i) insertRule(rule, set.number, i, set.set.rules[i]);
}

void SqliteRuleStore::Impl::insertRule(SQLite::Statement& statement, std::uint32_t set, std::size_t position,
                                       const mapping::Rule& rule) {
  const mapping::Match& match = rule.match;
  const auto versionMin = versionText(match.versionMin), versionMax = versionText(match.versionMax);
  const auto endpoint = unlessAny(match.endpoint), manufacturer = unlessAny(match.manufacturer),
             model = unlessAny(match.model), label = unlessAny(match.label);
  const std::string json = mapping::toJson(rule);
  bindAll(statement, set, position, rule.name, match.object, match.instance, match.resource, match.resourceInstance,
          versionMin, versionMax, endpoint, manufacturer, model, label, rule.where, json);
  Using(statement)->exec();
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
