// LwM2M JSON: {"bn":...,"e":[{"n":...,"v":...}],"bt":...} (LwM2M Core 1.0 6.4.4), which LwM2M 1.0 devices speak.
#include "lwm2m/codec/formats.h"
#include "lwm2m/codec/json_parser.h"
#include "lwm2m/codec/json_writer.h"
#include "lwm2m/codec/record_names.h"
#include "lwm2m/codec/record_times.h"
#include "lwm2m/codec/typed_value.h"

#include <array>
#include <cmath>
#include <variant>

namespace isthmus::lwm2m {
namespace {

constexpr unsigned kDeepest = 16;  // of what is nested inside a field that nobody knows

enum class Key : std::uint8_t { baseName, baseTime, entries, name, time, number, string, boolean, link, ignored };

struct Label {
  std::string_view text;
  Key key;
};

constexpr std::array<Label, 3> kRootLabels{{{"bn", Key::baseName}, {"bt", Key::baseTime}, {"e", Key::entries}}};
constexpr std::array<Label, 6> kEntryLabels{{{"n", Key::name},
                                             {"t", Key::time},
                                             {"v", Key::number},
                                             {"sv", Key::string},
                                             {"bv", Key::boolean},
                                             {"ov", Key::link}}};

template <std::size_t N>
Key keyOf(const std::array<Label, N>& labels, std::string_view text) {
  for (const Label& label : labels)
    if (label.text == text) return label.key;
  return Key::ignored;
}

using Scalar = std::variant<std::monostate, bool, Number, std::string_view>;

struct Entry {
  std::string name;
  double time = 0;
  Key kind = Key::ignored;  // of its value
  std::variant<std::monostate, bool, Number, std::string> value;
};

// Base name and base time may come after the entries, so that these are kept until the end.
struct Pack {
  std::string baseName;
  double baseTime = 0;
  std::vector<Entry> entries;
  bool hasEntries = false;
};

class Handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
 public:
  bool Null() { return scalar({}); }
  bool Bool(bool flag) { return scalar(flag); }
  bool String(const char* words, rapidjson::SizeType size, bool /*copy*/) {
    return scalar(std::string_view(words, size));
  }
  bool RawNumber(const char* words, rapidjson::SizeType size, bool /*copy*/) {
    const auto number = Number::parse({words, size});
    return number ? scalar(*number) : stop("a number beyond the range of a double");
  }

  bool StartObject() {
    if (level_ == Level::top && depth_ == 0) return enter();
    if (level_ == Level::entries && depth_ == 2) {
      level_ = Level::entry;
      pack.entries.emplace_back();
      seen_ = 0;
      return enter();
    }
    return nested();
  }
  bool EndObject(rapidjson::SizeType /*count*/) {
    --depth_;
    if (level_ != Level::entry || depth_ != 2) return true;
    level_ = Level::entries;
    if (pack.entries.back().kind != Key::ignored) return true;
    return stop("an entry without a value");
  }
  bool StartArray() {
    if (level_ != Level::top || depth_ != 1 || key_ != Key::entries) return nested();
    level_ = Level::entries;
    pack.hasEntries = true;
    return enter();
  }
  bool EndArray(rapidjson::SizeType /*count*/) {
    --depth_;
    if (level_ == Level::entries && depth_ == 1) level_ = Level::top;
    return true;
  }
  bool Key(const char* words, rapidjson::SizeType size, bool /*copy*/) {
    const std::string_view text(words, size);
    if (level_ == Level::top && depth_ == 1) return named(keyOf(kRootLabels, text), rootSeen_);
    if (level_ == Level::entry && depth_ == 3) return named(keyOf(kEntryLabels, text), seen_);
    return true;
  }

  Pack pack;
  std::optional<Error> error;

 private:
  enum class Level : std::uint8_t { top, entries, entry };

  bool enter() {
    ++depth_;
    return true;
  }
  bool nested() {
    const bool inside = (level_ == Level::top && depth_ >= 1) || (level_ == Level::entry && depth_ >= 3);
    if (!inside || key_ != lwm2m::Key::ignored) return stop("JSON is an object with an array \"e\" of flat objects");
    return depth_ < kDeepest ? enter() : stop("nested too deep");
  }
  bool named(lwm2m::Key key, std::uint16_t& seen) {
    key_ = key;
    if (key == lwm2m::Key::ignored) return true;
    const auto bit = static_cast<std::uint16_t>(1U << static_cast<unsigned>(key));
    if ((seen & bit) != 0) return stop("the same field twice");
    seen = static_cast<std::uint16_t>(seen | bit);
    return true;
  }

