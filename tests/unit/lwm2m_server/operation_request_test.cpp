#include "lwm2m/server/operation_request.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

using Kind = OperationKind;

const ObjectRegistry kRegistry = ObjectRegistry::builtin();

OperationContext contextWith(std::initializer_list<ContentFormat> listed = {},
                             ContentFormat preferred = ContentFormat::tlv, std::string_view rootPath = {}) {
  return {DeviceModel(kRegistry, {}), rootPath, {}, FormatSet(std::span(listed.begin(), listed.size())), preferred, {}};
}

// "PUT /3/0/14 ?pmin=1 CF 0 Accept 112 Observe 0: 2b3032"
std::string describe(const coap::OutgoingRequest& request) {
  constexpr std::string_view kMethods[] = {"", "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH"};
  std::string path, query, format, accept, observe;
  for (const auto& entry : request.options.entries()) {
    const auto number = [&] {
      std::uint32_t value = 0;
      for (const std::uint8_t byte : entry.value) value = value << 8 | byte;
      return std::to_string(value);
    };
    if (entry.number == coap::option::kUriPath) path += "/" + std::string(text(entry.value));
    if (entry.number == coap::option::kUriQuery) query += " ?" + std::string(text(entry.value));
    if (entry.number == coap::option::kContentFormat) format = " CF " + number();
    if (entry.number == coap::option::kAccept) accept = " Accept " + number();
    if (entry.number == coap::option::kObserve) observe = " Observe " + number();
  }
  std::string out = std::string(kMethods[request.code.detail()]) + " " + (path.empty() ? "/" : path) + query + format +
                    accept + observe;
  return request.payload.empty() ? out : out + ": " + toHex(request.payload);
}

struct Row {
  std::string_view name;
  DeviceOperation operation;
  ContentFormat format;
  std::string_view request;
};

Record number(const Path& path, std::int64_t value) { return {path, value, {}}; }
Record words(const Path& path, std::string value) { return {path, std::move(value), {}}; }

