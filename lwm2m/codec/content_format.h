#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace isthmus::lwm2m {

// CoAP Content-Format numbers that LwM2M uses (LwM2M Core 7.4).
enum class ContentFormat : std::uint16_t {
  text = 0,
  link = 40,
  opaque = 42,
  cbor = 60,
  senmlJson = 110,
  senmlCbor = 112,
  senmlEtchJson = 320,
  senmlEtchCbor = 322,
  tlvPreRelease = 1542,  // before LwM2M 1.0
  jsonPreRelease = 1543,
  tlv = 11542,
  json = 11543,
  lwm2mCbor = 11544,
};

std::string_view name(ContentFormat format);       // "SenML JSON"; "unknown" for a number without a name
std::string_view mediaType(ContentFormat format);  // "application/senml+json"

}  // namespace isthmus::lwm2m
