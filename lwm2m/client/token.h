#pragma once

#include "ipe/base/bytes.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace isthmus::lwm2m {

// A CoAP token. libcoap writes the next one over the last one and leaves out leading zeros, so what stands behind the
// length is of no account.
struct Token {
  std::size_t length = 0;
  std::array<std::uint8_t, 8> bytes{};

  ByteView view() const { return ByteView(bytes).first(length); }
  bool operator==(const Token& other) const { return std::ranges::equal(view(), other.view()); }
};

}  // namespace isthmus::lwm2m
