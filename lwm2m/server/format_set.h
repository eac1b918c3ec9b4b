#pragma once

#include "lwm2m/codec/content_format.h"

#include <array>
#include <cstdint>
#include <span>

namespace isthmus::lwm2m {

// Content formats, a bit each.
class FormatSet {
 public:
  FormatSet() = default;
  explicit FormatSet(std::span<const ContentFormat> formats) {
    for (const ContentFormat format : formats) bits_ = static_cast<std::uint16_t>(bits_ | bitOf(format));
  }

  bool has(ContentFormat format) const { return (bits_ & bitOf(format)) != 0; }
  bool empty() const { return bits_ == 0; }
  bool operator==(const FormatSet&) const = default;

 private:
  static constexpr std::array kKnown = {
      ContentFormat::text,           ContentFormat::link,          ContentFormat::opaque,
      ContentFormat::cbor,           ContentFormat::senmlJson,     ContentFormat::senmlCbor,
      ContentFormat::senmlEtchJson,  ContentFormat::senmlEtchCbor, ContentFormat::tlvPreRelease,
      ContentFormat::jsonPreRelease, ContentFormat::tlv,           ContentFormat::json,
      ContentFormat::lwm2mCbor};

  static constexpr std::uint16_t bitOf(ContentFormat format) {
    for (std::size_t i = 0; i < kKnown.size(); ++i) {
      if (kKnown[i] == format) return static_cast<std::uint16_t>(1U << i);
    }
    return 0;
  }

  std::uint16_t bits_ = 0;
};

}  // namespace isthmus::lwm2m