// LwM2M Transport 6.4.4, 6.4.5.
std::vector<Row> rows() {
  using enum ContentFormat;
  return {
      {"Read of an object", {.paths = {Path(3)}}, tlv, "GET /3 Accept 11542"},
      {"Read as the device likes", {.paths = {Path(3)}, .format = kAnyFormat}, kAnyFormat, "GET /3"},
      {"Read of a resource instance", {.paths = {Path(3, 0, 7, 1)}}, text, "GET /3/0/7/1 Accept 0"},
      {"Discover", {.kind = Kind::discover, .paths = {Path(3)}}, link, "GET /3 Accept 40"},
      {"Discover to a depth (1.2)",
       {.kind = Kind::discover, .paths = {Path(3)}, .depth = 3},
       link,
       "GET /3 ?depth=3 Accept 40"},
      {"Write of a resource",
       {.kind = Kind::write, .paths = {Path(3, 0, 14)}, .records = {words(Path(3, 0, 14), "+02")}},
       text,
       "PUT /3/0/14 CF 0: 2b3032"},
      {"Write of a resource in TLV",
       {.kind = Kind::write, .paths = {Path(3, 0, 14)}, .records = {words(Path(3, 0, 14), "+02")}},
       tlv,
       "PUT /3/0/14 CF 11542: c30e2b3032"},
      {"Write of a resource instance",
       {.kind = Kind::write, .paths = {Path(3, 0, 7, 1)}, .records = {number(Path(3, 0, 7, 1), 5)}},
       tlv,
       "PUT /3/0/7/1 CF 11542: 410105"},
      {"Write that replaces an instance",
       {.kind = Kind::write, .paths = {Path(1, 0)}, .records = {number(Path(1, 0, 1), 60)}},
       tlv,
       "PUT /1/0 CF 11542: c1013c"},
      {"Write that updates an instance",
       {.kind = Kind::write,
        .paths = {Path(1, 0)},
        .records = {number(Path(1, 0, 1), 60)},
        .writeMode = WriteMode::update},
       tlv,
       "POST /1/0 CF 11542: c1013c"},
      {"Write-Attributes",
       {.kind = Kind::writeAttributes,
        .paths = {Path(3303, 0, 5700)},
        .attributes = {.pmin = 10, .gt = 25.5},
        .unset = {"lt"}},
       text,
       "PUT /3303/0/5700 ?pmin=10 ?gt=25.5 ?lt"},
      {"Execute", {.kind = Kind::execute, .paths = {Path(3, 0, 4)}}, text, "POST /3/0/4"},
      {"Execute with arguments",
       {.kind = Kind::execute, .paths = {Path(1, 0, 8)}, .arguments = "0='U'"},
       text,
       "POST /1/0/8 CF 0: 303d275527"},
      {"Create where the device chooses the id",
       {.kind = Kind::create, .paths = {Path(3303)}, .records = {words(Path(3303, 0, 5701), "K")}},
       tlv,
       "POST /3303 CF 11542: e116454b"},
      {"Create with an id",
       {.kind = Kind::create, .paths = {Path(3303, 7)}, .records = {words(Path(3303, 7, 5701), "K")}},
       tlv,
       "POST /3303 CF 11542: 0407e116454b"},
      {"Create of two instances",
       {.kind = Kind::create,
        .paths = {Path(3303)},
        .records = {words(Path(3303, 7, 5701), "K"), words(Path(3303, 8, 5701), "K")}},
       tlv,
       "POST /3303 CF 11542: 0407e116454b0408e116454b"},
      {"Create of an instance without resources",
       {.kind = Kind::create, .paths = {Path(3303, 7)}},
       tlv,
       "POST /3303 CF 11542: 0007"},
      {"Create of one with a long id",
       {.kind = Kind::create, .paths = {Path(3303, 300)}},
       tlv,
       "POST /3303 CF 11542: 20012c"},
      {"Create without anything", {.kind = Kind::create, .paths = {Path(3303)}}, tlv, "POST /3303 CF 11542"},
      {"Delete", {.kind = Kind::remove, .paths = {Path(3303, 7)}}, text, "DELETE /3303/7"},
      {"Delete of a resource instance", {.kind = Kind::remove, .paths = {Path(3, 0, 7, 1)}}, text, "DELETE /3/0/7/1"},
      {"Observe", {.kind = Kind::observe, .paths = {Path(3303, 0)}}, tlv, "GET /3303/0 Accept 11542 Observe 0"},
      {"Observe with attributes (1.2)",
       {.kind = Kind::observe, .paths = {Path(3303, 0, 5700)}, .attributes = {.pmin = 1, .pmax = 5}},
       senmlCbor,
       "GET /3303/0/5700 ?pmin=1 ?pmax=5 Accept 112 Observe 0"},
      {"Cancel",
       {.kind = Kind::cancelObservation, .paths = {Path(3303, 0)}},
       tlv,
       "GET /3303/0 Accept 11542 Observe 1"},
  };
}

TEST_CASE("every operation on one path has the request that the standard gives it") {
  for (const Row& row : rows()) {
    DYNAMIC_SECTION(row.name) {
      REQUIRE(check(row.operation));
      const auto request = requestOf(row.operation, row.format, contextWith());
      REQUIRE(request);
      CHECK(describe(*request) == row.request);
    }
  }
}

TEST_CASE("an alternate root path stands in front of every path, and nothing else does") {
  const DeviceOperation read{.paths = {Path(3, 0)}};
  CHECK(describe(*requestOf(read, ContentFormat::tlv, contextWith({}, ContentFormat::tlv, "/lwm2m"))) ==
        "GET /lwm2m/3/0 Accept 11542");
  const DeviceOperation composite{.kind = Kind::readComposite, .paths = {Path(3, 0, 9)}};
  CHECK(describe(*requestOf(composite, ContentFormat::senmlJson, contextWith({}, ContentFormat::tlv, "/lwm2m")))
            .starts_with("FETCH /lwm2m CF 110 Accept 110: "));
}

struct Misfit {
  std::string_view name;
  DeviceOperation operation;
};

std::vector<Misfit> misfits() {
  return {
      {"Read without a path", {}},
      {"Read of the root", {.paths = {Path()}}},
      {"Read of two paths", {.paths = {Path(3), Path(4)}}},
      {"Execute of an instance", {.kind = Kind::execute, .paths = {Path(3, 0)}}},
      {"Execute with arguments that are none", {.kind = Kind::execute, .paths = {Path(1, 0, 8)}, .arguments = "0=U"}},
      {"Write of an object", {.kind = Kind::write, .paths = {Path(3)}, .records = {number(Path(3, 0, 9), 1)}}},
      {"Write of nothing", {.kind = Kind::write, .paths = {Path(3, 0)}}},
      {"Update of an array with nothing",
       {.kind = Kind::write, .paths = {Path(3, 0, 11)}, .writeMode = WriteMode::update}},
      {"Create of a resource", {.kind = Kind::create, .paths = {Path(3, 0, 14)}}},
      {"Read-Composite of nothing", {.kind = Kind::readComposite}},
      {"Write-Composite of nothing", {.kind = Kind::writeComposite}},
      {"Write in no format",
       {.kind = Kind::write, .paths = {Path(3, 0, 9)}, .records = {number(Path(3, 0, 9), 1)}, .format = kAnyFormat}},
  };
}

