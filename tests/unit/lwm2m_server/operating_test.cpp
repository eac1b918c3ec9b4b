#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

// Keeps what operations ended with.
struct Outcomes {
  OperationCompletion keep() {
    return [this](Result<OperationOutcome> outcome) { all.push_back(std::move(outcome)); };
  }
  std::vector<Result<OperationOutcome>> all;
};

TEST_CASE("reading gives the decoded records, a refusal its code, a silent device a timeout") {
  ServerBench bench;
  bench.listener.planned = {};
  bench.registered();
  Outcomes outcomes;
  bench.server.operate(0, {.paths = {Path(3303, 0, 5700)}}, outcomes.keep());
  bench.device.answer(*bench.wire.take(), coap::code::kContent, "21.5", 0);
  bench.server.operate(0, {.paths = {Path(3303, 0, 5701)}}, outcomes.keep());
  bench.device.answer(*bench.wire.take(), coap::code::kNotFound, "no such thing");
  bench.server.operate(7, {.paths = {Path(3303, 0, 5700)}}, outcomes.keep());
  bench.server.operate(0, {.paths = {Path(3303, 0, 5700)}}, outcomes.keep());
  for (int i = 0; i < 8; ++i) {
    bench.clock.advance(seconds(40));
    bench.endpoint.expire();
  }
  REQUIRE(outcomes.all.size() == 4);
  CHECK(outcomes.all[0]->records.at(0).value == Value(21.5));
  CHECK(outcomes.all[1]->code == coap::code::kNotFound);
  CHECK(outcomes.all[1]->diagnostic == "no such thing");
  CHECK(outcomes.all[2].error().code == Errc::notFound);
  CHECK(outcomes.all[3].error().code == Errc::timeout);
}

}  // namespace
}  // namespace isthmus::lwm2m
