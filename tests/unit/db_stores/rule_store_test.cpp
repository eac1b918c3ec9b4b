#include "db/sqlite/connection.h"
#include "db/stores/sqlite_journal.h"
#include "db/stores/sqlite_rule_store.h"
#include "mapping/rules/rule_file.h"
#include "tests/unit/db_stores/journal_fixture.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::testing;
using db::SqliteRuleStore;
using mapping::AppliedSet;
using mapping::Rule;

namespace {

std::unique_ptr<SqliteRuleStore> openedStore(const std::filesystem::path& path) {
  return must(SqliteRuleStore::open(path));
}

Rule temperature() {
  Rule rule;
  rule.name = "temperature";
  rule.match.endpoint = "urn:*";
  rule.match.manufacturer = "Ac?e";
  rule.match.object = 3303;
  rule.match.resource = 5700;
  rule.match.versionMin = lwm2m::Version{1, 1};
  rule.observe.attributes = {.pmin = 1, .pmax = 300};
  rule.value.scale = 0.1;
  rule.value.unit = "Cel";
  rule.where = "a.json:7";
  return rule;
}

AppliedSet setOf(std::vector<Rule> rules) {
  AppliedSet applied;
  applied.set.name = "mine";
  applied.set.rules = std::move(rules);
  applied.text = mapping::toJson(applied.set);
  applied.hash = sha256Hex(applied.text);
  applied.appliedAt = kNow;
  return applied;
}

}  // namespace

TEST_CASE("A new store has no rule set", "[rules]") {
  const TempFolder folder;
  CHECK_FALSE(must(openedStore(folder / "isthmus.db")->current()));
}

TEST_CASE("The set that was applied last is in force, also after a restart", "[rules]") {
  const TempFolder folder;
  Rule other;
  other.name = "all else";
  other.observe.level = mapping::ObserveLevel::none;
  const AppliedSet first = setOf({other}), second = setOf({temperature(), other});
  {
    const auto store = openedStore(folder / "isthmus.db");
    CHECK(must(store->apply(first)) == 1);
    CHECK(must(store->apply(second)) == 2);
  }
  const auto current = must(openedStore(folder / "isthmus.db")->current());
  REQUIRE(current);
  CHECK(current->number == 2);
  CHECK(current->hash == second.hash);
  CHECK(current->text == second.text);
  CHECK(current->appliedAt == kNow);
  CHECK(current->set == second.set);
}

TEST_CASE("Applying the set in force again changes nothing; going back to an older one is a new number", "[rules]") {
  const TempFolder folder;
  const auto store = openedStore(folder / "isthmus.db");
  const AppliedSet first = setOf({temperature()}), second = setOf({});
  CHECK(must(store->apply(first)) == 1);
  CHECK(must(store->apply(first)) == 1);
  CHECK(must(store->apply(second)) == 2);
  CHECK(must(store->apply(first)) == 3);
  CHECK(must(store->current())->set == first.set);
}

TEST_CASE("All sets are listed, newest first, and each can be had by its number", "[rules]") {
  const TempFolder folder;
  const auto store = openedStore(folder / "isthmus.db");
  const AppliedSet first = setOf({temperature()}), second = setOf({});
  CHECK(must(store->list()).empty());
  must(store->apply(first));
  must(store->apply(second));
  const auto sets = must(store->list());
  REQUIRE(sets.size() == 2);
  CHECK(sets[0] == mapping::SetSummary{2, second.hash, "mine", kNow, 0});
  CHECK(sets[1] == mapping::SetSummary{1, first.hash, "mine", kNow, 1});
  CHECK(must(store->get(1)).set == first.set);
  CHECK(must(store->get(1)).text == first.text);
  const auto none = store->get(3);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::notFound);
}

