#include "onem2m/codec/cbor_text.h"

#include "ipe/base/cbor_reader.h"
#include "ipe/base/cbor_writer.h"
#include "onem2m/codec/json_fields.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>

namespace isthmus::onem2m {
namespace {

using Kind = CborItem::Kind;
using rapidjson::Value;

constexpr unsigned kDeepest = 64;

void write(CborWriter& cbor, const Value& value) {
  if (value.IsObject()) {
    cbor.map(value.MemberCount());
    for (const auto& member : value.GetObject()) {
      cbor.text(textOf(member.name));
      write(cbor, member.value);
    }
  } else if (value.IsArray()) {
    cbor.array(value.Size());
    for (const Value& element : value.GetArray()) write(cbor, element);
  } else if (value.IsString()) {
    cbor.text(textOf(value));
  } else if (value.IsBool()) {
    cbor.boolean(value.GetBool());
  } else if (value.IsInt64()) {
    cbor.integer(value.GetInt64());
  } else if (value.IsUint64()) {
    cbor.unsignedInteger(value.GetUint64());
  } else if (value.IsDouble()) {
    cbor.real(value.GetDouble());
  } else {
    cbor.null();
  }
}

// Writes each item as it is read: nothing is kept, nothing is allocated for a length that is only announced.
class Transcoder {
 public:
  explicit Transcoder(std::string_view cbor) : reader_(view(cbor)) {}

  Result<std::string> run() {
    const auto item = reader_.next();
    if (!item) return tl::unexpected(item.error());
    if (auto done = value(*item, 0); !done) return tl::unexpected(done.error());
    if (!reader_.atEnd()) return reader_.broken("something follows the item");
    return std::string(buffer_.GetString(), buffer_.GetSize());
  }

 private:
  Result<void> value(const CborItem& item, unsigned depth) {
    switch (item.kind) {
      case Kind::unsignedInteger: writer_.Uint64(item.number); return {};
      case Kind::negativeInteger: return negative(item.number);
      case Kind::floating: return real(item.real);
      case Kind::boolean: writer_.Bool(item.flag); return {};
      case Kind::null: writer_.Null(); return {};
      case Kind::text: string(text(item.data)); return {};
      case Kind::bytes: string(toBase64(item.data)); return {};
      case Kind::array: return array(item, depth);
      case Kind::map: return map(item, depth);
      case Kind::tag: return tagged(depth);
      default: return reader_.broken("a break that ends nothing");
    }
  }

  void string(std::string_view words) { writer_.String(words.data(), static_cast<rapidjson::SizeType>(words.size())); }

  Result<void> negative(std::uint64_t number) {
    if (static_cast<std::int64_t>(number) >= 0)
      writer_.Int64(-1 - static_cast<std::int64_t>(number));
    else
      writer_.Double(-1.0 - static_cast<double>(number));
    return {};
  }

  Result<void> real(double number) {
    if (std::isfinite(number))
      writer_.Double(number);
    else
      writer_.Null();
    return {};
  }

  Result<void> tagged(unsigned depth) {
    if (depth == kDeepest) return reader_.broken("nested deeper than 64 levels");
    const auto item = reader_.next();
    if (!item) return tl::unexpected(item.error());
    return value(*item, depth + 1);
  }

  Result<void> array(const CborItem& item, unsigned depth) {
    if (depth == kDeepest) return reader_.broken("nested deeper than 64 levels");
    writer_.StartArray();
    for (std::uint64_t i = 0; item.indefinite || i < item.number; ++i) {
      const auto element = reader_.next();
      if (!element) return tl::unexpected(element.error());
      if (item.indefinite && element->kind == Kind::end) break;
      if (auto done = value(*element, depth + 1); !done) return done;
    }
    writer_.EndArray();
    return {};
  }

  Result<void> map(const CborItem& item, unsigned depth) {
    if (depth == kDeepest) return reader_.broken("nested deeper than 64 levels");
    writer_.StartObject();
    for (std::uint64_t i = 0; item.indefinite || i < item.number; ++i) {
      const auto key = reader_.next();
      if (!key) return tl::unexpected(key.error());
      if (item.indefinite && key->kind == Kind::end) break;
      if (key->kind != Kind::text) return reader_.broken("a key that is no text");
      string(text(key->data));
      const auto inner = reader_.next();
      if (!inner) return tl::unexpected(inner.error());
      if (auto done = value(*inner, depth + 1); !done) return done;
    }
    writer_.EndObject();
    return {};
  }

  CborReader reader_;
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace

Result<std::string> cborFromJson(std::string_view json) {
  rapidjson::Document document;
  if (auto parsed = parse(document, json); !parsed) return tl::unexpected(parsed.error());
  CborWriter cbor;
  write(cbor, document);
  return std::string(text(cbor.take()));
}

Result<std::string> jsonFromCbor(std::string_view cbor) { return Transcoder(cbor).run(); }

}  // namespace isthmus::onem2m
