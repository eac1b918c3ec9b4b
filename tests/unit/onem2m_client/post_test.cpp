#include "onem2m/client/cse_client.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/onem2m_client/scripted_connection.h"

#include <catch2/catch.hpp>

#include <set>

using namespace isthmus;
using namespace isthmus::onem2m;
using isthmus::onem2m::testing::says;
using isthmus::onem2m::testing::Script;
using isthmus::onem2m::testing::ScriptedConnection;
using isthmus::testing::FakeClock;

namespace {

struct Bench {
  explicit Bench(std::vector<isthmus::onem2m::testing::Step> steps) : script(std::move(steps)) {}
  Script script;
  CseSettings settings;
  CseProfile profile;
  FakeClock clock;
  CseClient client{std::make_unique<ScriptedConnection>(script), settings, profile, clock};
};

const InstanceRequest kReading{"bar-1", "3303/0/5700", "1763812345678-0000000001-a1b2", "21.5", "text/plain:0", {}};
constexpr const char* kPost = "CREATE cin cse-in/bar-1/3303/0/5700 CIsthmus";

}  // namespace

TEST_CASE("what a CSE answers to a contentInstance decides what becomes of it") {
  struct Row {
    Result<ResponsePrimitive> answer;
    Outcome outcome;
    const char* reason;  // a part of it
  };
  const auto row = GENERATE(values<Row>({
      {says(2001), Outcome::done, ""},
      {says(2000), Outcome::done, ""},
      {says(1000), Outcome::done, ""},
      {says(4105, R"({"m2m:dbg":"exists"})"), Outcome::alreadyThere, "4105 CONFLICT: exists"},
      {says(5106), Outcome::alreadyThere, "ALREADY_EXISTS"},
      {says(4004, R"({"m2m:dbg":"No resource"})"), Outcome::noParent, "No resource"},
      {says(4103), Outcome::notAllowed, "4103"},
      {says(4106), Outcome::notAllowed, "4106"},
      {says(4107), Outcome::notAllowed, "4107"},
      {says(5105), Outcome::notAllowed, "5105"},
      {says(401), Outcome::notAllowed,
       "HTTP 401 without X-M2M-RSC; it wants another login: onem2m.auth takes a token, or user and password"},
      {says(407), Outcome::notAllowed, "HTTP 407"},
      {says(4000), Outcome::rejected, "4000"},
      {says(4005), Outcome::rejected, "4005"},
      {says(4102), Outcome::rejected, "4102"},
      {says(4108), Outcome::rejected, "4108"},
      {says(5001), Outcome::rejected, "5001"},
      {says(5207), Outcome::rejected, "5207"},
      {says(6010), Outcome::rejected, "6010"},
      {says(413, "<h1>413 Request Entity Too Large</h1>"), Outcome::rejected, "413 Request Entity Too Large"},
      {says(4001), Outcome::busy, "onem2m.release"},
      {says(4008), Outcome::busy, "4008"},
      {says(4015), Outcome::busy, "4015"},
      {says(4230), Outcome::busy, "4230"},
      {says(5000), Outcome::busy, "5000"},
      {says(5103), Outcome::busy, "5103"},
      {says(400, "<html>The plain HTTP request was sent to HTTPS port</html>"), Outcome::busy, "plain HTTP"},
      {says(405), Outcome::busy, "HTTP 405"},
      {says(429), Outcome::busy, "HTTP 429"},
      {says(502), Outcome::busy, "HTTP 502"},
      {says(503), Outcome::busy, "HTTP 503"},
      {fail(Errc::unavailable, "no connection", "cse.example"), Outcome::unavailable, "no connection (cse.example)"},
      {fail(Errc::timeout, "no answer"), Outcome::inDoubt, "no answer"},
      {fail(Errc::io, "closed"), Outcome::inDoubt, "closed"},
      {fail(Errc::malformed, "not HTTP"), Outcome::inDoubt, "not HTTP"},
      {fail(Errc::unsupported, "cannot be sent"), Outcome::rejected, "cannot be sent"},
      {fail(Errc::internal, "?"), Outcome::unavailable, "?"},
  }));
  Bench bench({{kPost, row.answer}});
  const Attempt attempt = bench.client.post(kReading);
  CAPTURE(row.reason);
  CHECK(attempt.outcome == row.outcome);
  CHECK(attempt.status == (row.answer ? row.answer->status : 0));
  CHECK_THAT(attempt.reason, Catch::Contains(row.reason));
  CHECK(bench.script.isOver());
}

