#include "server_bench.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using Kind = OperationKind;

const Path kSensor(3303, 0, 5700);

DeviceOperation writeOf(const Path& path, Value value) {
  return {.kind = Kind::write, .paths = {path}, .records = {{path, std::move(value), {}}}};
}

TEST_CASE("can_read_resource, can_read_object_instance: reading gives the decoded records") {
  ServerBench bench;
  bench.ready();
  bench.device.answer(bench.asks({.paths = {kSensor}}), coap::code::kContent, "21.5", 0);
  CHECK(bench.outcomes.last()->records == std::vector<Record>{{kSensor, 21.5, {}}});
  CHECK(bench.outcomes.last()->format == ContentFormat::text);
  bench.device.answer(bench.asks({.paths = {Path(3, 0)}}), coap::code::kContent,
                      R"([{"bn":"/3/0/","n":"9","v":80,"t":-5},{"n":"14","vs":"+02"}])", 110);
  const OperationOutcome& instance = *bench.outcomes.last();
  REQUIRE(instance.records.size() == 2);
  CHECK(instance.records[0].path == Path(3, 0, 9));
  CHECK(instance.records[0].time.has_value());  // read_timestamped
  CHECK(instance.records[1].value == Value(std::string("+02")));
}

TEST_CASE("can_read_empty_object, Awa's 2.00 and Content-Format 65535 are taken for what is meant") {
  ServerBench bench;
  bench.ready();
  bench.device.answer(bench.asks({.paths = {Path(3303)}}), coap::code::kContent, "", 11542);
  CHECK(bench.outcomes.last()->records.empty());
  bench.device.answer(bench.asks({.paths = {Path(3, 0)}}), coap::Code(2, 0));
  CHECK(bench.outcomes.last()->records.empty());
  bench.device.answer(bench.asks({.paths = {kSensor}}), coap::code::kContent, "21.5", 65535);
  CHECK(bench.outcomes.last()->records.at(0).value == Value(21.5));
  bench.device.answer(bench.asks({.paths = {kSensor}}), coap::code::kNotFound, "", 65535);
  CHECK(bench.outcomes.last()->code == coap::code::kNotFound);
}

TEST_CASE("cannot_read_non_existent_resource: a refusal is an outcome with its code and text") {
  ServerBench bench;
  bench.ready();
  bench.device.answer(bench.asks({.paths = {Path(3303, 0, 5799)}}), coap::code::kNotFound, "no such thing");
  CHECK(bench.outcomes.last()->code == coap::code::kNotFound);
  CHECK(bench.outcomes.last()->diagnostic == "no such thing");
  CHECK(bench.server.counters().operationsRefused == 1);
}

TEST_CASE("a success of another kind, or a payload that cannot be read, is no answer") {
  ServerBench bench;
  bench.ready();
  bench.device.answer(bench.asks({.paths = {kSensor}}), coap::code::kDeleted);
  CHECK(bench.outcomes.last().error().code == Errc::malformed);
  bench.device.answer(bench.asks({.paths = {kSensor}}), coap::code::kContent, "\xFF", 112);
  CHECK(bench.outcomes.last().error().code == Errc::malformed);
  bench.device.answer(bench.asks({.paths = {kSensor}}), coap::code::kContent, R"([{"n":"/3303/0/5701","vs":"K"}])",
                      110);
  CHECK(bench.outcomes.last().error().code == Errc::malformed);
  bench.device.answer(bench.asks({.paths = {kSensor}}), coap::code::kContent, "</3303>", 40);
  CHECK(bench.outcomes.last().error().code == Errc::malformed);
}

TEST_CASE("a device is asked first in the richest format that it lists, and in TLV if it lists none") {
  const auto& [links, format] =
      GENERATE(table<std::string_view, std::uint32_t>({{"</3303/0>", 11542},
                                                       {"</>;ct=\"110 112 11542\",</3303/0>", 112},
                                                       {"</>;ct=\"110 11542\",</3303/0>", 11542},
                                                       {"</>;ct=110,</3303/0>", 110},
                                                       {"</>;ct=\"60 11544\",</3303/0>", 11544}}));
  ServerBench bench;
  bench.ready({"ep=dev", "lwm2m=1.2"}, links);
  CHECK(bench.asks({.paths = {Path(3303, 0)}}).message().uintOption(coap::option::kAccept) == format);
}

