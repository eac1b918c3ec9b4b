#include "tests/unit/onem2m_cse/caller.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <thread>

namespace isthmus::onem2m::testing {
namespace {

class Container : public Caller {
 public:
  explicit Container(const std::string& limits, CseOptions options = {}) : Caller(std::move(options)) {
    makeTree();
    create("CIsthmus", "cse-in/bar-1", kCnt, R"({"m2m:cnt":{"rn":"n")" + (limits.empty() ? "" : "," + limits) + "}}");
  }
  int put(const std::string& con) {
    return create("CIsthmus", "cse-in/bar-1/n", kCin, R"({"m2m:cin":{"con":")" + con + "\"}}").status;
  }
  std::string oldest() { return attribute("cse-in/bar-1/n/ol", "con"); }
  std::string latest() { return attribute("cse-in/bar-1/n/la", "con"); }
  std::string of(const char* name) { return attribute("cse-in/bar-1/n", name); }
};

TEST_CASE("mni removes the oldest contentInstances") {
  Container container("\"mni\":3");
  for (const char* const con : {"a", "b", "c", "d", "e"}) CHECK(container.put(con) == 2001);
  CHECK(container.of("cni") == "3");
  CHECK(container.of("cbs") == "3");
  CHECK(container.of("st") == "5");
  CHECK(container.oldest() == "\"c\"");
  CHECK(container.latest() == "\"e\"");
  CHECK(container.cse.counters().instances == 5);
  CHECK(container.cse.counters().evicted == 2);
}

TEST_CASE("mbs removes the oldest until the rest fits, and refuses what can never fit") {
  Container container("\"mbs\":10");
  for (const char* const con : {"aaaa", "bbbb", "cc"}) CHECK(container.put(con) == 2001);
  CHECK(container.of("cbs") == "10");
  CHECK(container.put("ddddd") == 2001);
  CHECK(container.oldest() == "\"cc\"");
  CHECK(container.of("cbs") == "7");
  CHECK(container.put("12345678901") == 5207);
  CHECK(container.of("cni") == "2");
}

TEST_CASE("mia removes contentInstances by age, also when none is added") {
  Container container("\"mia\":60");
  CHECK(container.put("a") == 2001);
  container.clock.advance(seconds{40});
  CHECK(container.put("b") == 2001);
  CHECK(container.oldest() == "\"a\"");
  container.clock.advance(seconds{20});
  CHECK(container.oldest() == "\"b\"");
  container.clock.advance(seconds{60});
  CHECK(container.get("CIsthmus", "cse-in/bar-1/n/la").status == 4004);
}

TEST_CASE("a limit lowered by an UPDATE holds at once; mni 0 keeps nothing") {
  Container container("");
  for (const char* const con : {"a", "b", "c"}) container.put(con);
  container.update("CIsthmus", "cse-in/bar-1/n", R"({"m2m:cnt":{"mni":1}})");
  CHECK(container.of("cni") == "1");
  CHECK(container.latest() == "\"c\"");
  container.update("CIsthmus", "cse-in/bar-1/n", R"({"m2m:cnt":{"mni":0}})");
  CHECK(container.put("d") == 2001);
  CHECK(container.of("cni") == "0");
}

TEST_CASE("memory stays bounded whatever mni a client asks for") {
  CseOptions options;
  options.instancesPerContainer = 5;
  options.bytesPerContainer = 100;
  Container container("\"mni\":1000000000,\"mbs\":1000000000", options);
  for (int i = 0; i < 20; ++i) CHECK(container.put("x") == 2001);
  CHECK(container.of("cni") == "5");
  CHECK(container.put(std::string(99, 'y')) == 2001);
  CHECK(container.of("cni") == "2");
}

TEST_CASE("a full CSE takes no more resources until some are deleted") {
  CseOptions options;
  options.resources = 7;
  Caller caller(options);
  caller.makeTree();  // six with the CSEBase
  CHECK(caller.create("CIsthmus", "cse-in/bar-1/c", kCnt, R"({"m2m:cnt":{"rn":"a"}})").status == 2001);
  CHECK(caller.create("CIsthmus", "cse-in/bar-1/c", kCnt, R"({"m2m:cnt":{"rn":"b"}})").status == 5207);
  caller.remove("CIsthmus", "cse-in/bar-1/c/a");
  CHECK(caller.create("CIsthmus", "cse-in/bar-1/c", kCnt, R"({"m2m:cnt":{"rn":"b"}})").status == 2001);
}

TEST_CASE("a tree of containers ends at 64 levels") {
  Caller caller;
  caller.makeTree();
  std::string path = "cse-in/isthmus";
  int made = 0;
  while (made < 100 && caller.create("CIsthmus", path, kCnt, R"({"m2m:cnt":{"rn":"n"}})").status == 2001) {
    path += "/n";
    ++made;
  }
  CHECK(made == 63);
  CHECK(caller.create("CIsthmus", path, kCnt, R"({"m2m:cnt":{"rn":"n"}})").status == 5207);
  CHECK(caller.get("CIsthmus", "cse-in/isthmus", {{"rcn", "4"}}).status == 2000);
  CHECK(caller.remove("CIsthmus", "cse-in/isthmus/n").status == 2002);
}

TEST_CASE("a name given twice is a conflict, and the first contentInstance stays") {
  Container container("");
  const auto put = [&](const char* con) {
    return container
        .create("CIsthmus", "cse-in/bar-1/n", kCin,
                std::string(R"({"m2m:cin":{"rn":"1763812345678-000001-a1b2","con":")") + con + "\"}}")
        .status;
  };
  CHECK(put("first") == 2001);
  CHECK(put("second") == 4105);
  CHECK(container.latest() == "\"first\"");
  CHECK(container.of("cni") == "1");
}

TEST_CASE("the observer sees every contentInstance that was accepted, in order, also the evicted ones") {
  Container container("\"mni\":1");
  std::vector<std::string> seen;
  container.cse.observe([&](const AcceptedInstance& instance) {
    seen.push_back(instance.container + " " + instance.name + " " + instance.content);
  });
  container.create("CIsthmus", "cse-in/bar-1/n", kCin, R"({"m2m:cin":{"rn":"a","con":"1"}})");
  container.create("CIsthmus", "cse-in/bar-1/n", kCin, R"({"m2m:cin":{"rn":"b","con":{"v":2}}})");
  container.create("CIsthmus", "cse-in/bar-1/n", kCin, R"({"m2m:cin":{"rn":"b","con":"again"}})");
  container.create("CIsthmus", "cse-in/bar-1/n", kCin, R"({"m2m:cin":{"rn":"c"}})");
  CHECK(seen == std::vector<std::string>{"cse-in/bar-1/n a \"1\"", R"(cse-in/bar-1/n b {"v":2})", "cse-in/bar-1/n c "});
  container.cse.observe({});
  container.put("d");
  CHECK(seen.size() == 3);
}

TEST_CASE("several threads creating in one container get unique names and keep their own order") {
  constexpr int kThreads = 4, kEach = 500;
  Container container("");
  std::vector<std::string> accepted;
  container.cse.observe([&](const AcceptedInstance& instance) { accepted.push_back(instance.content); });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&container, t] {
      for (int i = 0; i < kEach; ++i) container.put(std::to_string(t) + "-" + std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();

  CHECK(container.of("cni") == std::to_string(kThreads * kEach));
  CHECK(container.of("st") == std::to_string(kThreads * kEach));
  const std::string listing = container.get("CIsthmus", "cse-in/bar-1/n", {{"rcn", "8"}}).content;
  std::size_t at = 0;
  std::vector<int> next(kThreads, 0);
  for (const std::string& content : accepted) {
    const int thread = content[1] - '0';
    REQUIRE(content ==
            "\"" + std::to_string(thread) + "-" + std::to_string(next[static_cast<std::size_t>(thread)]++) + "\"");
    at = listing.find("\"con\":" + content + "}", at);  // the container's order is that of acceptance
    REQUIRE(at != std::string::npos);
  }
  CHECK(accepted.size() == kThreads * kEach);
}

}  // namespace
}  // namespace isthmus::onem2m::testing
