#include "ipe/base/bytes.h"

#include <catch2/catch.hpp>

namespace isthmus {
namespace {

struct Base64Row {
  std::string_view bytes, standard, url;
};

// RFC 4648 10, and bytes that need the two characters in which the alphabets differ.
constexpr Base64Row kBase64Rows[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xFB\xFF\xFE", "+//+", "-__-"},
};

}  // namespace

TEST_CASE("Base64 goes both ways in both alphabets, with and without padding",
          "[test_encode_url_safe_and_without_padding][test_encode_url_unsafe_and_with_padding]") {
  for (const Base64Row& row : kBase64Rows) {
    INFO(row.standard);
    CHECK(toBase64(view(row.bytes)) == row.standard);
    CHECK(toBase64Url(view(row.bytes)) == row.url);
    for (const std::string_view encoded : {row.standard, row.url}) {
      const auto decoded = fromBase64(encoded);
      REQUIRE(decoded);
      CHECK(text(*decoded) == row.bytes);
    }
  }
}

TEST_CASE("Base64 with a foreign character or half a byte is malformed") {
  for (const std::string_view bad : {"Zg=v", "Z", "Zm9v!", "Zm 9v", "Zm9vY"}) {
    INFO(bad);
    const auto decoded = fromBase64(bad);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == Errc::malformed);
  }
  CHECK(fromBase64("Zm!v").error().where == "offset 2");
}

TEST_CASE("Hexadecimal digits go both ways, in either case and with spaces between bytes") {
  const Bytes bytes = {0x00, 0x7F, 0xAB, 0xFF};
  CHECK(toHex(bytes) == "007fabff");
  CHECK(fromHex("007fabff") == bytes);
  CHECK(fromHex("00 7F\nAB\tff") == bytes);
  CHECK(fromHex("") == Bytes{});
}

TEST_CASE("Hexadecimal text that is odd, foreign or split inside a byte is malformed") {
  for (const std::string_view bad : {"0", "0 0", "0g", "zz", "00 1"}) {
    INFO(bad);
    CHECK_FALSE(fromHex(bad));
  }
  CHECK(fromHex("00x1").error().where == "offset 2");
}

TEST_CASE("UTF-8 is told from what only looks like it (RFC 3629)") {
  for (const std::string_view good : {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                      "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
                                      "23 \xC2\xB0"
                                      "C"}) {
    INFO(toHex(view(good)));
    CHECK(isUtf8(good));
  }
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE2\x82", "\xE2\x28\xA1", "ok\xC3"}) {
    INFO(toHex(view(bad)));
    CHECK_FALSE(isUtf8(bad));
  }
}

TEST_CASE("The hash depends on the bytes, their number and the seed, and stays the same for ever") {
  CHECK(hash64(std::string_view("a")) != hash64(std::string_view("b")));
  CHECK(hash64(std::string_view("a")) != hash64(std::string_view("a"), 1));
  CHECK(hash64(std::string_view("")) != hash64(std::string_view("\0", 1)));
  // Stored hashes are compared after an upgrade: XXH3 with seed 0.
  CHECK(hash64(std::string_view("")) == 0x2D06800538D394C2ULL);
}

TEST_CASE("SHA-256 is written as 64 lower-case digits") {
  CHECK(sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("Bytes that are not UTF-8 are replaced, all others stay") {
  CHECK(repairedUtf8("pl\xC3\xA4in") == "pl\xC3\xA4in");
  CHECK(repairedUtf8("a\xFF\xC3") == "a\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(repairedUtf8("").empty());
}

}  // namespace isthmus
