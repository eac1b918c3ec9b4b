#include "codec_vectors.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::lwm2m;
using namespace isthmus::lwm2m::testing;

namespace {

Vector row(std::string title, Path path, Value value, std::string_view payload, Form form = Form::canonical) {
  return {std::move(title), path, {{path, std::move(value), {}}}, hex(payload), form, "", ""};
}

const Path kText(3442, 0, 110);
const Path kInteger(3442, 0, 120);
const Path kUnsigned(3442, 0, 125);
const Path kFloat(3442, 0, 130);
const Path kBoolean(3442, 0, 140);
const Path kOpaque(3442, 0, 150);
const Path kTime(3442, 0, 160);
const Path kLink(3442, 0, 170);
const Path kCoreLink(3442, 0, 180);
const Path kUnknown(60000, 0, 1);

std::vector<Vector> vectors() {
  return {
      row("text", Path(3, 0, 0), std::string("Open Mobile Alliance"), "74 4f70656e204d6f62696c6520416c6c69616e6365"),
      row("text in pieces", kText, std::string("abc"), "7f 6161 626263 ff", Form::accepted),
      row("an empty text", kText, std::string(), "60"),
      row("an integer", Path(3, 0, 9), std::int64_t{100}, "1864"),
      row("a negative integer", kInteger, std::int64_t{-1000}, "3903e7"),
      row("an integer in more bytes than it needs", kInteger, std::int64_t{5}, "1b0000000000000005", Form::accepted),
      row("an integer as a float", kInteger, std::int64_t{100}, "fb4059000000000000", Form::accepted),
      row("an integer as a decimal fraction", kInteger, std::int64_t{1200}, "c482020c", Form::accepted),
      row("the smallest integer", kInteger, std::numeric_limits<std::int64_t>::min(), "3b7fffffffffffffff"),
      row("the largest unsigned integer", kUnsigned, std::numeric_limits<std::uint64_t>::max(), "1bffffffffffffffff"),
      row("a float of four bytes", kFloat, 21.5, "fa41ac0000"),
      row("a float of eight bytes", kFloat, 21.7, "fb4035b33333333333"),
      row("a half float", kFloat, 300.0, "f95cb0", Form::accepted),
      row("a float of eight bytes that four hold", kFloat, 21.5, "fb4035800000000000", Form::accepted),
      row("a decimal fraction", kFloat, 4.5, "c48220182d", Form::accepted),
      row("a decimal fraction of indefinite length", kFloat, 4.5, "c49f20182dff", Form::accepted),
      row("an integer for a float", kFloat, 21.0, "15", Form::accepted),
      row("true", kBoolean, true, "f5"),
      row("false", kBoolean, false, "f4"),
      row("bytes", kOpaque, Opaque{{0xAB, 0xCD, 0xEF}}, "43abcdef"),
      row("bytes in pieces", kOpaque, Opaque{{1, 2, 3}}, "5f 4101 420203 ff", Form::accepted),
      row("no bytes", kOpaque, Opaque{}, "40"),
      row("a time", kTime, Time{1367491215}, "1a5182428f"),
      row("a time before 1970", kTime, Time{-5}, "24"),
      row("a time as seconds since 1970", kTime, Time{1367491215}, "c1 1a5182428f", Form::accepted),
      row("a time as a float since 1970", kTime, Time{1367491215}, "c1 fb41d46090a3c00000", Form::accepted),
      row("a time as text", kTime, Time{1367491215}, "c0 74 323031332d30352d30325431303a34303a31355a", Form::accepted),
      row("a time as text of another zone", kTime, Time{1367491215},
          "c0 7819 323031332d30352d30325431323a34303a31352b30323a3030", Form::accepted),
      row("a time as text with a fraction of nothing", kTime, Time{1367491215},
          "c0 76 323031332d30352d30325431303a34303a31352e305a", Form::accepted),
      row("an object link", kLink, ObjectLink{66, 0}, "6436363a30"),
      row("an object link to nothing", kLink, ObjectLink{}, "6b36353533353a3635353335"),
      row("core links", kCoreLink, CoreLink{"</3/0>"}, "66 3c2f332f303e"),
      row("a resource instance", Path(3, 0, 7, 1), std::int64_t{5000}, "191388"),
      row("no value", Path(3, 0, 9), Value(), "f6"),
      row("no value, said otherwise", Path(3, 0, 9), Value(), "f7", Form::accepted),
      row("a number that nobody knows", kUnknown, std::int64_t{5}, "05"),
      row("a float that nobody knows", kUnknown, 1.5, "fa3fc00000"),
      row("text that nobody knows", kUnknown, std::string("x"), "6178"),
      row("a time that nobody knows", kUnknown, std::int64_t{5}, "c105", Form::accepted),
      row("bytes that nobody knows", kUnknown, Opaque{{7}}, "4107"),
      row("truth that nobody knows", kUnknown, true, "f5"),
  };
}

std::vector<Broken> broken() {
  return {{"nothing", kInteger, {}},
          {"two values", kInteger, hex("0101")},
          {"a whole instance", Path(3, 0), hex("01")},
          {"an array", kInteger, hex("8101")},
          {"a map", kInteger, hex("a10101")},
          {"a break", kInteger, hex("ff")},
          {"text for an integer", kInteger, hex("6131")},
          {"a fraction for an integer", kInteger, hex("fb3ff8000000000000")},
          {"an integer above 64 bits", kInteger, hex("1b8000000000000000")},
          {"an integer below 64 bits", kInteger, hex("3bffffffffffffffff")},
          {"an endless number for an integer", kInteger, hex("f97c00")},
          {"a negative unsigned integer", kUnsigned, hex("20")},
          {"an integer that no float holds", kFloat, hex("1b0020000000000001")},
          {"text for a float", kFloat, hex("6131")},
          {"a number for a boolean", kBoolean, hex("01")},
          {"a number for text", kText, hex("01")},
          {"bytes for text", kText, hex("4161")},
          {"text for bytes", kOpaque, hex("6161")},
          {"a decimal fraction for text", kText, hex("c4820101")},
          {"a tag that no value has", kInteger, hex("c201")},
          {"a time for an integer", kInteger, hex("c101")},
          {"a time of text", kTime, hex("c16131")},
          {"a time with a fraction", kTime, hex("c1fb3ff8000000000000")},
          {"a date of a number", kTime, hex("c001")},
          {"a date that is none", kTime, hex("c0 74 323031332d31332d30325431303a34303a31355a")},
          {"an hour that is none", kTime, hex("c0 74 323031332d30352d30325432343a34303a31355a")},
          {"a date of letters", kTime, hex("c0 74 323031332d30352d30325458303a34303a31355a")},
          {"a date without a zone", kTime, hex("c0 73 323031332d30352d30325431303a34303a3135")},
          {"a zone that is none", kTime, hex("c0 7819 323031332d30352d30325431323a34303a31352b39393a3030")},
          {"a date with a fraction of a second", kTime, hex("c0 76 323031332d30352d30325431303a34303a31352e355a")},
          {"a tag without a value", kTime, hex("c1")},
          {"an object link that is none", kLink, hex("6136")},
          {"an object link with trash at the end", kLink, hex("6536363a3078")},
          {"an object link that overflows", kLink, hex("67 36353533363a30")},
          {"text that is not UTF-8", kText, hex("61ff")},
          {"text of more than can be there", kText, hex("7bffffffffffffffff61")},
          {"a reserved length", kInteger, hex("1c")}};
}

}  // namespace

TEST_CASE("CBOR vectors decode, encode, and hold at every truncation") {
  checkVectors(ContentFormat::cbor, vectors(), Truncated::malformed);
}

TEST_CASE("Malformed CBOR is refused, with its place") { checkBroken(ContentFormat::cbor, broken()); }

TEST_CASE("What CBOR cannot hold is not written") {
  const Record reading{Path(3, 0, 9), std::int64_t{1}, {}};
  Record timed = reading;
  timed.time = kNow;
  for (const auto& records : std::vector<std::vector<Record>>{{}, {timed}, {reading, reading}})
    CHECK(encodeAt(ContentFormat::cbor, records, Path(3, 0, 9)).error().code == Errc::unsupported);
  CHECK(encodeAt(ContentFormat::cbor, {reading}, Path(3, 0)).error().code == Errc::unsupported);
}
