#include "ipe/app/loop.h"

#include "tests/unit/ipe_app/app_bench.h"

namespace isthmus::app {
namespace {

using lwm2m::OperationKind;
using lwm2m::Path;
using proxy::CommandState;
namespace code = lwm2m::coap::code;

proxy::Command command(const AppBench& bench, OperationKind kind, const Path& path, seconds life) {
  proxy::Command it;
  it.operation.kind = kind;
  it.operation.paths = {path};
  it.deadline = bench.time.wall() + life;
  return it;
}

TEST_CASE("while the disk refuses nothing leaves, whoever asks is answered, and what became overdue is not sent") {
  AppBench bench;
  bench.journal.failCommits(Error{Errc::io, "the disk is full", {}});
  bench.run();
  std::vector<CommandState> states;  // on the loop's thread
  bench.loop->ask([&] {
    bench.device.registers({"ep=dev", "lwm2m=1.1"}, "</1/0>");
    const auto id =
        bench.proxy.downlink().submit(command(bench, OperationKind::execute, Path(1, 0, 8), seconds(30)),
                                      [&](const proxy::CommandStatus& status) { states.push_back(status.state); });
    return id.has_value();
  });
  REQUIRE(AppBench::eventually([&] { return bench.loop->storageProblem() == "the disk is full"; }));
  CHECK(bench.loop->ask([&] { return bench.server.registered(); }) == 1);
  CHECK(bench.carrier.left().empty());

  bench.time.advance(seconds(31));
  bench.loop->ask([&] {
    bench.journal.failCommits({});
    return true;
  });
  REQUIRE(AppBench::eventually([&] { return bench.loop->storageProblem().empty(); }));
  REQUIRE(AppBench::eventually(
      [&] { return bench.loop->ask([&] { return !states.empty() && states.back() == CommandState::expired; }); }));
  const auto left = bench.carrier.left();
  REQUIRE(left.size() == 1);
  CHECK(left[0].sent.message().code == code::kCreated);
  CHECK(left[0].stored.endpoint == "dev");
}

TEST_CASE("a request that changed a registration by being sent leaves once that is on disk too") {
  AppBench bench;
  bench.run();
  bench.loop->ask([&] {
    bench.device.registers({"ep=dev", "lwm2m=1.1"}, "</1/0>");
    return bench.proxy.downlink()
        .submit(command(bench, OperationKind::observe, Path(3, 0, 9), seconds(30)))
        .has_value();
  });
  CHECK(AppBench::textOf(bench.request(0)) == "GET /3/0/9");
  for (const Left& one : bench.carrier.left()) {
    if (!one.sent.message().code.isRequest()) continue;
    REQUIRE(one.stored.observations.size() == 1);
    CHECK(one.stored.observations[0].isAt({{Path(3, 0, 9)}}, false));
  }
}

}  // namespace
}  // namespace isthmus::app
