// LwM2M CBOR: maps from ids, or from arrays of ids, to maps or values (LwM2M Core 7.4.7, 1.2).
#include "ipe/base/cbor_writer.h"
#include "lwm2m/codec/cbor_value.h"
#include "lwm2m/codec/prefix_splitter.h"
#include "lwm2m/codec/record_groups.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

using Kind = CborItem::Kind;

constexpr std::size_t kMaxDepth = 4;
constexpr std::uint64_t kNoId = 65535;
constexpr std::size_t kReserveAtMost = 32;  // a payload must not make us reserve more than it holds

class Lwm2mCborDecoder {
 public:
  Lwm2mCborDecoder(ByteView payload, const DecodeContext& context, PrefixSplitter* splitter)
      : reader_(payload), context_(context), splitter_(splitter), plain_{"", Types(context.model), {}} {
    plain_.records.reserve(context.base.depth() >= 3 ? 1 : std::min(kReserveAtMost, payload.size() / 4));
  }

  Result<Records> decode() {
    const auto top = reader_.next();
    if (!top) return tl::unexpected(top.error());
    if (top->kind != Kind::map) return reader_.broken("LwM2M CBOR is a map");
    if (auto ok = map(*top, {}); !ok) return tl::unexpected(std::move(ok.error()));
    if (!reader_.atEnd()) return reader_.broken("something follows the map");
    return std::move(plain_.records);
  }

 private:
  // Where an entry stands: below which end device of a gateway, if any, and where there.
  struct Place {
    Path path;
    PrefixSplitter::Part* part = nullptr;
    bool prefixed = false;
  };

  Result<void> map(const CborItem& map, const Place& parent) {
    for (std::uint64_t i = 0; map.indefinite || i < map.number; ++i) {
      const auto key = reader_.next();
      if (!key) return tl::unexpected(key.error());
      if (map.indefinite && key->kind == Kind::end) break;
      const auto place = placeOf(*key, parent);
      if (!place) return tl::unexpected(place.error());
      if (auto ok = entry(*place); !ok) return ok;
    }
    return {};
  }

  Result<Place> placeOf(const CborItem& key, const Place& parent) {
    Place place = parent;
    if (key.kind != Kind::array) return step(key, place) ? Result<Place>(place) : tl::unexpected(error_);
    if (!key.indefinite && key.number == 0) return reader_.broken("a path without ids");
    bool empty = true;
    for (std::uint64_t i = 0; key.indefinite || i < key.number; ++i) {
      const auto item = reader_.next();
      if (!item) return tl::unexpected(item.error());
      if (key.indefinite && item->kind == Kind::end) break;
      if (!step(*item, place)) return tl::unexpected(error_);
      empty = false;
    }
    return empty ? Result<Place>(reader_.broken("a path without ids")) : Result<Place>(place);
  }

  // One element of a path: an id, or before all ids the prefix of an end device.
  bool step(const CborItem& item, Place& place) {
    if (item.kind == Kind::text) return enter(text(item.data), place);
    if (item.kind != Kind::unsignedInteger || item.number >= kNoId) return stop("an id is a number from 0 to 65534");
    if (place.path.depth() == kMaxDepth) return stop("a path of more than four levels");
    place.path = place.path.child(static_cast<std::uint16_t>(item.number));
    return true;
  }

  bool enter(std::string_view prefix, Place& place) {
    if (place.prefixed || !place.path.isRoot()) return stop("a prefix stands before all ids, once");
    place.prefixed = true;
    if (splitter_ != nullptr) {
      place.part = splitter_->part(prefix);
      return place.part != nullptr || stop("a prefix that is none");
    }
    if (context_.prefix.empty()) return stop("text for an id");
    return prefix == context_.prefix || stop("the prefix of another device");
  }

