#include "tests/unit/ipe_status/fake_mapping.h"

namespace isthmus::status {
namespace {

struct MappingFixture {
  FakeMapping mapping;
  Fixture f{withMapping(mapping)};

  Answer post(const std::string& target, const std::string& body) {
    return askWith(f.server->address(), "POST", target, body, "application/json");
  }
};

using Strings = std::vector<std::string>;

TEST_CASE("rule sets are listed, shown with their text, and compared") {
  MappingFixture m;
  const auto list = parsed(m.f.get("/api/v1/mapping/sets"));
  CHECK(at(list, "/sets/0/number") == "2");
  CHECK(at(list, "/sets/1/set") == "\"ts0014-semantic\"");
  CHECK(at(parsed(m.f.get("/api/v1/mapping/sets/1")), "/text") == "\"{\\\"rules\\\":[]}\"");
  CHECK(m.f.get("/api/v1/mapping/sets/7").status == 404);
  CHECK(m.f.get("/api/v1/mapping/sets/x").status == 404);
  const auto difference = parsed(m.f.get("/api/v1/mapping/diff?from=1&to=2"));
  CHECK(at(difference, "/changes/0") == R"({"kind":"added","name":"a","after":{"name":"a"}})");
  CHECK(at(difference, "/reordered") == "true");
  CHECK(problemOf(m.f.get("/api/v1/mapping/diff?from=1")) ==
        "400 'from' and 'to' must be numbers of rule sets: ?from=1&to=2.");
}

TEST_CASE("a rule file's text, or several files, are handed on as they are") {
  MappingFixture m;
  CHECK(at(parsed(m.post("/api/v1/mapping?name=a.json", "{\"rules\":[] /* none */,}")), "/changed") == "true");
  m.post("/api/v1/mapping", R"({"files":[{"name":"a","text":"1"},{"name":"b","text":"2"}]})");
  CHECK(m.mapping.given == Strings{"a.json: {\"rules\":[] /* none */,}", "a: 1", "b: 2"});
  CHECK(m.post("/api/v1/mapping", R"({"files":[{"name":"a"}]})").status == 400);
  CHECK(m.post("/api/v1/mapping", R"({"files":"a"})").status == 400);
  CHECK(m.post("/api/v1/mapping", "").status == 400);
  CHECK(m.mapping.given.size() == 3);
}

TEST_CASE("faults of rules are all in the answer, each with its place") {
  MappingFixture m;
  m.mapping.outcome = tl::unexpected<RuleFaults>(
      {{Errc::configuration, "unknown key", "a.json:3:5 /rules/0/x"}, {Errc::configuration, "no", "a.json:9:1 /y"}});
  const Answer answer = m.post("/api/v1/mapping", "{}");
  CHECK(answer.status == 422);
  CHECK(answer.header("content-type") == "application/problem+json");
  const auto document = parsed(answer);
  CHECK(at(document, "/errors/0/where") == "\"a.json:3:5 /rules/0/x\"");
  CHECK(at(document, "/errors/1/message") == "\"no\"");
  CHECK(m.post("/api/v1/mapping/reload", "").status == 422);
}

TEST_CASE("going back names a set or takes the one before; what is no set is not found") {
  MappingFixture m;
  CHECK(m.post("/api/v1/mapping/rollback", R"({"to":1})").status == 200);
  CHECK(m.post("/api/v1/mapping/rollback", "").status == 200);
  CHECK(m.mapping.given == Strings{"to 1", "to the one before"});
  CHECK(m.post("/api/v1/mapping/rollback", R"({"to":"x"})").status == 400);
  CHECK(m.post("/api/v1/mapping/rollback", "x").status == 400);
  m.mapping.outcome = tl::unexpected<RuleFaults>({{Errc::notFound, "there is no rule set of this number", "9"}});
  CHECK(m.post("/api/v1/mapping/rollback", R"({"to":9})").status == 404);
}

TEST_CASE("a set of ten thousand rules may be sent, and other bodies stay bounded") {
  MappingFixture m;
  CHECK(m.post("/api/v1/mapping", std::string(3'000'000, ' ') + "{\"rules\":[]}").status == 200);
  CHECK(m.post("/api/v1/devices/b-2/3", std::string(3'000'000, ' ')).status == 413);
}

TEST_CASE("where no sets are kept, the addresses say so") {
  Fixture f;
  CHECK(f.get("/api/v1/mapping").status == 200);
  CHECK(f.get("/api/v1/mapping/sets").status == 404);
}

}  // namespace
}  // namespace isthmus::status
