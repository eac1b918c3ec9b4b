#include "onem2m/doctor/doctor.h"

#include "onem2m/cse/cse.h"
#include "tests/support/fake_clock.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace isthmus::onem2m::testing {
namespace {

using Refusal = std::function<std::optional<ResponsePrimitive>(const RequestPrimitive&)>;

// The try-out CSE behind what another one refuses.
class Peculiar final : public Connection {
 public:
  Peculiar(Cse& cse, const Refusal& refusal) : cse_(cse), refusal_(refusal) {}

  Result<ResponsePrimitive> exchange(const RequestPrimitive& request, milliseconds) override {
    if (refusal_) {
      if (auto refused = refusal_(request)) return *std::move(refused);
    }
    return cse_.handle(request);
  }

 private:
  Cse& cse_;
  const Refusal& refusal_;
};

class Unreachable final : public Connection {
 public:
  Result<ResponsePrimitive> exchange(const RequestPrimitive&, milliseconds) override {
    return fail(Errc::unavailable, "no connection to the CSE: refused");
  }
};

struct Bench {
  explicit Bench(Refusal with = {}) : refusal(std::move(with)) { settings.originator = "CAdmin"; }

  Diagnosis examine() {
    return Doctor({[this] { return std::make_unique<Peculiar>(cse, refusal); }, {}, settings, clock, nullptr, "", "t1"})
        .examine();
  }

  isthmus::testing::FakeClock clock;
  Cse cse{clock};
  CseSettings settings;  // its originator may read the CSEBase
  Refusal refusal;
};

const Finding* findingOf(const Diagnosis& diagnosis, std::string_view what) {
  const auto found = std::ranges::find(diagnosis.findings, what, &Finding::what);
  return found == diagnosis.findings.end() ? nullptr : &*found;
}

Verdict verdictOf(const Diagnosis& diagnosis, std::string_view what) {
  const Finding* finding = findingOf(diagnosis, what);
  INFO(what);
  REQUIRE(finding != nullptr);
  INFO(finding->found);
  return finding->verdict;
}

bool creates(const RequestPrimitive& request, ResourceType type) {
  return request.operation == Operation::create && request.type == type;
}

ResponsePrimitive refused(int status, const char* why) {
  return {status, {}, R"({"m2m:dbg":")" + std::string(why) + R"("})"};
}

// facts of Mobius 2.5.13: what it answered to the same requests.
std::optional<ResponsePrimitive> mobius(const RequestPrimitive& request) {
  if (creates(request, ResourceType::mgmtObj)) return refused(4000, "invalid mgmtObj");
  if (creates(request, ResourceType::flexContainer)) return refused(5203, "not allowed here");
  if (creates(request, ResourceType::timeSeries)) return refused(5000, "ER_BAD_FIELD_ERROR");
  if (creates(request, ResourceType::pollingChannel)) return refused(4005, "unsupported resource type");
  return std::nullopt;
}

// facts of tinyIoT 832205f.
std::optional<ResponsePrimitive> tinyIot(const RequestPrimitive& request) {
  if (creates(request, ResourceType::node)) return refused(4000, "resource type is invalid");
  if (creates(request, ResourceType::pollingChannel)) return refused(4000, "resource type is invalid");
  if (creates(request, ResourceType::contentInstance) && request.content.size() > 60 * 1024)
    return refused(4000, "Invalid JSON");
  return std::nullopt;
}

}  // namespace

TEST_CASE("the try-out CSE is found as it is, and left as it was") {
  Bench bench;
  const std::uint64_t before = bench.cse.counters().resources;
  const Diagnosis diagnosis = bench.examine();
  REQUIRE(diagnosis.reachable);
  for (const char* const what : {"reachable", "CSE-ID", "releases", "AE", "clock", "container", "contentInstance",
                                 "same name again", "latest value", "size of a value", "accessControlPolicy", "acpi",
                                 "flexContainer", "subscription", "blocking update"})
    CHECK(verdictOf(diagnosis, what) == Verdict::ok);
  CHECK(diagnosis.facts.refusesAcpi == false);
  CHECK(diagnosis.facts.refusesFlexContainer == false);
  CHECK(diagnosis.facts.refusesTimeSeries == false);
  CHECK(diagnosis.facts.refusesPollingChannel == true);  // 5001 there
  CHECK(diagnosis.facts.clockAhead == milliseconds(0));
  CHECK(bench.cse.counters().resources == before);
}