TEST_CASE("Marks are remembered; by which set all devices are planned comes with a batch", "[rules]") {
  using mapping::RuleMark;
  const TempFolder folder;
  const auto store = openedStore(folder / "isthmus.db");
  CHECK_FALSE(must(store->mark(RuleMark::files)));
  REQUIRE(store->setMark(RuleMark::files, 77));
  REQUIRE(store->setMark(RuleMark::files, 78));
  CHECK(must(store->mark(RuleMark::files)) == 78);
  CHECK_FALSE(must(store->mark(RuleMark::planned)));
  db::SqliteJournal journal({.path = folder / "isthmus.db"});
  must(journal.open(kNow));
  proxy::Batch batch;
  batch.plannedRules = 3;
  CHECK_FALSE(batch.onlyDeliveries());
  must(journal.commit(batch));
  CHECK(must(store->mark(RuleMark::planned)) == 3);
}

TEST_CASE("A set whose rules are written and whose head is not does not count, and is no hindrance", "[rules]") {
  const TempFolder folder;
  const auto store = openedStore(folder / "isthmus.db");
  auto connection = must(db::Connection::open({.path = folder / "isthmus.db"}));
  std::vector<Rule> many(300, temperature());
  for (std::size_t i = 0; i < many.size(); ++i) many[i].name = "rule " + std::to_string(i);
  const AppliedSet first = setOf({temperature()}), second = setOf(many);
  REQUIRE(store->apply(first));
  connection->database().exec("CREATE UNIQUE INDEX refusing ON rule_set (name)");  // the second head
  CHECK_FALSE(store->apply(second));
  const auto written = [&] {
    return connection->database().execAndGet("SELECT count(*) FROM rule WHERE set_number = 2").getInt();
  };
  CHECK(written() == 300);  // the loop had its turns between them
  CHECK(must(store->current())->set == first.set);
  CHECK(must(store->list()).size() == 1);
  connection->database().exec("DROP INDEX refusing");
  const AppliedSet third = setOf({temperature(), many[0]});
  CHECK(must(store->apply(third)) == 2);
  CHECK(must(store->current())->set == third.set);
  CHECK(written() == 2);
  CHECK(must(store->apply(second)) == 3);
  CHECK(must(store->current())->set == second.set);
}

TEST_CASE("Hash and text are worked out where they are not given", "[rules]") {
  const TempFolder folder;
  const auto store = openedStore(folder / "isthmus.db");
  AppliedSet bare;
  bare.set = setOf({temperature()}).set;
  CHECK(must(store->apply(bare)) == 1);
  CHECK(must(store->current())->hash == setOf({temperature()}).hash);
}

TEST_CASE("What a rule matches can be asked for by hand", "[rules]") {
  const TempFolder folder;
  REQUIRE(openedStore(folder / "isthmus.db")->apply(setOf({temperature()})));
  auto connection = db::Connection::open({.path = folder / "isthmus.db"});
  REQUIRE(connection);
  SQLite::Statement row((*connection)->database(),
                        "SELECT name, origin FROM rule WHERE set_number = 1 AND object = 3303 AND resource = 5700 AND "
                        "instance IS NULL AND endpoint = 'urn:*' AND manufacturer = 'Ac?e' AND model IS NULL AND "
                        "version_min = '1.1' AND version_max IS NULL");
  REQUIRE(row.executeStep());
  CHECK(row.getColumn(0).getString() == "temperature");
  CHECK(row.getColumn(1).getString() == "a.json:7");
}

TEST_CASE("Rules and journal share a file", "[rules]") {
  const TempFolder folder;
  const auto store = openedStore(folder / "isthmus.db");
  db::SqliteJournal journal({.path = folder / "isthmus.db"});
  must(journal.open(kNow));
  CHECK(must(store->apply(setOf({temperature()}))) == 1);
  proxy::Batch batch;
  batch.rows = {row(1)};
  must(journal.commit(batch));
  CHECK(must(store->current()));
}

TEST_CASE("A rule that cannot be read any more is an error that names its set", "[rules]") {
  const TempFolder folder;
  const auto store = openedStore(folder / "isthmus.db");
  REQUIRE(store->apply(setOf({temperature()})));
  auto connection = db::Connection::open({.path = folder / "isthmus.db"});
  REQUIRE(connection);
  (*connection)->database().exec("UPDATE rule SET json = '{'");
  const auto broken = store->current();
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == Errc::io);
  CHECK(broken.error().where.find("rule set 1") == 0);
}
