#pragma once

#include "ipe/base/bytes.h"

#include <cstdint>
#include <string_view>

namespace isthmus {

// Appends CBOR items, each in its shortest form (RFC 8949 4.1).
class CborWriter {
 public:
  void array(std::size_t count);
  void map(std::size_t count);
  void integer(std::int64_t value);
  void unsignedInteger(std::uint64_t value);
  void text(std::string_view words);
  void bytes(ByteView data);
  void boolean(bool value);
  void real(double value);  // in four bytes if they hold it
  void null();
  // The header of a map whose items were written from `at` on.
  void mapAround(std::size_t at, std::size_t count);

  std::size_t size() const { return out_.size(); }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

}  // namespace isthmus