  bool scalar(const Scalar& scalar) {
    if (level_ == Level::top && depth_ == 1) return rootField(scalar);
    if (level_ == Level::entry && depth_ == 3) return entryField(scalar);
    const bool inside = depth_ > (level_ == Level::entry ? 3U : 1U) && level_ != Level::entries;
    return inside || stop("JSON is an object with an array \"e\" of flat objects");
  }
  bool rootField(const Scalar& scalar) {
    switch (key_) {
      case lwm2m::Key::baseName: return take(scalar, pack.baseName, "a name is text");
      case lwm2m::Key::baseTime: return takeTime(scalar, pack.baseTime);
      case lwm2m::Key::entries: return stop("\"e\" is an array");
      default: return true;
    }
  }
  bool entryField(const Scalar& scalar) {
    Entry& entry = pack.entries.back();
    switch (key_) {
      case lwm2m::Key::name: return take(scalar, entry.name, "a name is text");
      case lwm2m::Key::time: return takeTime(scalar, entry.time);
      case lwm2m::Key::ignored: return true;
      default: break;
    }
    if (entry.kind != lwm2m::Key::ignored) return stop("an entry with two values");
    entry.kind = key_;
    return value(scalar, entry);
  }
  bool value(const Scalar& scalar, Entry& entry) {
    if (key_ == lwm2m::Key::number) return take<Number>(scalar, entry.value, "v is a number");
    if (key_ == lwm2m::Key::boolean) return take<bool>(scalar, entry.value, "bv is true or false");
    std::string words;
    if (!take(scalar, words, "sv and ov are text")) return false;
    entry.value = std::move(words);
    return true;
  }

  template <class T, class Target>
  bool take(const Scalar& scalar, Target& target, const char* otherwise) {
    if (!std::holds_alternative<T>(scalar)) return stop(otherwise);
    target = std::get<T>(scalar);
    return true;
  }
  bool take(const Scalar& scalar, std::string& target, const char* otherwise) {
    return take<std::string_view>(scalar, target, otherwise);
  }
  bool takeTime(const Scalar& scalar, double& target) {
    if (!std::holds_alternative<Number>(scalar)) return stop("a time is a number");
    target = std::get<Number>(scalar).approximation;
    return true;
  }
  bool stop(std::string message) {
    const bool inEntry = level_ == Level::entry || (level_ == Level::entries && !pack.entries.empty());
    std::string pointer = inEntry ? "/e/" + std::to_string(pack.entries.size() - 1) : depth_ == 0 ? "byte 0" : "/";
    error = Error{Errc::malformed, std::move(message), std::move(pointer)};
    return false;
  }

  Level level_ = Level::top;
  unsigned depth_ = 0;
  lwm2m::Key key_ = lwm2m::Key::ignored;
  std::uint16_t rootSeen_ = 0;  // one bit per Key
  std::uint16_t seen_ = 0;
};

// What the entries mean for whom they come from.
class Resolver {
 public:
  Resolver(const Pack& pack, const DecodeContext& context)
      : pack_(pack), context_(context), types_(context.model), root_(rootOf(context.rootPath, context.prefix)) {}

  Result<Records> resolve() {
    Records records;
    records.reserve(pack_.entries.size());
    for (const Entry& entry : pack_.entries) {
      auto record = one(entry);
      if (!record) {
        const auto index = static_cast<std::size_t>(&entry - pack_.entries.data());
        return fail(Errc::malformed, std::move(record.error().message), "/e/" + std::to_string(index));
      }
      records.push_back(*std::move(record));
    }
    if (const Record* twice = duplicate(records)) return fail(Errc::malformed, "two values", twice->path.toString());
    if (!records.empty() || context_.base.depth() < 3) return records;
    const ResourceDefinition* known = types_.definition(context_.base);
    if (context_.base.depth() == 4 || (known != nullptr && !known->multiple))
      return fail(Errc::malformed, "no value", context_.base.toString());
    return records;
  }

