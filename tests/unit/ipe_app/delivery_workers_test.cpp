#include "ipe/app/delivery_workers.h"

#include "db/stores/memory_journal.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/onem2m_client/scripted_connection.h"

#include <catch2/catch.hpp>

namespace isthmus::app {
namespace {

using onem2m::Outcome;
using onem2m::testing::says;
using onem2m::testing::Script;
using onem2m::testing::ScriptedConnection;
using onem2m::testing::Step;

constexpr std::string_view kCreate = "CREATE other cse-in/dev CIsthmus";
constexpr std::string_view kPolicy = "RETRIEVE cse-in/isthmus/readers CIsthmus";

class ScriptedBinding final : public onem2m::Binding {
 public:
  explicit ScriptedBinding(Script& script) : script_(script) {}
  std::unique_ptr<onem2m::Connection> connect() override { return std::make_unique<ScriptedConnection>(script_); }

 private:
  Script& script_;
};

// One worker before a CSE that follows a script, and rows of one flexContainer with the ids 1, 2 ...
struct Bench {
  Bench(std::vector<Step> steps, std::vector<std::string> contents) : script(std::move(steps)) {
    REQUIRE(journal.open(clock.wall()));
    proxy::Batch batch;
    for (std::string& content : contents) {
      proxy::OutboxRow row;
      row.id = batch.rows.size() + 1;
      row.target = "tempe-0";
      row.content = std::move(content);
      row.form = mapping::Form::flexContainer;
      row.detail = "ccod:tempe";
      ids.push_back(row.id);
      batch.rows.push_back(std::move(row));
    }
    REQUIRE(journal.commit(batch));
  }
  ~Bench() { CHECK(script.isOver()); }

  std::vector<onem2m::Attempt> does(proxy::Work work) {
    workers.give(std::move(work));
    std::vector<proxy::WorkResult> all = results.waitAndDrain(seconds(30));
    REQUIRE(all.size() == 1);
    return std::move(all.front().attempts);
  }
  Outcome makes() { return does(proxy::ContainerWork{0, 0, "dev", "urn:dev", ids}).front().outcome; }
  bool said(std::size_t request, std::string_view what) const {
    return script.requests.at(request).content.find(what) != std::string::npos;
  }

  Script script;
  testing::FakeClock clock;
  db::MemoryJournal journal;
  std::vector<std::uint64_t> ids;
  ScriptedBinding binding{script};
  onem2m::CseSettings settings;
  onem2m::CseProfile profile;
  lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  Mailbox<proxy::WorkResult> results;
  DeliveryWorkers workers{{binding, settings, profile, registry, clock,
                           [this] { return std::make_unique<db::MemoryOutboxReader>(journal); }},
                          1,
                          results};
};

Step step(std::string_view request, int status) { return {std::string(request), says(status)}; }

TEST_CASE("a resource is made with the oldest value of each attribute, as the newer ones are still to come") {
  Bench bench({step(kCreate, 2001)}, {R"({"curT0":1})", R"({"minVe":5})", R"({"curT0":3,"minVe":6})"});
  CHECK(bench.makes() == Outcome::done);
  CHECK(bench.said(0, R"("curT0":1)"));
  CHECK(bench.said(0, R"("minVe":5)"));
}

TEST_CASE("a resource that is refused with several values is made with the first alone") {
  Bench bench({step(kCreate, 4102), step(kPolicy, 2000), step(kCreate, 4102), step(kCreate, 2001)},
              {R"({"curT0":1})", R"({"minVe":"bad"})"});
  CHECK(bench.makes() == Outcome::done);
  CHECK(bench.said(0, R"("minVe":"bad")"));
  CHECK(bench.said(3, R"("curT0":1)"));
  CHECK_FALSE(bench.said(3, "minVe"));
}

TEST_CASE("a resource that is refused with one value is refused") {
  Bench bench({step(kCreate, 4102), step(kPolicy, 2000), step(kCreate, 4102)}, {R"({"curT0":1})", R"({"curT0":2})"});
  CHECK(bench.makes() == Outcome::rejected);
}

}  // namespace
}  // namespace isthmus::app
