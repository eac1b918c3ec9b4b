#include "lwm2m/codec/formats.h"
#include "lwm2m/codec/tlv.h"

#include <algorithm>
#include <iterator>

namespace isthmus::lwm2m {
namespace {

constexpr std::size_t kMaxLength = 0xFFFFFF;  // a length field has at most 24 bits

using Group = std::vector<const Record*>;

Result<void> put(Bytes& out, TlvKind kind, std::uint16_t id, ByteView value) {
  const std::size_t length = value.size();
  if (length > kMaxLength) return fail(Errc::unsupported, "a value too long for TLV");
  const unsigned lengthBytes = length < 8 ? 0 : length <= 0xFF ? 1 : length <= 0xFFFF ? 2 : 3;
  const bool wideId = id > 0xFF;
  const unsigned type = static_cast<unsigned>(kind) << 6 | (wideId ? 0x20U : 0U) | lengthBytes << 3 |
                        (lengthBytes == 0 ? static_cast<unsigned>(length) : 0U);
  out.push_back(static_cast<std::uint8_t>(type));
  if (wideId) out.push_back(static_cast<std::uint8_t>(id >> 8));
  out.push_back(static_cast<std::uint8_t>(id));
  for (unsigned left = lengthBytes; left-- > 0;) out.push_back(static_cast<std::uint8_t>(length >> (8 * left)));
  out.insert(out.end(), value.begin(), value.end());
  return {};
}

Result<Bytes> putLevel(Group group, std::size_t level);

Result<void> putLeaf(Bytes& out, const Group& same, TlvKind kind, std::uint16_t id) {
  if (same.size() != 1) return fail(Errc::unsupported, "two values for one path");
  const auto value = encodeTlvValue(same[0]->value);
  if (!value) return tl::unexpected(value.error());
  return put(out, kind, id, *value);
}

// All records of one id at one level: a value, or an entry that holds the next level.
Result<void> putNode(Bytes& out, const Group& same, std::size_t level) {
  const Path& path = same[0]->path;
  const std::uint16_t id = path.id(level);
  if (level == 3) return putLeaf(out, same, TlvKind::resourceInstance, id);
  if (level == 2 && path.depth() == 3) return putLeaf(out, same, TlvKind::resource, id);
  const auto inner = putLevel(same, level + 1);
  if (!inner) return tl::unexpected(inner.error());
  return put(out, level == 1 ? TlvKind::objectInstance : TlvKind::multipleResource, id, *inner);
}

// The records at one level, grouped by the id they have there, groups in the order of their first records.
Result<Bytes> putLevel(Group group, std::size_t level) {
  Bytes out;
  while (!group.empty()) {
    const Path& first = group[0]->path;
    if (first.depth() <= level)
      return fail(Errc::unsupported, "a value and instances of one resource", first.toString());
    const std::uint16_t id = first.id(level);
    const auto belongs = [&](const Record* record) {
      return record->path.depth() > level && record->path.id(level) == id;
    };
    Group same;
    Group rest;
    std::ranges::partition_copy(group, std::back_inserter(same), std::back_inserter(rest), belongs);
    if (auto ok = putNode(out, same, level); !ok) {
      if (ok.error().where.empty()) ok.error().where = first.toString();
      return tl::unexpected(std::move(ok.error()));
    }
    group = std::move(rest);
  }
  return out;
}

}  // namespace

Result<Bytes> encodeTlv(std::span<const Record> records, const EncodeContext& context) {
  if (context.base.isRoot()) return fail(Errc::unsupported, "TLV names no objects", "/");
  Group order;
  order.reserve(records.size());
  for (const Record& record : records) {
    if (record.time) return fail(Errc::unsupported, "TLV holds no times", record.path.toString());
    order.push_back(&record);
  }
  // A resource is written with its own header also when it alone was asked for; so is a resource instance.
  const std::size_t depth = context.base.depth();
  return putLevel(std::move(order), depth >= 3 ? depth - 1 : depth);
}

}  // namespace isthmus::lwm2m
