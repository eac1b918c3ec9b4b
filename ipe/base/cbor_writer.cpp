#include "ipe/base/cbor_writer.h"

#include <cbor.h>

#include <array>
#include <bit>

namespace isthmus {
namespace {

template <auto encode, class T>
void put(Bytes& out, T value) {
  std::array<unsigned char, 9> bytes{};
  const std::size_t size = encode(value, bytes.data(), bytes.size());
  out.insert(out.end(), bytes.data(), bytes.data() + size);
}

}  // namespace

void CborWriter::array(std::size_t count) { put<cbor_encode_array_start>(out_, count); }
void CborWriter::map(std::size_t count) { put<cbor_encode_map_start>(out_, count); }

void CborWriter::integer(std::int64_t value) {
  if (value >= 0) return unsignedInteger(static_cast<std::uint64_t>(value));
  put<cbor_encode_negint>(out_, static_cast<std::uint64_t>(-1 - value));
}

void CborWriter::unsignedInteger(std::uint64_t value) { put<cbor_encode_uint>(out_, value); }

void CborWriter::text(std::string_view words) {
  put<cbor_encode_string_start>(out_, words.size());
  out_.insert(out_.end(), words.begin(), words.end());
}

void CborWriter::bytes(ByteView data) {
  put<cbor_encode_bytestring_start>(out_, data.size());
  out_.insert(out_.end(), data.begin(), data.end());
}

void CborWriter::boolean(bool value) { put<cbor_encode_bool>(out_, value); }

void CborWriter::real(double value) {
  const auto small = static_cast<float>(value);
  if (std::bit_cast<std::uint64_t>(double{small}) == std::bit_cast<std::uint64_t>(value))
    return put<cbor_encode_single>(out_, small);
  put<cbor_encode_double>(out_, value);
}

void CborWriter::null() {
  std::array<unsigned char, 1> byte{};
  cbor_encode_null(byte.data(), byte.size());
  out_.push_back(byte[0]);
}

void CborWriter::mapAround(std::size_t at, std::size_t count) {
  std::array<unsigned char, 9> header{};
  const std::size_t size = cbor_encode_map_start(count, header.data(), header.size());
  out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(at), header.data(), header.data() + size);
}

}  // namespace isthmus