TEST_CASE("what an operation cannot be asked for is refused before anything is sent") {
  for (const Misfit& row : misfits()) {
    DYNAMIC_SECTION(row.name) {
      const Result<void> fit = check(row.operation);
      REQUIRE_FALSE(fit);
      CHECK(fit.error().code == Errc::unsupported);
    }
  }
}

using Formats = std::vector<ContentFormat>;

struct FormatRow {
  std::string_view name;
  DeviceOperation operation;
  std::vector<ContentFormat> listed;
  ContentFormat preferred;
  Formats formats;
};

std::vector<FormatRow> formatRows() {
  using enum ContentFormat;
  const DeviceOperation readInstance{.paths = {Path(3, 0)}};
  const DeviceOperation readResource{.paths = {Path(3, 0, 9)}};
  const DeviceOperation readOpaque{.paths = {Path(5, 0, 0)}};
  const DeviceOperation writeNumber{
      .kind = Kind::write, .paths = {Path(3, 0, 14)}, .records = {words(Path(3, 0, 14), "+02")}};
  const DeviceOperation merge{.kind = Kind::write,
                              .paths = {Path(3, 0, 7)},
                              .records = {number(Path(3, 0, 7, 1), 1)},
                              .writeMode = WriteMode::update};
  const DeviceOperation composite{.kind = Kind::readComposite, .paths = {Path(3, 0, 9)}};
  const DeviceOperation erase{.kind = Kind::writeComposite, .records = {{Path(3, 0, 7, 1), {}, {}}}};
  const DeviceOperation nameless{
      .kind = Kind::create, .paths = {Path(3303)}, .records = {words(Path(3303, 0, 5701), "K")}};
  return {
      {"a 1.0 device, an instance", readInstance, {}, tlv, {tlv}},
      {"a 1.0 device, a resource", readResource, {}, tlv, {tlv, text}},
      {"an opaque resource", readOpaque, {}, tlv, {tlv, opaque}},
      {"a device that lists formats",
       readInstance,
       {tlv, senmlJson, senmlCbor},
       senmlCbor,
       {senmlCbor, senmlJson, tlv}},
      {"a listed CBOR is for single values",
       readResource,
       {senmlJson, ContentFormat::cbor},
       senmlJson,
       {senmlJson, ContentFormat::cbor, tlv, text}},
      {"and not for more", readInstance, {senmlJson, ContentFormat::cbor}, senmlJson, {senmlJson, tlv}},
      {"a single value is written like it is read", writeNumber, {}, tlv, {tlv, text}},
      {"a merge needs a format with names", merge, {}, tlv, {tlv}},
      {"a composite without a list", composite, {}, tlv, {senmlCbor, senmlJson}},
      {"a composite for a JSON device", composite, {senmlJson, tlv}, senmlJson, {senmlJson, senmlCbor}},
      {"taking away needs SenML-ETCH", erase, {senmlJson, senmlEtchJson}, senmlJson, {senmlEtchJson, senmlEtchCbor}},
      {"an id left to the device needs TLV", nameless, {senmlCbor}, senmlCbor, {tlv}},
  };
}

TEST_CASE("the format that suits device and operation comes first, then those that it lists, then what any has") {
  for (const FormatRow& row : formatRows()) {
    DYNAMIC_SECTION(row.name) {
      OperationContext context = contextWith();
      context.formats = FormatSet(row.listed);
      context.preferred = row.preferred;
      CHECK(formatsFor(row.operation, context) == row.formats);
      DeviceOperation named = row.operation;
      named.format = ContentFormat::senmlJson;
      CHECK(formatsFor(named, context) == Formats{ContentFormat::senmlJson});
    }
  }
}

}  // namespace
}  // namespace isthmus::lwm2m