TEST_CASE("an unknown device is not found, a silent one times out, also after an empty ACK") {
  ServerBench bench;
  bench.ready();
  bench.server.operate(7, {.paths = {kSensor}}, bench.outcomes.keep());
  CHECK(bench.outcomes.last().error().code == Errc::notFound);
  bench.asks({.paths = {kSensor}});
  bench.silence();
  CHECK(bench.outcomes.last().error().code == Errc::timeout);
  // wakaama acknowledges a FETCH and never answers it
  bench.device.acknowledges(bench.asks({.kind = Kind::readComposite, .paths = {kSensor}}));
  bench.silence();
  CHECK(bench.outcomes.all.size() == 3);
  CHECK(bench.outcomes.last().error().code == Errc::timeout);
  CHECK(bench.server.counters().operationsFailed == 3);
}

TEST_CASE("deregister_cancel_multiple_pending_request: the end of a registration ends what was asked under it") {
  ServerBench bench;
  bench.listener.planned = {};
  const std::string path = "rd/" + bench.registered();
  bench.asks({.paths = {kSensor}});
  bench.server.operate(0, {.paths = {Path(3, 0)}}, bench.outcomes.keep());
  bench.device.request(coap::code::kDelete, path, {});
  REQUIRE(bench.outcomes.all.size() == 2);
  for (const auto& outcome : bench.outcomes.all) CHECK(outcome.error().code == Errc::unavailable);
}

TEST_CASE("write_string_resource: what is refused in one format is written in the next that suits") {
  const coap::Code refusal = GENERATE(coap::code::kNotAcceptable, coap::code::kUnsupportedContentFormat);
  ServerBench bench;
  bench.ready({"ep=dev", "lwm2m=1.1"}, "</>;rt=\"oma.lwm2m\";ct=\"110 112\",</3/0>");
  const testing::Sent first = bench.asks(writeOf(Path(3, 0, 14), std::string("+02")));
  CHECK(first.message().uintOption(coap::option::kContentFormat) == 112);
  bench.device.answer(first, refusal);
  const testing::Sent second = *bench.wire.take();
  CHECK(second.message().uintOption(coap::option::kContentFormat) == 110);
  bench.device.answer(second, refusal);
  const testing::Sent third = *bench.wire.take();
  CHECK(third.message().uintOption(coap::option::kContentFormat) == 11542);
  bench.device.answer(third, refusal);
  const testing::Sent last = *bench.wire.take();
  CHECK(last.message().uintOption(coap::option::kContentFormat) == 0);
  bench.device.answer(last, coap::code::kChanged);
  CHECK(bench.outcomes.last()->code == coap::code::kChanged);
}

TEST_CASE("an operation that names its format is asked in that one only") {
  ServerBench bench;
  bench.ready();
  const testing::Sent sent = bench.asks({.paths = {kSensor}, .format = ContentFormat::senmlJson});
  CHECK(sent.message().uintOption(coap::option::kAccept) == 110);
  bench.device.answer(sent, coap::code::kNotAcceptable);
  CHECK(bench.outcomes.last()->code == coap::code::kNotAcceptable);
  CHECK(bench.wire.sent.empty());
}

TEST_CASE("a value that no format holds is refused without a request") {
  ServerBench bench;
  bench.ready();
  bench.server.operate(0, writeOf(kSensor, std::string("warm")), bench.outcomes.keep());
  CHECK(bench.outcomes.last().error().code == Errc::unsupported);
  CHECK(bench.wire.sent.empty());
}

TEST_CASE("can_create_instance_without_instance_id: the device says which it made, or not") {
  ServerBench bench;
  bench.ready({"ep=dev", "lwm2m=1.1"}, "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/3303>");
  const DeviceOperation create{
      .kind = Kind::create, .paths = {Path(3303)}, .records = {{Path(3303, 0, 5701), std::string("K"), {}}}};
  coap::OptionList location;
  location.addPath(coap::option::kLocationPath, "lwm2m/3303/4");
  bench.device.answerWith(bench.asks(create), coap::code::kCreated, location);
  CHECK(bench.outcomes.last()->created == Path(3303, 4));
  bench.device.answer(bench.asks(create), coap::code::kCreated);
  CHECK(bench.outcomes.last()->code == coap::code::kCreated);
  CHECK_FALSE(bench.outcomes.last()->created);
}

