#include "ipe/base/cbor_reader.h"

#include <cbor.h>

namespace isthmus {
namespace {

using Kind = CborItem::Kind;

constexpr unsigned kDeepest = 16;

CborItem& item(void* context) { return *static_cast<CborItem*>(context); }

template <Kind kind, class T>
void number(void* context, T value) {
  item(context).kind = kind;
  item(context).number = value;
}

template <Kind kind>
void start(void* context) {
  item(context).kind = kind;
  item(context).indefinite = true;
}

template <Kind kind>
void data(void* context, cbor_data bytes, std::size_t size) {
  item(context).kind = kind;
  item(context).data = {bytes, size};
}

template <Kind kind>
void mark(void* context) {
  item(context).kind = kind;
}

template <class T>
void real(void* context, T value) {
  item(context).kind = Kind::floating;
  item(context).real = double{value};
}

void boolean(void* context, bool value) {
  item(context).kind = Kind::boolean;
  item(context).flag = value;
}

constexpr cbor_callbacks kCallbacks = {
    .uint8 = number<Kind::unsignedInteger, std::uint8_t>,
    .uint16 = number<Kind::unsignedInteger, std::uint16_t>,
    .uint32 = number<Kind::unsignedInteger, std::uint32_t>,
    .uint64 = number<Kind::unsignedInteger, std::uint64_t>,
    .negint64 = number<Kind::negativeInteger, std::uint64_t>,
    .negint32 = number<Kind::negativeInteger, std::uint32_t>,
    .negint16 = number<Kind::negativeInteger, std::uint16_t>,
    .negint8 = number<Kind::negativeInteger, std::uint8_t>,
    .byte_string_start = start<Kind::bytes>,
    .byte_string = data<Kind::bytes>,
    .string = data<Kind::text>,
    .string_start = start<Kind::text>,
    .indef_array_start = start<Kind::array>,
    .array_start = number<Kind::array, std::size_t>,
    .indef_map_start = start<Kind::map>,
    .map_start = number<Kind::map, std::size_t>,
    .tag = number<Kind::tag, std::uint64_t>,
    .float2 = real<float>,
    .float4 = real<float>,
    .float8 = real<double>,
    .undefined = mark<Kind::null>,
    .null = mark<Kind::null>,
    .boolean = boolean,
    .indef_break = mark<Kind::end>,
};

}  // namespace

tl::unexpected<Error> CborReader::broken(std::string message) const {
  return fail(Errc::malformed, std::move(message), "byte " + std::to_string(start_));
}

Result<CborItem> CborReader::token() {
  start_ = at_;
  if (atEnd()) return broken("the payload ends too early");
  CborItem found;
  const auto [read, status, required] = cbor_stream_decode(&payload_[at_], payload_.size() - at_, &kCallbacks, &found);
  if (status == CBOR_DECODER_NEDATA) return broken("an item is longer than what is left");
  if (status != CBOR_DECODER_FINISHED || found.kind == Kind::none) return broken("not a CBOR item");
  at_ += read;
  return found;
}

Result<CborItem> CborReader::next() {
  auto found = token();
  if (!found) return found;
  const bool words = found->kind == Kind::text;
  if (!words && found->kind != Kind::bytes) return found;
  if (found->indefinite) found = chunks(*found);
  if (found && words && !isUtf8(text(found->data))) return broken("text that is not UTF-8");
  return found;
}

// RFC 8949 3.2.3: definite strings of the same type up to a break.
Result<CborItem> CborReader::chunks(CborItem whole) {
  joined_.clear();
  while (true) {
    const auto chunk = token();
    if (!chunk) return chunk;
    if (chunk->kind == Kind::end) break;
    if (chunk->kind != whole.kind || chunk->indefinite) return broken("a string made of something else");
    joined_.insert(joined_.end(), chunk->data.begin(), chunk->data.end());
  }
  whole.indefinite = false;
  whole.data = joined_;
  return whole;
}

Result<void> CborReader::skip(const CborItem& item, unsigned depth) {
  const bool map = item.kind == Kind::map;
  if (item.kind == Kind::end) return broken("a break that ends nothing");
  if (!map && item.kind != Kind::array && item.kind != Kind::tag) return {};
  if (depth == kDeepest) return broken("nested too deep");
  const std::uint64_t count = item.kind == Kind::tag ? 1 : item.number;
  for (std::uint64_t i = 0; item.indefinite || i < count; ++i) {
    for (int part = map ? 0 : 1; part < 2; ++part) {
      const auto inner = next();
      if (!inner) return tl::unexpected(inner.error());
      if (item.indefinite && inner->kind == Kind::end && (part == 0 || !map)) return {};
      if (auto ok = skip(*inner, depth + 1); !ok) return ok;
    }
  }
  return {};
}

}  // namespace isthmus
