#include "codec_vectors.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::lwm2m;
using namespace isthmus::lwm2m::testing;

namespace {

using Paths = std::vector<Path>;

struct ListRow {
  std::string title;
  ContentFormat format;
  Paths paths;
  Bytes payload;
  Form form = Form::canonical;
  std::string rootPath = {};
  std::string prefix = {};
};

const Paths kSome{Path(4, 0, 0), Path(3, 0), Path(), Path(3, 0, 7, 1)};

std::vector<ListRow> lists() {
  return {
      {"SenML JSON, by names", ContentFormat::senmlJson, kSome,
       bytes(R"([{"n":"/4/0/0"},{"n":"/3/0"},{"n":"/"},{"n":"/3/0/7/1"}])")},
      {"SenML JSON, by base names",
       ContentFormat::senmlJson,
       {Path(3, 0, 0), Path(3, 0, 9), Path(1)},
       bytes(R"([{"bn":"/3/0","n":"/0"},{"n":"/9"},{"bn":"/1"}])"),
       Form::accepted},
      {"SenML-ETCH JSON", ContentFormat::senmlEtchJson, {Path(3303)}, bytes(R"([{"n":"/3303"}])")},
      {"SenML JSON with fields that say nothing",
       ContentFormat::senmlJson,
       {Path(3, 0, 9)},
       bytes(R"([{"n":"/3/0/9","u":"%","x":{"y":1}}])"),
       Form::accepted},
      {"SenML CBOR, by names",
       ContentFormat::senmlCbor,
       {Path(4, 0, 0), Path(3)},
       hex("82 a1 00 66 2f342f302f30 a1 00 62 2f33")},
      {"SenML CBOR, by a base name, of indefinite length",
       ContentFormat::senmlCbor,
       {Path(3, 0, 0), Path(3, 0, 9)},
       hex("9f bf 21 65 2f332f302f 00 61 30 ff a1 00 61 39 ff"),
       Form::accepted},
      {"SenML-ETCH CBOR", ContentFormat::senmlEtchCbor, {Path()}, hex("81 a1 00 61 2f")},
      {"an alternate root, and all of it",
       ContentFormat::senmlJson,
       {Path(3, 0), Path()},
       bytes(R"([{"n":"/lwm2m/3/0"},{"n":"/lwm2m"}])"),
       Form::canonical,
       "/lwm2m"},
      {"an alternate root with a slash behind it",
       ContentFormat::senmlJson,
       {Path()},
       bytes(R"([{"n":"/lwm2m/"}])"),
       Form::accepted,
       "/lwm2m"},
      {"an end device",
       ContentFormat::senmlCbor,
       {Path(3)},
       hex("81 a1 00 67 2f646576312f33"),
       Form::canonical,
       "",
       "dev1"},
  };
}

DeviceModel model() { return {testRegistry(), {}}; }

Result<std::vector<Record>> composite(ContentFormat format, const Bytes& payload, const Paths& paths) {
  const DeviceModel device = model();
  return decodeComposite(format, ExactBuffer(payload).view(), paths, {device, Path(), kNow});
}

Result<std::vector<EndDeviceRecords>> byPrefix(ContentFormat format, ByteView payload, std::string_view root = {}) {
  return decodeByPrefix(format, ExactBuffer(payload).view(), {[](std::string_view) { return model(); }, kNow, root});
}

std::string describeParts(const std::vector<EndDeviceRecords>& list) {
  std::string out;
  for (const auto& [prefix, records] : list) out += "[" + prefix + "]\n" + describe(records);
  return out;
}

}  // namespace

TEST_CASE("Lists of paths are written and read, at every truncation",
          "[senml_json_decode_path_using_name][senml_json_decode_path_using_base_name]"
          "[senml_json_encode_path_using_name]") {
  for (const ListRow& row : lists()) {
    DYNAMIC_SECTION(row.title) {
      const auto paths = decodePaths(row.format, ExactBuffer(row.payload).view(), row.rootPath, row.prefix);
      if (!paths) FAIL(paths.error().text());
      CHECK(*paths == row.paths);
      const auto written = encodePaths(row.format, row.paths, row.rootPath, row.prefix);
      REQUIRE(written);
      if (row.form == Form::canonical) CHECK(toHex(*written) == toHex(row.payload));
      CHECK(decodePaths(row.format, *written, row.rootPath, row.prefix).value() == row.paths);
      everyTruncation(row.payload, [&](ByteView part) { CHECK_FALSE(decodePaths(row.format, part, row.rootPath)); });
    }
  }
}

