#pragma once

#include <rapidjson/document.h>
#include <rapidjson/encodedstream.h>
#include <rapidjson/memorystream.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace isthmus::json {

// Makes a document of what a reader finds. Numbers are read to their last bit, by the standard library: RapidJSON's own
// exact reading counts the zeros of a 0 that has an exponent or many digits, which is undefined and may crash.
class ExactNumbers {
 public:
  explicit ExactNumbers(rapidjson::Document& document) : to_(document) {}

  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    const char* const last = text + length;
    std::int64_t whole = 0;
    if (isAll(std::from_chars(text, last, whole), last)) return to_.Int64(whole);
    std::uint64_t large = 0;
    if (isAll(std::from_chars(text, last, large), last)) return to_.Uint64(large);
    const double number = std::strtod(std::string(text, last).c_str(), nullptr);  // from_chars says nothing of 1e-999
    return std::isfinite(number) && to_.Double(number);
  }
  bool Null() { return to_.Null(); }
  bool Bool(bool value) { return to_.Bool(value); }
  bool Int(int value) { return to_.Int(value); }
  bool Uint(unsigned value) { return to_.Uint(value); }
  bool Int64(std::int64_t value) { return to_.Int64(value); }
  bool Uint64(std::uint64_t value) { return to_.Uint64(value); }
  bool Double(double value) { return to_.Double(value); }
  bool String(const char* text, rapidjson::SizeType length, bool copy) { return to_.String(text, length, copy); }
  bool Key(const char* text, rapidjson::SizeType length, bool copy) { return to_.Key(text, length, copy); }
  bool StartObject() { return to_.StartObject(); }
  bool EndObject(rapidjson::SizeType members) { return to_.EndObject(members); }
  bool StartArray() { return to_.StartArray(); }
  bool EndArray(rapidjson::SizeType elements) { return to_.EndArray(elements); }

 private:
  static bool isAll(const std::from_chars_result& read, const char* last) {
    return read.ec == std::errc{} && read.ptr == last;
  }

  rapidjson::Document& to_;
};

// kParseErrorTermination: a number is too large. Anything but UTF-8 is an error. Nesting that nobody bounds is for
// kParseIterativeFlag, which may be given.
template <unsigned kFurtherFlags = 0>
rapidjson::ParseResult parseExactly(rapidjson::Document& document, std::string_view json) {
  constexpr unsigned kFlags =
      rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag | kFurtherFlags;
  rapidjson::Reader reader;
  const auto read = [&](rapidjson::Document& to) {
    rapidjson::MemoryStream bytes(json.data(), json.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    ExactNumbers numbers(to);
    return !reader.template Parse<kFlags>(stream, numbers).IsError();
  };
  document.Populate(read);
  return {reader.GetParseErrorCode(), reader.GetErrorOffset()};
}

}  // namespace isthmus::json
