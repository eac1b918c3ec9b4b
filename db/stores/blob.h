#pragma once

#include "ipe/base/bytes.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace isthmus::db {

// Compact binary columns. Numbers are little-endian, or in groups of seven bits (low first, the eighth bit says
// "more"). A writer keeps its memory: one that lives as long as its store allocates nothing once it is warm.
class BlobWriter {
 public:
  void clear() { bytes_.clear(); }
  ByteView bytes() const { return bytes_; }

  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) { fixed(value, 2); }
  void u32(std::uint32_t value) { fixed(value, 4); }
  void u64(std::uint64_t value) { fixed(value, 8); }
  void number(std::uint64_t value);
  // Small negative numbers stay short: 0, -1, 1, -2 ... count up.
  void change(std::uint64_t value) { number((value << 1U) ^ (0 - (value >> 63U))); }
  void raw(ByteView value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }
  void text(std::string_view value) {
    number(value.size());
    raw(view(value));
  }

 private:
  void fixed(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
  }
  Bytes bytes_;
};

// Reads what a BlobWriter wrote. After a read beyond the end, or of a broken number, ok() is false and all reads give
// zero.
class BlobReader {
 public:
  explicit BlobReader(ByteView bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool more() const { return ok_ && !rest_.empty(); }

  std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(fixed(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
  std::uint64_t u64() { return fixed(8); }
  std::uint64_t number();
  std::uint64_t change() {
    const std::uint64_t value = number();
    return (value >> 1U) ^ (0 - (value & 1U));
  }
  ByteView raw(std::size_t size);
  std::string_view text() { return isthmus::text(raw(static_cast<std::size_t>(number()))); }

 private:
  std::uint64_t fixed(unsigned size);
  ByteView rest_;
  bool ok_ = true;
};

}  // namespace isthmus::db