TEST_CASE(
    "A payload that names too many end devices is refused, with or without the gateway's own values behind them") {
  Bytes many = hex("bf");
  for (int i = 0; i < 256; ++i) {
    const std::string name = "p" + std::to_string(1000 + i);
    many.push_back(0x84);
    many.push_back(0x65);
    many.insert(many.end(), name.begin(), name.end());
    for (const int byte : {3, 0, 9, 5}) many.push_back(static_cast<std::uint8_t>(byte));
  }
  Bytes own = many;
  for (const int byte : {0x83, 3, 0, 9, 5}) own.push_back(static_cast<std::uint8_t>(byte));
  many.push_back(0xFF);
  own.push_back(0xFF);
  CHECK(byPrefix(ContentFormat::lwm2mCbor, many).value().size() == 256);
  CHECK(byPrefix(ContentFormat::lwm2mCbor, own).error().code == Errc::malformed);
}

TEST_CASE("A list of paths has no values and no times",
          "[senml_json_decode_invalid_path_with_value][senml_json_decode_invalid_path_with_timestamp]") {
  const auto text = GENERATE(as<std::string>(), R"([{"n":"/3/0/9","v":1}])", R"([{"n":"/3/0/9","v":null}])",
                             R"([{"n":"/3/0/9","t":1}])", R"([{"bt":1,"n":"/3/0/9"}])", R"([{"n":"/3/0/9","vs":"x"}])",
                             R"([{"n":"/x"}])", R"([{"n":"3/0"}])", R"([{}])", R"([{"u":"x"}])", R"([])", "", R"({})",
                             R"([{"n":"/lwm2m/3/0"}])", R"([{"n":"/3/0/7/1/2"}])", R"([{"n":5}])");
  CAPTURE(text);
  const auto paths = decodePaths(ContentFormat::senmlJson, bytes(text));
  REQUIRE_FALSE(paths);
  CHECK(paths.error().code == Errc::malformed);
  CHECK_FALSE(decodePaths(ContentFormat::senmlCbor, hex("81a200642f332f300201")));
  CHECK_FALSE(decodePaths(ContentFormat::senmlCbor, hex("80")));
}

TEST_CASE("Formats without names have no lists of paths") {
  for (const auto format : {ContentFormat::text, ContentFormat::tlv, ContentFormat::json, ContentFormat::cbor,
                            ContentFormat::lwm2mCbor, ContentFormat::link}) {
    CHECK(encodePaths(format, kSome).error().code == Errc::unsupported);
    CHECK(decodePaths(format, bytes("[]")).error().code == Errc::unsupported);
  }
  CHECK(encodePaths(ContentFormat::senmlJson, {}).error().code == Errc::malformed);
}

TEST_CASE("A composite answer holds what the device has of the paths asked for; what it has not is missing",
          "[senml_json_decode_resources][senml_json_decode_mixed_resource_and_instance]") {
  const Paths paths{Path(3, 0), Path(1, 0, 1), Path(5, 0, 1)};
  const std::vector<Record> records{{Path(3, 0, 9), std::int64_t{100}, {}}, {Path(1, 0, 1), std::int64_t{86400}, {}}};
  CHECK(composite(ContentFormat::senmlJson,
                  bytes(R"([{"n":"/3/0/9","v":100},{"n":"/1/0/1","v":86400},{"n":"/5/0/1"}])"), paths)
            .value() == records);
  CHECK(composite(ContentFormat::senmlEtchJson,
                  bytes(R"([{"n":"/3/0/9","v":100},{"n":"/1/0/1","v":86400},{"n":"/5/0/1","v":null}])"), paths)
            .value() == records);
  CHECK(composite(ContentFormat::lwm2mCbor, hex("a3 83030009 1864 83010001 1a00015180 83050001 f6"), paths).value() ==
        records);
  CHECK(composite(ContentFormat::senmlJson, bytes("[]"), paths).value().empty());
  CHECK(composite(ContentFormat::senmlJson, {}, paths).value().empty());
  CHECK(composite(ContentFormat::senmlJson, bytes(R"([{"n":"/4/0/1","v":1}])"), paths).error().where == "/4/0/1");
  CHECK(composite(ContentFormat::senmlJson, bytes(R"([{"n":"/3/0/9","v":1}])"), {Path()}).value().size() == 1);
}

TEST_CASE("A composite notification keeps its time, also as a base time before the first name") {
  const auto records = composite(ContentFormat::senmlCbor,
                                 hex("82 a3 00 66 2f332f302f39 22 fb41d95484eb600000 02 1864"
                                     "a2 00 66 2f312f302f31 02 05"),
                                 {Path(3, 0, 9), Path(1, 0, 1)});
  REQUIRE(records);
  CHECK(describe(*records) == "/3/0/9 Integer 100 @1699877805500\n/1/0/1 Integer 5 @1699877805500\n");
}

TEST_CASE("Null takes a resource instance away in SenML-ETCH, both ways") {
  const std::vector<Record> records{{Path(3, 0, 7, 0), std::int64_t{1}, {}}, {Path(3, 0, 7, 1), {}, {}}};
  checkVectors(ContentFormat::senmlEtchJson,
               {{"JSON", Path(), records, bytes(R"([{"bn":"/","n":"3/0/7/0","v":1},{"n":"3/0/7/1","v":null}])")}},
               Truncated::malformed);
  checkVectors(ContentFormat::senmlEtchCbor,
               {{"CBOR", Path(), records, hex("82 a321612f 0067 332f302f372f30 0201 a2 0067 332f302f372f31 02f6")}},
               Truncated::malformed);
}

