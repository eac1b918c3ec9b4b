#include "codec_vectors.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::lwm2m;
using namespace isthmus::lwm2m::testing;

namespace {

Vector text(std::string title, Path path, Value value, std::string_view payload, Form form = Form::canonical) {
  return {std::move(title), path, {{path, std::move(value), {}}}, bytes(payload), form, ""};
}

std::vector<Vector> textVectors() {
  const Path integerPath(3442, 0, 120);
  const Path unsignedPath(3442, 0, 125);
  const Path floatPath(3442, 0, 130);
  return {
      text("manufacturer", Path(3, 0, 0), std::string("Open Mobile Alliance"), "Open Mobile Alliance"),
      text("an empty string", Path(3, 0, 0), std::string(), ""),
      text("text is not trimmed", Path(3, 0, 0), std::string(" a\n"), " a\n"),
      text("text of several bytes a character", Path(3, 0, 0), std::string("\xC3\xA4\xE2\x82\xAC"),
           "\xC3\xA4\xE2\x82\xAC"),
      text("battery", Path(3, 0, 9), std::int64_t{100}, "100"),
      text("a resource instance", Path(3, 0, 7, 1), std::int64_t{5000}, "5000"),
      text("the smallest integer", integerPath, std::numeric_limits<std::int64_t>::min(), "-9223372036854775808"),
      text("an integer with a fraction of nothing", integerPath, std::int64_t{5}, "5.0", Form::accepted),
      text("an integer with an exponent", integerPath, std::int64_t{1600000000}, "1.6E9", Form::accepted),
      text("the largest unsigned integer", unsignedPath, std::numeric_limits<std::uint64_t>::max(),
           "18446744073709551615"),
      text("a float", Path(3303, 0, 5700), 21.5, "21.5"),
      text("a whole float", floatPath, 22.0, "22"),
      text("a negative float", floatPath, -0.25, "-0.25"),
      text("a small float is written without an exponent", floatPath, 1e-7, "0.0000001"),
      text("a large float is written without an exponent", floatPath, 1e25, "10000000000000000905969664"),
      text("a float with an exponent is read", floatPath, 1.5e300, "1.5e300", Form::accepted),
      text("true", Path(1, 0, 6), true, "1"),
      text("false", Path(1, 0, 6), false, "0"),
      text("a time", Path(3, 0, 13), Time{1367491215}, "1367491215"),
      text("opaque as base64", Path(3442, 0, 150), Opaque{{0xAB, 0xCD, 0xEF, 0xFF}}, "q83v/w=="),
      text("opaque in the URL alphabet", Path(3442, 0, 150), Opaque{{0xAB, 0xCD, 0xEF, 0xFF}}, "q83v_w",
           Form::accepted),
      text("an object link", Path(3442, 0, 170), ObjectLink{66, 0}, "66:0"),
      text("an object link to nothing", Path(3442, 0, 170), ObjectLink{}, "65535:65535"),
      text("core links", Path(3442, 0, 180), CoreLink{"</3/0>;ver=1.1"}, "</3/0>;ver=1.1"),
      text("a resource that nobody knows", Path(60000, 0, 1), std::string("42"), "42"),
  };
}

std::vector<Broken> brokenTexts() {
  return {{"an integer with a fraction", Path(3, 0, 9), bytes("1.5")},
          {"an integer above 64 bits", Path(3442, 0, 120), bytes("9223372036854775808")},
          {"an integer that only looks exact", Path(3442, 0, 120), bytes("9.2233720368547758085E18")},
          {"an integer with a space", Path(3, 0, 9), bytes("100 ")},
          {"an integer with a plus", Path(3, 0, 9), bytes("+100")},
          {"no integer", Path(3, 0, 9), bytes("full")},
          {"nothing for an integer", Path(3, 0, 9), {}},
          {"a negative unsigned integer", Path(3442, 0, 125), bytes("-1")},
          {"an unsigned integer above 64 bits", Path(3442, 0, 125), bytes("18446744073709551616")},
          {"a float that is none", Path(3303, 0, 5700), bytes("nan")},
          {"an endless float", Path(3303, 0, 5700), bytes("inf")},
          {"a float beyond the range", Path(3303, 0, 5700), bytes("1e400")},
          {"a float without digits before the point", Path(3303, 0, 5700), bytes(".5")},
          {"a boolean in words", Path(1, 0, 6), bytes("true")},
          {"a boolean of two", Path(1, 0, 6), bytes("2")},
          {"invalid base64", Path(3442, 0, 150), bytes("!!")},
          {"an object link with trash at the end", Path(3442, 0, 170), bytes("66:0x")},
          {"an object link that overflows", Path(3442, 0, 170), bytes("65536:0")},
          {"half an object link", Path(3442, 0, 170), bytes("66:")},
          {"text that is not UTF-8", Path(3, 0, 0), hex("C328")},
          {"a whole instance", Path(3, 0), bytes("1")},
          {"the root", Path(), bytes("1")}};
}

}  // namespace

