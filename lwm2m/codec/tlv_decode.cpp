#include "lwm2m/codec/formats.h"
#include "lwm2m/codec/tlv.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

constexpr std::uint16_t kNoId = 65535;
constexpr std::size_t kReserveAtMost = 32;  // a payload must not make us reserve more than it holds

struct Tlv {
  TlvKind kind{};
  std::uint16_t id = 0;
  ByteView value;
  std::size_t offset = 0;  // of its type byte in the payload
};

// The depth of the path that an entry of this kind stands for (LwM2M Core 7.4.3, table "TLV format and description").
std::size_t depthOf(TlvKind kind) {
  switch (kind) {
    case TlvKind::objectInstance: return 2;
    case TlvKind::multipleResource:
    case TlvKind::resource: return 3;
    case TlvKind::resourceInstance: return 4;
  }
  return 0;
}

tl::unexpected<Error> broken(std::string message, std::size_t offset) {
  return fail(Errc::malformed, std::move(message), "byte " + std::to_string(offset));
}

// One level of the tree: entries side by side.
class TlvLevel {
 public:
  TlvLevel(ByteView payload, ByteView part) : payload_(payload), rest_(part) {}

  bool atEnd() const { return rest_.empty(); }
  Result<Tlv> next() {
    Tlv tlv;
    tlv.offset = static_cast<std::size_t>(rest_.data() - payload_.data());
    const std::uint8_t type = rest_[0];
    tlv.kind = static_cast<TlvKind>(type >> 6);
    const std::size_t idBytes = (type & 0x20U) != 0 ? 2 : 1;
    const std::size_t lengthBytes = type >> 3 & 3U;
    if (rest_.size() < 1 + idBytes + lengthBytes) return broken("the payload ends inside a TLV header", tlv.offset);
    tlv.id = static_cast<std::uint16_t>(number(1, idBytes));
    const std::size_t length = lengthBytes == 0 ? type & 7U : number(1 + idBytes, lengthBytes);
    rest_ = rest_.subspan(1 + idBytes + lengthBytes);
    if (rest_.size() < length) return broken("a TLV is longer than what is left", tlv.offset);
    tlv.value = rest_.first(length);
    rest_ = rest_.subspan(length);
    return tlv;
  }

 private:
  std::size_t number(std::size_t at, std::size_t count) const {
    std::size_t value = 0;
    for (const std::uint8_t byte : rest_.subspan(at, count)) value = value << 8 | byte;
    return value;
  }

  ByteView payload_;
  ByteView rest_;
};

class TlvDecoder {
 public:
  TlvDecoder(ByteView payload, const DecodeContext& context)
      : payload_(payload), base_(context.base), model_(context.model), types_(context.model) {}

  Result<Records> decode() {
    if (base_.isRoot()) return fail(Errc::malformed, "TLV names no objects", "/");
    records_.reserve(base_.depth() >= 3 ? 1 : std::min(kReserveAtMost, payload_.size() / 4));
    if (auto ok = top(); !ok) return tl::unexpected(std::move(ok.error()));
    if (records_.empty() && mustHaveValue()) return fail(Errc::malformed, "no value", base_.toString());
    return std::move(records_);
  }

 private:
  bool mustHaveValue() {
    if (base_.depth() < 3) return false;
    const ResourceDefinition* known = types_.definition(base_);
    return base_.depth() == 4 || (known != nullptr && !known->multiple);
  }

  Result<void> top() {
    if (payload_.empty()) return {};
    const auto first = TlvLevel(payload_, payload_).next();
    if (!first) return tl::unexpected(first.error());
    const std::size_t depth = depthOf(first->kind);
    const auto parent = parentOf(depth);
    if (!parent) return tl::unexpected(parent.error());
    return level(payload_, *parent, depth);
  }

  // What entries of this depth belong to, if nothing is wrapped around them.
  Result<Path> parentOf(std::size_t depth) const {
    if (base_.depth() + 1 >= depth) return base_.prefix(depth - 1);
    if (depth == 4) return broken("resource instances without their resource", 0);
    const ObjectDefinition* object = model_.object(base_.object());
    if (object != nullptr && object->multiple)
      return broken("resources of an object that may have several instances", 0);
    return base_.child(0);
  }

  Result<void> level(ByteView part, const Path& parent, std::size_t depth) {
    TlvLevel entries(payload_, part);
    int highest = -1;
    bool ascending = true;
    while (!entries.atEnd()) {
      const auto tlv = entries.next();
      if (!tlv) return tl::unexpected(tlv.error());
      if (depthOf(tlv->kind) != depth) return broken("a TLV of this kind does not belong here", tlv->offset);
      if (ascending && tlv->id <= highest) {
        ascending = false;
        if (auto ok = checkUnique(part); !ok) return ok;
      }
      highest = tlv->id;
      if (auto ok = entry(*tlv, parent); !ok) return ok;
    }
    return {};
  }

  Result<void> checkUnique(ByteView part) const {
    std::vector<std::uint16_t> ids;
    for (TlvLevel entries(payload_, part); !entries.atEnd();) {
      const auto tlv = entries.next();
      if (!tlv) return tl::unexpected(tlv.error());
      ids.push_back(tlv->id);
    }
    std::ranges::sort(ids);
    const auto twice = std::ranges::adjacent_find(ids);
    if (twice == ids.end()) return {};
    return broken("id " + std::to_string(*twice) + " twice", static_cast<std::size_t>(part.data() - payload_.data()));
  }

  Result<void> entry(const Tlv& tlv, const Path& parent) {
    if (tlv.id == kNoId) return broken("65535 is no id", tlv.offset);
    const Path path = parent.child(tlv.id);
    const bool leaf = tlv.kind == TlvKind::resource || tlv.kind == TlvKind::resourceInstance;
    if (!base_.contains(path) && (leaf || !path.contains(base_)))
      return broken(path.toString() + " was not asked for", tlv.offset);
    if (!leaf) return level(tlv.value, path, path.depth() + 1);
    auto value = decodeTlvValue(tlv.value, types_.of(path));
    if (!value) return broken(path.toString() + ": " + value.error().message, tlv.offset);
    records_.push_back({path, *std::move(value), std::nullopt});
    return {};
  }

  ByteView payload_;
  Path base_;
  const DeviceModel& model_;
  Types types_;
  Records records_;
};

}  // namespace

Result<Records> decodeTlv(ByteView payload, const DecodeContext& context) {
  return TlvDecoder(payload, context).decode();
}

}  // namespace isthmus::lwm2m