TEST_CASE("An end device's names carry its prefix, after the gateway's own root") {
  const std::vector<Record> records{{Path(3, 0, 9), std::int64_t{1}, {}}};
  const auto json = encodeAt(ContentFormat::senmlJson, records, Path(3, 0, 9), "/lwm2m", "dev1");
  CHECK(std::string(text(json.value())) == R"([{"bn":"/lwm2m/dev1/3/0/9","v":1}])");
  CHECK(decodeAt(ContentFormat::senmlJson, *json, Path(3, 0, 9), "/lwm2m", "dev1").value() == records);
  CHECK_FALSE(decodeAt(ContentFormat::senmlJson, *json, Path(3, 0, 9), "/lwm2m", "dev2"));
  CHECK_FALSE(decodeAt(ContentFormat::senmlJson, *json, Path(3, 0, 9), "/lwm2m"));
  const auto cbor = encodeAt(ContentFormat::senmlCbor, records, Path(3, 0, 9), "", "dev1");
  CHECK(toHex(cbor.value()) == "81a2216b2f646576312f332f302f390201");
  CHECK(decodeAt(ContentFormat::senmlCbor, *cbor, Path(3, 0, 9), "", "dev1").value() == records);
}

TEST_CASE("A gateway's Send is sorted by the end devices in it") {
  const std::string expected =
      "[dev1]\n/3303/0/5700 Float 21.5\n/3/0/9 Integer 5\n[]\n/3/0/9 Integer 100\n[dev2]\n/3303/0/5700 Float 20\n";
  const auto json =
      byPrefix(ContentFormat::senmlJson, bytes(R"([{"n":"/dev1/3303/0/5700","v":21.5},{"n":"/3/0/9","v":100},)"
                                               R"({"n":"/dev2/3303/0/5700","v":20},{"n":"/dev1/3/0/9","v":5}])"));
  REQUIRE(json);
  CHECK(describeParts(*json) == expected);
  const auto cbor =
      byPrefix(ContentFormat::lwm2mCbor, hex("a4 84 6464657631 190ce7 00 191644 fa41ac0000  83030009 1864"
                                             "6464657632 a1 83 190ce7 00 191644 14  84 6464657631 030009 05"));
  REQUIRE(cbor);
  CHECK(describeParts(*cbor) == expected);
  const auto rooted = byPrefix(ContentFormat::senmlCbor,
                               hex("82 a2 00 6e 2f6c772f646576312f332f302f39 02 05"
                                   "a2 00 69 2f6c772f332f302f39 02 06"),
                               "/lw");
  REQUIRE(rooted);
  CHECK(describeParts(*rooted) == "[dev1]\n/3/0/9 Integer 5\n[]\n/3/0/9 Integer 6\n");
}

TEST_CASE("A gateway's Send may be malformed like any other, and names its end devices") {
  CHECK(byPrefix(ContentFormat::senmlJson, {}).value().empty());
  CHECK_FALSE(byPrefix(ContentFormat::senmlJson, bytes(R"([{"n":"/dev1/dev2/3/0/9","v":5}])")));
  CHECK_FALSE(byPrefix(ContentFormat::senmlJson, bytes(R"([{"n":"/dev1","v":5}])")));
  CHECK_FALSE(byPrefix(ContentFormat::senmlJson, bytes(R"([{"n":"dev1/3/0/9","v":5}])")));
  CHECK_FALSE(byPrefix(ContentFormat::lwm2mCbor, hex("a1 84 6131 030009 05")));       // a prefix of digits
  CHECK_FALSE(byPrefix(ContentFormat::lwm2mCbor, hex("a1 84 63612f62 030009 05")));   // with a slash
  CHECK_FALSE(byPrefix(ContentFormat::lwm2mCbor, hex("a1 85 6161 6162 030009 05")));  // two
  CHECK_FALSE(byPrefix(ContentFormat::lwm2mCbor, hex("a2 84 6161 030009 05 a1 6161 a1 830300 09 05")));
  CHECK_FALSE(byPrefix(ContentFormat::lwm2mCbor, hex("a2 84 6161 030009 05 84 6161 030009 06")));
  CHECK(byPrefix(ContentFormat::tlv, hex("c10964")).error().code == Errc::unsupported);
  std::string many = "[";
  for (int i = 0; i < 300; ++i) many += R"({"n":"/d)" + std::to_string(i) + R"(/3/0/9","v":1},)";
  many.back() = ']';
  CHECK(byPrefix(ContentFormat::senmlJson, bytes(many)).error().code == Errc::malformed);
}
