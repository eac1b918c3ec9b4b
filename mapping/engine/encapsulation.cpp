#include "mapping/engine/encapsulation.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace isthmus::mapping {
namespace {

struct Format {
  std::uint16_t number;
  std::string_view mediaType;
  bool isText;
};

// The CoAP Content-Formats of LwM2M (Core 7.4), two of them with the numbers of early releases.
constexpr std::array kFormats = {
    Format{0, "text/plain", true},
    Format{40, "application/link-format", true},
    Format{42, "application/octet-stream", false},
    Format{60, "application/cbor", false},
    Format{110, "application/senml+json", true},
    Format{112, "application/senml+cbor", false},
    Format{1542, "application/vnd.oma.lwm2m+tlv", false},
    Format{1543, "application/vnd.oma.lwm2m+json", true},
    Format{11542, "application/vnd.oma.lwm2m+tlv", false},
    Format{11543, "application/vnd.oma.lwm2m+json", true},
    Format{11544, "application/vnd.oma.lwm2m+cbor", false},
};
constexpr Format kUnknown{42, "application/octet-stream", false};

}  // namespace

// m2m:contentInfo (TS-0004 6.3.4.2.28): 0 plain, 1 a text in base64, 2 bytes in base64. A text that is no UTF-8 could
// not be carried as it is.
Encapsulated encapsulated(std::uint16_t contentFormat, ByteView payload) {
  const auto* const found = std::ranges::find(kFormats, contentFormat, &Format::number);
  const auto& format = found == kFormats.end() ? kUnknown : *found;
  const bool plain = format.isText && isUtf8(text(payload));
  std::string info(format.mediaType);
  info += plain ? ":0" : format.isText ? ":1" : ":2";
  return {plain ? std::string(text(payload)) : toBase64(payload), std::move(info)};
}

}  // namespace isthmus::mapping
