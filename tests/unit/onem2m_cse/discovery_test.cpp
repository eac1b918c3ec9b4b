#include "tests/unit/onem2m_cse/caller.h"

#include <catch2/catch.hpp>

#include <string>

namespace isthmus::onem2m::testing {
namespace {

class Discovery : public Caller {
 public:
  Discovery() {
    makeTree();
    clock.advance(seconds{10});
    create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"d","lbl":["Iwked-Technology:LWM2M","x"]}})");
    create("CIsthmus", "cse-in/bar-1/d", kCin, R"({"m2m:cin":{"rn":"i1","con":"1"}})");
    create("CIsthmus", "cse-in/bar-1/d", kCin, R"({"m2m:cin":{"rn":"i2","con":"12345","lbl":["x"]}})");
    create("CIsthmus", "cse-in/bar-1/d", kCnt, R"({"m2m:cnt":{"rn":"e"}})");
  }
  // "bar-1 bar-1/c": the paths below the CSEBase
  std::string found(Query query, const std::string& to = "cse-in") {
    query.emplace_back("fu", "1");
    std::string text = get("CIsthmus", to, query).content;
    for (const char* const part : {"{\"m2m:uril\":[", "]}", "\"", "cse-in/"}) {
      for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part))
        text.erase(at, std::string(part).size());
    }
    return text;
  }
};

TEST_CASE("a discovery lists paths, parents before their children") {
  CHECK(Discovery().found({}, "cse-in/bar-1") == "bar-1/c,bar-1/d,bar-1/d/e,bar-1/d/i1,bar-1/d/i2");
}

TEST_CASE("a discovery filters by type, label, time and size") {
  struct Row {
    Query query;
    const char* found;
  };
  const Row rows[] = {
      {{{"ty", "2"}}, "isthmus,bar-1"},
      {{{"ty", "2"}, {"ty", "1"}}, "isthmus,isthmus/readers,isthmus/operators,bar-1"},
      {{{"ty", "2+1"}}, "isthmus,isthmus/readers,isthmus/operators,bar-1"},
      {{{"ty", "2 1"}}, "isthmus,isthmus/readers,isthmus/operators,bar-1"},
      {{{"lbl", "Iwked-Technology:LWM2M"}}, "bar-1/d"},
      {{{"lbl", "x"}}, "bar-1/d,bar-1/d/i2"},
      {{{"lbl", "bar"}, {"lbl", "x"}}, "bar-1,bar-1/d,bar-1/d/i2"},
      {{{"lbl", "x"}, {"ty", "4"}}, "bar-1/d/i2"},
      {{{"lbl", "nothing"}}, ""},
      {{{"ty", "3"}, {"cra", "20251122T115230"}}, "bar-1/d,bar-1/d/e"},
      {{{"ty", "3"}, {"crb", "20251122T115230"}}, "bar-1/c"},
      {{{"ty", "3"}, {"ms", "20251122T115230"}}, "bar-1/d,bar-1/d/e"},
      {{{"ty", "3"}, {"us", "20251122T115230"}}, "bar-1/c"},
      {{{"ty", "4"}, {"sza", "2"}}, "bar-1/d/i2"},
      {{{"ty", "4"}, {"szb", "2"}}, "bar-1/d/i1"},
      {{{"ty", "2"}, {"lvl", "1"}}, "isthmus,bar-1"},
      {{{"lvl", "1"}, {"ty", "3"}}, ""},
      {{{"ty", "4"}, {"lim", "1"}}, "bar-1/d/i1"},
      {{{"ty", "4"}, {"lim", "0"}}, ""},
      {{{"ty", "4"}, {"ofst", "2"}}, "bar-1/d/i2"},
      {{{"ty", "4"}, {"ofst", "1"}, {"lim", "1"}}, "bar-1/d/i1"},
      {{{"ty", "4"}, {"ofst", "9"}}, ""},
  };
  Discovery discovery;
  for (const Row& row : rows) {
    INFO(row.query[0].first << "=" << row.query[0].second);
    CHECK(discovery.found(row.query) == row.found);
  }
}

TEST_CASE("a discovery can ask for ids, or for references") {
  Discovery discovery;
  const std::string id = discovery.attribute("cse-in/bar-1/d", "ri");
  CHECK(discovery.get("CIsthmus", "cse-in", {{"fu", "1"}, {"drt", "2"}, {"lbl", "Iwked-Technology:LWM2M"}}).content ==
        "{\"m2m:uril\":[\"/id-in/" + id.substr(1) + "]}");
  CHECK(
      discovery.get("CIsthmus", "cse-in", {{"fu", "1"}, {"rcn", "6"}, {"ty", "2"}}).content ==
      R"({"m2m:rrl":{"rrf":[{"nm":"isthmus","typ":2,"val":"/id-in/cse-in/isthmus"},{"nm":"bar-1","typ":2,"val":"/id-in/cse-in/bar-1"}]}})");
}

TEST_CASE("an answer holds no more resources than the CSE is set to give") {
  CseOptions options;
  options.results = 2;
  Caller caller(options);
  caller.makeTree();
  CHECK(caller.get("CIsthmus", "cse-in", {{"fu", "1"}, {"lim", "100"}}).content ==
        R"({"m2m:uril":["cse-in/isthmus","cse-in/isthmus/readers"]})");
}

}  // namespace
}  // namespace isthmus::onem2m::testing
