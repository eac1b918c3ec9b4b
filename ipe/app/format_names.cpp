#include "ipe/app/format_names.h"

#include "lwm2m/server/device_operation.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace isthmus::app {
namespace {

using lwm2m::ContentFormat;

struct Row {
  std::string_view name;
  ContentFormat format;
};

constexpr std::array kRows = std::to_array<Row>({{"text", ContentFormat::text},
                                                 {"link", ContentFormat::link},
                                                 {"opaque", ContentFormat::opaque},
                                                 {"cbor", ContentFormat::cbor},
                                                 {"senml-json", ContentFormat::senmlJson},
                                                 {"senml-cbor", ContentFormat::senmlCbor},
                                                 {"senml-etch-json", ContentFormat::senmlEtchJson},
                                                 {"senml-etch-cbor", ContentFormat::senmlEtchCbor},
                                                 {"tlv", ContentFormat::tlv},
                                                 {"json", ContentFormat::json},
                                                 {"lwm2m-cbor", ContentFormat::lwm2mCbor},
                                                 {"any", lwm2m::kAnyFormat}});

}  // namespace

Result<ContentFormat> formatNamed(std::string_view word) {
  std::string known;
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool isNumber = fault == std::errc() && end == word.data() + word.size();
  for (const Row& row : kRows) {
    if (row.name == word || (isNumber && static_cast<std::uint16_t>(row.format) == number)) return row.format;
    known.append(known.empty() ? "" : ", ").append(row.name);
  }
  return fail(Errc::malformed, "'" + std::string(word) + "' is not a content format; there are " + known, "format");
}

std::string formatName(std::optional<std::uint16_t> number) {
  if (!number) return {};
  const auto row = std::ranges::find(kRows, static_cast<ContentFormat>(*number), &Row::format);
  return row == kRows.end() ? std::to_string(*number) : std::string(row->name);
}

}  // namespace isthmus::app