 private:
  Result<Record> one(const Entry& entry) {
    const auto path = pathOf(entry.name);
    if (!path) return fail(Errc::malformed, "not a path: " + (pack_.baseName + entry.name).substr(0, 64));
    if (!context_.base.contains(*path)) return fail(Errc::malformed, path->toString() + " was not asked for");
    if (path->depth() < 3) return fail(Errc::malformed, "a value belongs to a resource, not to " + path->toString());
    const ResourceType type = types_.of(*path);
    Record record{*path, valueOf(entry, type), std::nullopt};
    if (record.value.index() == 0)
      return fail(Errc::malformed, path->toString() + ": the value does not fit type " + std::string(name(type)));
    // Negative: counted from now; 0: the device does not know; otherwise since 1970, however early.
    const double seconds = pack_.baseTime + entry.time;
    if (seconds == 0) return record;
    record.time = timeFrom(seconds, seconds < 0 ? context_.now : WallTime());
    if (!record.time) return fail(Errc::malformed, "a time beyond the year 9999");
    return record;
  }

  // Base name and name make one text, which may be cut anywhere; without a base name, the name goes on where the
  // request stopped. Some leave out the first slash.
  std::optional<Path> pathOf(const std::string& name) const {
    std::string full = pack_.baseName + name;
    if (pack_.baseName.empty() && !name.starts_with('/')) {
      const std::string above = context_.base.isRoot() ? "" : context_.base.toString();
      full = root_ + above + (name.empty() ? "" : "/" + name);
    }
    if (!full.starts_with('/')) full.insert(0, 1, '/');
    if (full.size() > 1 && full.ends_with('/')) full.pop_back();
    if (!full.starts_with(root_)) return std::nullopt;
    const auto path = Path::parse(std::string_view(full).substr(root_.size()));
    return path ? std::optional(*path) : std::nullopt;
  }

  static Value valueOf(const Entry& entry, ResourceType type) {
    if (const auto* number = std::get_if<Number>(&entry.value)) return typedNumber(*number, type);
    if (const auto* flag = std::get_if<bool>(&entry.value)) return typedBoolean(*flag, type);
    const auto& words = std::get<std::string>(entry.value);
    if (entry.kind == Key::link) return typedLink(words, type);
    if (type != ResourceType::opaque) return typedText(words, type);
    const auto bytes = fromBase64(words);
    return bytes ? typedBytes(*bytes, type) : Value();
  }

  const Pack& pack_;
  const DecodeContext& context_;
  Types types_;
  std::string root_;
};

struct ValueWriter {
  JsonWriter& json;

  bool operator()(std::monostate) const { return false; }
  bool operator()(const std::string& v) const { return json.put("sv", v), true; }
  bool operator()(std::int64_t v) const { return json.putNumber("v", std::to_string(v)), true; }
  bool operator()(std::uint64_t v) const { return json.putNumber("v", std::to_string(v)), true; }
  bool operator()(double v) const { return std::isfinite(v) && (json.putFloat("v", v), true); }
  bool operator()(bool v) const { return json.putBoolean("bv", v), true; }
  bool operator()(const Opaque& v) const { return json.put("sv", toBase64(v.bytes)), true; }
  bool operator()(const Time& v) const { return json.putNumber("v", std::to_string(v.seconds)), true; }
  bool operator()(const ObjectLink& v) const { return json.put("ov", v.toString()), true; }
  bool operator()(const CoreLink& v) const { return json.put("sv", v.text), true; }
};

}  // namespace

Result<Records> decodeJson(ByteView payload, const DecodeContext& context) {
  Handler handler;
  if (payload.empty()) return Resolver(handler.pack, context).resolve();
  if (auto ok = parseJson(payload, handler); !ok) return tl::unexpected(std::move(ok.error()));
  if (!handler.pack.hasEntries) return fail(Errc::malformed, "no array \"e\"", "/");
  return Resolver(handler.pack, context).resolve();
}

Result<Bytes> encodeJson(std::span<const Record> records, const EncodeContext& context) {
  if (const Record* twice = duplicate(records))
    return fail(Errc::unsupported, "two values for one path", twice->path.toString());
  const RecordNames names = namesOf(records, context);
  const auto baseTime = sharedTime(records);
  JsonWriter json;
  json.startObject();
  json.put("bn", names.base);
  json.key("e");
  json.startArray();
  for (const Record& record : records) {
    if (record.time && *record.time <= WallTime())
      return fail(Errc::unsupported, "JSON has no times before 1970", record.path.toString());
    json.startObject();
    if (const std::string name = names.name(record); !name.empty()) json.put("n", name);
    if (!std::visit(ValueWriter{json}, record.value))
      return fail(Errc::unsupported, "JSON has no such value", record.path.toString());
    if (!baseTime && record.time) json.putNumber("t", decimalSeconds(*record.time));
    json.endObject();
  }
  json.endArray();
  if (baseTime) json.putNumber("bt", decimalSeconds(*baseTime));
  json.endObject();
  return json.take();
}

}  // namespace isthmus::lwm2m