TEST_CASE("can_discover_object: links come without the alternate root path") {
  ServerBench bench;
  bench.ready({"ep=dev", "lwm2m=1.1"}, "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/3303/0>");
  bench.device.answer(bench.asks({.kind = Kind::discover, .paths = {Path(3303)}}), coap::code::kContent,
                      "</lwm2m/3303/0>;pmin=10, </lwm2m/3303/0/5700>", 40);
  const std::vector<Link>& links = bench.outcomes.last()->links;
  REQUIRE(links.size() == 2);
  CHECK(links[0].target == "/3303/0");
  CHECK(links[0].attribute("pmin")->value == "10");
  CHECK(links[1].target == "/3303/0/5700");
}

TEST_CASE("can_execute_resource, delete_created_object_instance: answered with their own codes") {
  ServerBench bench;
  bench.ready();
  bench.device.answer(bench.asks({.kind = Kind::execute, .paths = {Path(1, 0, 8)}}), coap::code::kChanged);
  CHECK(bench.outcomes.last()->code == coap::code::kChanged);
  bench.device.answer(bench.asks({.kind = Kind::remove, .paths = {Path(3303, 1)}}), coap::code::kDeleted);
  CHECK(bench.outcomes.last()->code == coap::code::kDeleted);
  bench.device.answer(bench.asks({.kind = Kind::writeAttributes, .paths = {Path(3303)}, .attributes = {.pmin = 5}}),
                      coap::code::kBadRequest);  // write attributes test_failing
  CHECK(bench.outcomes.last()->code == coap::code::kBadRequest);
}

TEST_CASE("a written lifetime is the registration's, also where it is shorter") {
  const DeviceOperation write = GENERATE(
      writeOf(Path(1, 0, 1), std::int64_t{20}),
      DeviceOperation{.kind = Kind::write, .paths = {Path(1, 0)}, .records = {{Path(1, 0, 1), std::uint64_t{20}, {}}}},
      DeviceOperation{.kind = Kind::writeComposite, .records = {{Path(1, 0, 1), std::uint64_t{20}, {}}}});
  ServerBench bench;
  bench.ready();
  bench.device.answer(bench.asks(write), coap::code::kChanged);
  CHECK(bench.listener.changes.back().lifetime == 20);
  bench.clock.advance(seconds(31));
  bench.server.turn(0);
  CHECK(bench.server.registered() == 0);
}

TEST_CASE("a device that is forgotten is sent nothing more, and what was asked of it ends at once") {
  ServerBench bench;
  bench.ready();
  Errc again = Errc::internal;
  bench.server.operate(0, {.paths = {kSensor}}, [&](const Result<OperationOutcome>& outcome) {
    bench.outcomes.all.push_back(outcome);
    bench.server.operate(0, {.paths = {kSensor}},
                         [&](const Result<OperationOutcome>& second) { again = second.error().code; });
  });
  REQUIRE(bench.wire.take());
  bench.server.forget(0);
  REQUIRE(bench.outcomes.all.size() == 1);
  CHECK(bench.outcomes.last().error().code == Errc::unavailable);
  CHECK(again == Errc::notFound);
  for (int i = 0; i < 8; ++i) {
    bench.clock.advance(seconds(40));
    bench.endpoint.expire();
  }
  CHECK(bench.wire.sent.empty());
}

TEST_CASE("a refused lifetime changes nothing") {
  ServerBench bench;
  bench.ready();
  bench.device.answer(bench.asks(writeOf(Path(1, 0, 1), std::int64_t{20})), coap::code::kMethodNotAllowed);
  CHECK(bench.listener.changes.back().lifetime == 86400);
}

TEST_CASE("an Update that shortens the lifetime is kept to") {
  ServerBench bench;
  const std::string path = "rd/" + bench.registered({"ep=dev", "lwm2m=1.1", "lt=86400"});
  bench.device.request(coap::code::kPost, path, {"lt=20"});
  bench.clock.advance(seconds(31));
  bench.server.turn(0);
  CHECK(bench.server.registered() == 0);
}

}  // namespace
}  // namespace isthmus::lwm2m
