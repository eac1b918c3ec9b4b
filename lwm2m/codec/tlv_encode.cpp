#include "lwm2m/codec/formats.h"
#include "lwm2m/codec/record_groups.h"
#include "lwm2m/codec/tlv.h"

#include <array>

namespace isthmus::lwm2m {
namespace {

constexpr std::size_t kMaxLength = 0xFFFFFF;  // a length field has at most 24 bits

// The header of what stands in `out` from `at` on (LwM2M Core 7.4.3).
Result<void> putHeader(Bytes& out, std::size_t at, TlvKind kind, std::uint16_t id) {
  const std::size_t length = out.size() - at;
  if (length > kMaxLength) return fail(Errc::unsupported, "a value too long for TLV");
  const unsigned lengthBytes = length < 8 ? 0 : length <= 0xFF ? 1 : length <= 0xFFFF ? 2 : 3;
  const bool wideId = id > 0xFF;
  const unsigned type = static_cast<unsigned>(kind) << 6 | (wideId ? 0x20U : 0U) | lengthBytes << 3 |
                        (lengthBytes == 0 ? static_cast<unsigned>(length) : 0U);
  std::array<std::uint8_t, 6> header{};
  std::size_t size = 0;
  header[size++] = static_cast<std::uint8_t>(type);
  if (wideId) header[size++] = static_cast<std::uint8_t>(id >> 8);
  header[size++] = static_cast<std::uint8_t>(id);
  for (unsigned left = lengthBytes; left-- > 0;) header[size++] = static_cast<std::uint8_t>(length >> (8 * left));
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(at), header.begin(), header.begin() + size);
  return {};
}

Result<void> putLevel(Bytes& out, RecordGroup group, std::size_t level);

Result<void> putLeaf(Bytes& out, RecordGroup same, TlvKind kind, std::uint16_t id) {
  if (same.size() != 1) return fail(Errc::unsupported, "two values for one path");
  const auto value = encodeTlvValue(same[0]->value);
  if (!value) return tl::unexpected(value.error());
  const std::size_t at = out.size();
  out.insert(out.end(), value->begin(), value->end());
  return putHeader(out, at, kind, id);
}

// All records of one id at one level: a value, or an entry that holds the next level.
Result<void> putNode(Bytes& out, RecordGroup same, std::size_t level, std::uint16_t id) {
  if (level == 3) return putLeaf(out, same, TlvKind::resourceInstance, id);
  if (level == 2 && same[0]->path.depth() == 3) return putLeaf(out, same, TlvKind::resource, id);
  const std::size_t at = out.size();
  if (auto ok = putLevel(out, same, level + 1); !ok) return ok;
  return putHeader(out, at, level == 1 ? TlvKind::objectInstance : TlvKind::multipleResource, id);
}

Result<void> putLevel(Bytes& out, RecordGroup group, std::size_t level) {
  return eachGroup(group, level, [&](std::uint16_t id, RecordGroup same) { return putNode(out, same, level, id); });
}

}  // namespace

Result<Bytes> encodeTlv(std::span<const Record> records, const EncodeContext& context) {
  if (context.base.isRoot()) return fail(Errc::unsupported, "TLV names no objects", "/");
  for (const Record& record : records)
    if (record.time) return fail(Errc::unsupported, "TLV holds no times", record.path.toString());
  // A resource is written with its own header also when it alone was asked for; so is a resource instance.
  const std::size_t depth = context.base.depth();
  Bytes out;
  auto pointers = pointersTo(records);
  if (auto ok = putLevel(out, pointers, depth >= 3 ? depth - 1 : depth); !ok) return tl::unexpected(ok.error());
  return out;
}

}  // namespace isthmus::lwm2m