TEST_CASE("a post is one CREATE under our name that wants nothing back") {
  Bench bench({{kPost, says(2001)}, {kPost, says(2001)}});
  InstanceRequest labelled = kReading;
  labelled.labels = {"LWM2M-Object-Encapsulation"};
  labelled.content = "a \"quoted\" line\n";
  bench.client.post(labelled);
  bench.client.post(kReading);
  const auto& requests = bench.script.requests;
  CHECK(requests[0].content == R"({"m2m:cin":{"rn":"1763812345678-0000000001-a1b2","cnf":"text/plain:0",)"
                               R"("lbl":["LWM2M-Object-Encapsulation"],"con":"a \"quoted\" line\n"}})");
  CHECK(requests[1].content ==
        R"({"m2m:cin":{"rn":"1763812345678-0000000001-a1b2","cnf":"text/plain:0","con":"21.5"}})");
  CHECK(requests[0].query == std::vector<std::pair<std::string, std::string>>{{"rcn", "0"}});
  CHECK(requests[0].releaseVersion == "3");
  CHECK(requests[0].requestId != requests[1].requestId);
}

TEST_CASE("with single-ae a device is below the proxy's AE") {
  Bench bench({{"CREATE cin cse-in/isthmus/bar-1/3303/0/5700 CIsthmus", says(2001)}});
  bench.settings.layout = Layout::singleAe;
  CHECK(bench.client.post(kReading).outcome == Outcome::done);
  CHECK(CseClient::devicePath(bench.settings, "bar-1") == "cse-in/isthmus/bar-1");
}

TEST_CASE("request identifiers differ between clients and between requests") {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    Bench bench({{kPost, says(2001)}, {kPost, says(2001)}});
    bench.client.post(kReading);
    bench.client.post(kReading);
    for (const RequestPrimitive& request : bench.script.requests) seen.insert(request.requestId);
  }
  CHECK(seen.size() == 40);
}

TEST_CASE("the latest value is the content of la") {
  constexpr const char* kLatest = "RETRIEVE cse-in/bar-1/3303/0/5700/la CIsthmus";
  SECTION("there is one") {
    Bench bench({{kLatest, says(2000, R"({"m2m:cin":{"rn":"1763812345678-0000000042-ab12","con":"21.5","cs":4.0}})")}});
    const auto latest = bench.client.latest("bar-1", "3303/0/5700").value();
    CHECK(latest->content == "21.5");
    CHECK(latest->committed == WallTime(milliseconds(1'763'812'345'678)));
  }
  SECTION("it is somebody else's") {
    Bench bench({{kLatest, says(2000, R"({"m2m:cin":{"rn":"4-1763812345678","con":"21.5"}})")}});
    CHECK(bench.client.latest("bar-1", "3303/0/5700").value()->committed == std::nullopt);
  }
  SECTION("there is none") {
    Bench bench({{kLatest, says(4004)}});
    CHECK(bench.client.latest("bar-1", "3303/0/5700").value().has_value() == false);
  }
  SECTION("errors") {
    Bench bench({{kLatest, says(4103)},
                 {kLatest, says(5000)},
                 {kLatest, says(2000, "{")},
                 {kLatest, fail(Errc::timeout, "t")}});
    CHECK(bench.client.latest("bar-1", "3303/0/5700").error().code == Errc::refused);
    CHECK(bench.client.latest("bar-1", "3303/0/5700").error().code == Errc::unavailable);
    CHECK(bench.client.latest("bar-1", "3303/0/5700").error().code == Errc::malformed);
    CHECK(bench.client.latest("bar-1", "3303/0/5700").error().code == Errc::timeout);
  }
  SECTION("a connection that broke is asked once more") {
    Bench bench({{kLatest, fail(Errc::io, "closed")}, {kLatest, says(2000, R"({"m2m:cin":{"con":"1"}})")}});
    CHECK(bench.client.latest("bar-1", "3303/0/5700").value()->content == "1");
    CHECK(bench.script.requests[0].requestId != bench.script.requests[1].requestId);
  }
}

TEST_CASE("a probe finds a CSE that lets us read nothing") {
  constexpr const char* kProbe = "RETRIEVE cse-in CIsthmus";
  struct Row {
    Result<ResponsePrimitive> answer;
    Outcome outcome;
  };
  const auto row = GENERATE(values<Row>({{says(2000, "{}"), Outcome::done},
                                         {says(4103), Outcome::done},
                                         {says(4004), Outcome::busy},
                                         {says(4001), Outcome::busy},
                                         {says(401), Outcome::notAllowed},
                                         {says(503), Outcome::busy},
                                         {fail(Errc::unavailable, "refused"), Outcome::unavailable}}));
  Bench bench({{kProbe, row.answer}});
  CHECK(bench.client.probe().outcome == row.outcome);
}