TEST_CASE("a node that only the admin may make is not taken for one that the CSE has not") {
  Bench bench;
  const Diagnosis without = bench.examine();
  CHECK_FALSE(without.facts.refusesNode);
  CHECK(verdictOf(without, "node") == Verdict::unknown);
  CHECK(findingOf(without, "node")->advice.find("onem2m.nodeOriginator") != std::string::npos);
  bench.settings.nodeOriginator = "CAdmin";
  const std::uint64_t before = bench.cse.counters().resources;
  const Diagnosis with = bench.examine();
  CHECK(with.facts.refusesNode == false);
  CHECK(with.facts.refusesMgmtObj == false);
  CHECK(bench.cse.counters().resources == before);
}

TEST_CASE("what Mobius refuses becomes a profile of it") {
  Bench bench(mobius);
  bench.settings.nodeOriginator = "CAdmin";
  const Diagnosis diagnosis = bench.examine();
  CHECK(diagnosis.facts.refusesNode == false);
  CHECK(diagnosis.facts.refusesMgmtObj == true);
  CHECK(diagnosis.facts.refusesFlexContainer == true);
  CHECK(diagnosis.facts.refusesTimeSeries == true);
  CHECK(diagnosis.facts.refusesPollingChannel == true);
  CHECK_FALSE(diagnosis.facts.refusesBlockingUpdate);
}

TEST_CASE("what tinyIoT refuses becomes a profile of it") {
  Bench bench(tinyIot);
  const Diagnosis diagnosis = bench.examine();
  CHECK(diagnosis.facts.refusesNode == true);
  CHECK(diagnosis.facts.refusesMgmtObj == true);
  CHECK(diagnosis.facts.refusesPollingChannel == true);
  CHECK(diagnosis.facts.refusesFlexContainer == false);
  const Finding* size = findingOf(diagnosis, "size of a value");
  REQUIRE(size != nullptr);
  CHECK(size->found.starts_with("up to 32 KiB"));
}

TEST_CASE("a CSE that gives contentInstances names of its own is a problem") {
  Bench bench([](const RequestPrimitive& request) -> std::optional<ResponsePrimitive> {
    if (!creates(request, ResourceType::contentInstance)) return std::nullopt;
    return ResponsePrimitive{2001, {}, R"({"m2m:cin":{"rn":"4-20261122"}})"};
  });
  const Diagnosis diagnosis = bench.examine();
  CHECK(verdictOf(diagnosis, "contentInstance") == Verdict::problem);
  CHECK(verdictOf(diagnosis, "same name again") == Verdict::problem);
}

TEST_CASE("a release that the CSE does not take is named with one that it does") {
  Bench bench([](const RequestPrimitive& request) -> std::optional<ResponsePrimitive> {
    if (request.releaseVersion == "2a") return std::nullopt;
    return refused(4001, "release not supported");
  });
  const Diagnosis diagnosis = bench.examine();
  CHECK(diagnosis.facts.releases == std::vector<std::string>{"2a"});
  CHECK(verdictOf(diagnosis, "releases") == Verdict::problem);
  CHECK(findingOf(diagnosis, "releases")->advice == "set onem2m.release to 2a");
}

TEST_CASE("a wrong base, a wrong CSE-ID and nobody there are told with what to set") {
  Bench bench;
  bench.settings.base = "Mobius";
  const Diagnosis base = bench.examine();
  CHECK_FALSE(base.reachable);
  CHECK(base.findings.front().advice.find("onem2m.base") != std::string::npos);

  Bench named;
  named.settings.cseId = "/other";
  CHECK(findingOf(named.examine(), "CSE-ID")->advice == "set onem2m.cseId to /id-in");

  const Diagnosis away =
      Doctor({[] { return std::make_unique<Unreachable>(); }, {}, bench.settings, bench.clock, nullptr, "", "t1"})
          .examine();
  CHECK_FALSE(away.reachable);
  CHECK(away.findings.size() == 1);
  CHECK(away.findings.front().verdict == Verdict::problem);
}

TEST_CASE("a clock that goes wrong is told") {
  Bench bench([](const RequestPrimitive& request) -> std::optional<ResponsePrimitive> {
    if (!creates(request, ResourceType::ae)) return std::nullopt;
    return ResponsePrimitive{2001, {}, R"({"m2m:ae":{"aei":"CIsthmusDoctort1","ct":"20010101T000000"}})"};
  });
  const Diagnosis diagnosis = bench.examine();
  CHECK(verdictOf(diagnosis, "clock") == Verdict::note);
  CHECK(findingOf(diagnosis, "clock")->found.find("behind") != std::string::npos);
}

}  // namespace isthmus::onem2m::testing
