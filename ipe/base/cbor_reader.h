#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace isthmus {

struct CborItem {
  enum class Kind : std::uint8_t {
    none,
    unsignedInteger,
    negativeInteger,
    bytes,
    text,
    array,
    map,
    tag,
    floating,
    null,
    boolean,
    end
  };
  Kind kind = Kind::none;
  bool indefinite = false;   // array and map: up to `end`; strings are handed out whole
  bool flag = false;         // boolean
  std::uint64_t number = 0;  // unsigned; negative as -1 - number; array and map: count; tag
  double real = 0;
  ByteView data;  // bytes and text; valid until the next call
};

// Reads CBOR item by item (RFC 8949). Holds no more than one string; never allocates for a length that is not there.
class CborReader {
 public:
  explicit CborReader(ByteView payload) : payload_(payload) {}

  // Error: malformed, `where` is the byte offset.
  Result<CborItem> next();
  // Passes over what belongs to an item that next() gave out.
  Result<void> skip(const CborItem& item) { return skip(item, 0); }
  bool atEnd() const { return at_ == payload_.size(); }
  tl::unexpected<Error> broken(std::string message) const;  // at the last item

 private:
  Result<CborItem> token();
  Result<CborItem> chunks(CborItem whole);
  Result<void> skip(const CborItem& item, unsigned depth);

  ByteView payload_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  Bytes joined_;
};

}  // namespace isthmus