TEST_CASE("Text vectors decode, encode, and hold at every truncation",
          "[text_manufacturer_resource][text_battery_resource][text_decode_opaque_from_base64_string]"
          "[text_encode_single_resource_float][text_encode_opaque_as_base64_string]") {
  checkVectors(ContentFormat::text, textVectors(), Truncated::anything);
}

TEST_CASE("Malformed text is refused, with its place", "[text_decode_should_throw_an_exception_for_invalid_base64]") {
  checkBroken(ContentFormat::text, brokenTexts());
}

TEST_CASE("Opaque payloads are the bytes themselves") {
  const Path known(3442, 0, 150);
  const Path unknown(60000, 0, 1);
  checkVectors(ContentFormat::opaque,
               {{"a known resource", known, {{known, Opaque{{1, 0, 255}}, {}}}, hex("0100ff"), Form::canonical, ""},
                {"nothing", known, {{known, Opaque{}, {}}}, {}, Form::canonical, ""},
                {"an unknown one", unknown, {{unknown, Opaque{{7}}, {}}}, hex("07"), Form::canonical, ""}},
               Truncated::anything);
  checkBroken(ContentFormat::opaque,
              {{"a resource of another type", Path(3, 0, 9), hex("64")}, {"a whole instance", Path(3, 0), hex("64")}});
}

TEST_CASE("What text and opaque cannot hold is not written", "[text_encode_multiple_instances]") {
  const Path path(3442, 0, 130);
  const Record reading{path, 1.5, {}};
  const auto refused = [](const Result<Bytes>& result) { return !result && result.error().code == Errc::unsupported; };
  CHECK(refused(encodeAt(ContentFormat::text, {reading, reading}, path)));
  CHECK(refused(encodeAt(ContentFormat::text, {}, path)));
  CHECK(refused(encodeAt(ContentFormat::text, {reading}, path.prefix(2))));
  CHECK(refused(encodeAt(ContentFormat::text, {{path, 1.5, kNow}}, path)));
  CHECK(refused(encodeAt(ContentFormat::text, {{path, Value(), {}}}, path)));
  CHECK(refused(encodeAt(ContentFormat::text, {{path, std::numeric_limits<double>::quiet_NaN(), {}}}, path)));
  CHECK(refused(encodeAt(ContentFormat::text, {{Path(3, 0, 0), std::string("\xFF"), {}}}, Path(3, 0, 0))));
  CHECK(refused(encodeAt(ContentFormat::opaque, {reading}, path)));
}

TEST_CASE("Formats without a codec are unsupported, not malformed") {
  for (const auto format : {ContentFormat::link, static_cast<ContentFormat>(4711)}) {
    CHECK_FALSE(isSupported(format));
    CHECK(decodeAt(format, bytes("1"), Path(3, 0, 9)).error().code == Errc::unsupported);
    CHECK(encodeAt(format, {}, Path(3, 0, 9)).error().code == Errc::unsupported);
  }
}

TEST_CASE("Every format that holds values has a codec, pre-1.0 numbers included") {
  for (const int format : {0, 42, 60, 110, 112, 320, 322, 1542, 1543, 11542, 11543, 11544}) {
    CAPTURE(format);
    CHECK(isSupported(static_cast<ContentFormat>(format)));
    const Path path(3442, 0, 150);
    const std::vector<Record> records{{path, Opaque{{1, 2}}, {}}};
    const auto written = encodeAt(static_cast<ContentFormat>(format), records, path);
    REQUIRE(written);
    CHECK(decodeAt(static_cast<ContentFormat>(format), *written, path).value() == records);
  }
}

TEST_CASE("Content formats have names and media types") {
  CHECK(name(ContentFormat::senmlJson) == "SenML JSON");
  CHECK(mediaType(ContentFormat::senmlJson) == "application/senml+json");
  CHECK(mediaType(ContentFormat::tlv) == "application/vnd.oma.lwm2m+tlv");
  CHECK(name(static_cast<ContentFormat>(4711)) == "unknown");
}