  Result<void> entry(const Place& place) {
    const auto item = reader_.next();
    if (!item) return tl::unexpected(item.error());
    const Path& path = place.path;
    if (!context_.base.contains(path) && !(path.depth() < 3 && path.contains(context_.base)))
      return reader_.broken(path.toString() + " was not asked for");
    if (item->kind == Kind::map) {
      if (path.depth() == kMaxDepth) return reader_.broken("a path of more than four levels");
      return map(*item, place);
    }
    if (!context_.prefix.empty() && !place.prefixed) return reader_.broken("a path without the device's prefix");
    if (path.depth() < 3) {
      if (item->kind == Kind::null) return {};
      return reader_.broken("a value belongs to a resource, not to " + path.toString());
    }
    PrefixSplitter::Part* part = partOf(place);
    if (part == nullptr) return reader_.broken("more end devices than one payload may name");
    auto value = readCborValue(reader_, *item, part->types.of(path));
    if (!value) return fail(Errc::malformed, path.toString() + ": " + value.error().message, value.error().where);
    part->records.push_back({path, *std::move(value), std::nullopt});
    return {};
  }

  // Null: one more than a payload may name.
  PrefixSplitter::Part* partOf(const Place& place) {
    if (splitter_ == nullptr) return &plain_;
    return place.part != nullptr ? place.part : splitter_->part("");
  }

  bool stop(std::string message) {
    error_ = reader_.broken(std::move(message)).value();
    return false;
  }

  CborReader reader_;
  const DecodeContext& context_;
  PrefixSplitter* splitter_;
  PrefixSplitter::Part plain_;
  Error error_;
};

class Lwm2mCborEncoder {
 public:
  explicit Lwm2mCborEncoder(std::string_view prefix) : prefix_(prefix) {}

  // At the top, each key is as long as what its values share.
  Result<Bytes> encode(RecordGroup records) {
    std::size_t count = 0;
    const auto ok = eachGroup(records, 0, [&](std::uint16_t, RecordGroup same) {
      ++count;
      const std::size_t depth = sharedDepth(same);
      key(same[0]->path, depth);
      return node(same, depth);
    });
    if (!ok) return tl::unexpected(ok.error());
    cbor_.mapAround(0, count);
    return cbor_.take();
  }

 private:
  static std::size_t sharedDepth(RecordGroup group) {
    const Path& first = group[0]->path;
    std::size_t depth = first.depth();
    for (const Record* record : group)
      while (!first.prefix(depth).contains(record->path)) --depth;
    return depth;
  }

  void key(const Path& path, std::size_t depth) {
    const std::size_t length = depth + (prefix_.empty() ? 0 : 1);
    if (length > 1) cbor_.array(length);
    if (!prefix_.empty()) cbor_.text(prefix_);
    for (std::size_t level = 0; level < depth; ++level) cbor_.unsignedInteger(path.id(level));
  }

  // Records that share their first `depth` ids: a value, or the map of what is below.
  Result<void> node(RecordGroup group, std::size_t depth) {
    if (group[0]->path.depth() == depth) {
      if (group.size() != 1) {
        const bool twice = std::ranges::all_of(group, [&](const auto* one) { return one->path.depth() == depth; });
        return fail(Errc::unsupported, twice ? "two values for one path" : "a value and instances of one resource");
      }
      writeCborValue(cbor_, group[0]->value);
      return {};
    }
    std::size_t count = 0;
    const std::size_t at = cbor_.size();
    auto ok = eachGroup(group, depth, [&](std::uint16_t id, RecordGroup same) {
      ++count;
      cbor_.unsignedInteger(id);
      return node(same, depth + 1);
    });
    if (ok) cbor_.mapAround(at, count);
    return ok;
  }

  std::string_view prefix_;
  CborWriter cbor_;
};

}  // namespace

Result<Records> decodeLwm2mCbor(ByteView payload, const DecodeContext& context, PrefixSplitter* splitter) {
  if (payload.empty()) return Records();
  auto records = Lwm2mCborDecoder(payload, context, splitter).decode();
  if (records)
    if (const Record* twice = duplicate(*records)) return fail(Errc::malformed, "two values", twice->path.toString());
  return records;
}

Result<Bytes> encodeLwm2mCbor(std::span<const Record> records, const EncodeContext& context) {
  for (const Record& record : records)
    if (record.time) return fail(Errc::unsupported, "LwM2M CBOR holds no times", record.path.toString());
  auto pointers = pointersTo(records);
  return Lwm2mCborEncoder(context.prefix).encode(pointers);
}

}  // namespace isthmus::lwm2m
