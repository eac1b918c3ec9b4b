#include "ipe/proxy/value_json.h"

#include "ipe/proxy/json_writer.h"
#include "lwm2m/model/number.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace isthmus::proxy {
namespace {

using json::Kind;
using json::Node;
using lwm2m::Path;
using lwm2m::Record;
using lwm2m::ResourceType;
using lwm2m::Value;

constexpr std::size_t kInstanceOfResource = 4;  // depth of paths
constexpr std::size_t kResource = 3;

tl::unexpected<Error> bad(const Node& at, std::string message) {
  return fail(Errc::malformed, std::move(message), at.pointer());
}

tl::unexpected<Error> mustBe(const Node& at, ResourceType type, std::string_view shape) {
  return bad(at, "must be " + std::string(shape) + ": the resource is of type " + std::string(lwm2m::name(type)) +
                     ", and this is " + std::string(json::name(at.kind())));
}

Result<Value> numberFrom(const Node& node, ResourceType type) {
  const std::optional<lwm2m::Number> number = lwm2m::Number::parse(node.text());
  if (!number) return bad(node, std::string(node.text()) + " is beyond the range of a double");
  std::optional<Value> value;
  const auto take = [&value](auto exact) {
    if (exact) value = *exact;
  };
  if (type == ResourceType::integer || (type == ResourceType::none && number->plain)) take(number->asSigned());
  if (type == ResourceType::unsignedInteger || (type == ResourceType::none && number->plain && !value))
    take(number->asUnsigned());
  if (type == ResourceType::floating || (type == ResourceType::none && !value)) take(number->asDouble());
  if (type == ResourceType::time) {
    if (const auto exact = number->asSigned()) value = lwm2m::Time{*exact};
  }
  if (value) return *std::move(value);
  return bad(node, std::string(node.text()) + " is no exact " + std::string(lwm2m::name(type)));
}

std::optional<Value> unusualNumber(std::string_view text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

Result<Value> timeFrom(const Node& node) {
  const std::optional<WallTime> time = parseIso8601(node.text());
  if (!time) return bad(node, "must be seconds since 1970, or a time like \"2026-11-22T10:12:26Z\"");
  const auto whole = std::chrono::floor<seconds>(*time);
  if (whole != *time) return bad(node, "the resource holds whole seconds only");
  return lwm2m::Time{whole.time_since_epoch().count()};
}

Result<Value> textFrom(const Node& node, ResourceType type) {
  const std::string text(node.text());
  switch (type) {
    case ResourceType::none:
    case ResourceType::string: return text;
    case ResourceType::coreLink: return lwm2m::CoreLink{text};
    case ResourceType::time: return timeFrom(node);
    case ResourceType::floating:
      if (std::optional<Value> value = unusualNumber(text)) return *value;
      return mustBe(node, type, "a number");
    case ResourceType::opaque: {
      Result<Bytes> bytes = fromBase64(text);
      if (!bytes) return bad(node, "must be base64: " + bytes.error().text());
      return lwm2m::Opaque{std::move(*bytes)};
    }
    case ResourceType::objectLink: {
      const auto link = lwm2m::ObjectLink::parse(text);
      if (!link) return bad(node, "must be an object link like \"3303:0\"");
      return *link;
    }
    case ResourceType::boolean: return mustBe(node, type, "true or false");
    case ResourceType::integer:
    case ResourceType::unsignedInteger: break;
  }
  return mustBe(node, type, "a whole number");
}

bool takesNumbers(ResourceType type) {
  return type == ResourceType::none || type == ResourceType::integer || type == ResourceType::unsignedInteger ||
         type == ResourceType::floating || type == ResourceType::time;
}

// Walks down from the path that the whole text is about to its leaves.
class RecordReader {
 public:
  RecordReader(const lwm2m::DeviceModel& model, std::vector<Record>& out) : model_(model), out_(out) {}

  Result<void> read(const Node& node, const Path& path) {
    if (path.depth() == kInstanceOfResource) return leaf(node, path);
    if (path.depth() < kResource) return below(node, path);
    const lwm2m::ResourceDefinition* known = model_.resource(path.object(), path.resource());
    if (node.is(Kind::object)) {
      if (known == nullptr || known->multiple) return below(node, path);
      return bad(node, path.toString() + " has one value only: give it without {}");
    }
    if (known != nullptr && known->multiple)
      return bad(node, path.toString() + R"( has several values: name its instances, {"0": ...})");
    return leaf(node, path);
  }

 private:
  Result<void> below(const Node& node, const Path& path) {
    if (!node.is(Kind::object))
      return bad(node,
                 path.toString() + " needs an object of what is below it, not " + std::string(json::name(node.kind())));
    for (const Node& member : node.children()) {
      const Result<Path> child = childOf(member, path);
      if (!child) return tl::unexpected(child.error());
      if (Result<void> done = read(member, *child); !done) return done;
    }
    return {};
  }

  static Result<Path> childOf(const Node& member, const Path& path) {
    const std::string key(member.key());
    const bool whole = key.starts_with('/');
    Result<Path> child = Path::parse(whole ? key : (path.isRoot() ? "" : path.toString()) + "/" + key);
    const bool fits = child && path.contains(*child) && child->depth() > path.depth() &&
                      (whole || child->depth() == path.depth() + 1);
    if (!fits) return bad(member, "\"" + key + "\" is no id below " + path.toString());
    return child;
  }

  Result<void> leaf(const Node& node, const Path& path) {
    if (node.is(Kind::null)) {
      if (path.depth() != kInstanceOfResource) return bad(node, "only a resource instance can be null");
      out_.push_back({path, {}, {}});
      return {};
    }
    const lwm2m::ResourceDefinition* known = model_.resource(path.object(), path.resource());
    Result<Value> value = valueFromJson(node, known != nullptr ? known->type : ResourceType::none);
    if (!value) return tl::unexpected(value.error());
    out_.push_back({path, std::move(*value), {}});
    return {};
  }

  const lwm2m::DeviceModel& model_;
  std::vector<Record>& out_;
};

using Records = std::vector<const Record*>;

// The records as a tree; sorted by path, and of one path the newest last.
class TreeWriter {
 public:
  TreeWriter(JsonWriter& writer, const Records& sorted) : writer_(writer), sorted_(sorted) {}

  void write(std::size_t begin, std::size_t end, std::size_t depth) {
    if (begin < end && sorted_[end - 1]->path.depth() == depth) return writer_.value(sorted_[end - 1]->value);
    writer_.object([&] {
      for (std::size_t at = begin; at < end;) {
        const std::size_t next = siblingsEnd(at, end, depth);
        if (sorted_[at]->path.depth() > depth) {
          writer_.key(std::to_string(sorted_[at]->path.id(depth)));
          write(at, next, depth + 1);
        }
        at = next;
      }
    });
  }

 private:
  std::size_t siblingsEnd(std::size_t at, std::size_t end, std::size_t depth) const {
    const Path common = sorted_[at]->path.prefix(depth + 1);
    while (at < end && sorted_[at]->path.prefix(depth + 1) == common) ++at;
    return at;
  }

  JsonWriter& writer_;
  const Records& sorted_;
};

Records sortedByPath(std::span<const Record> records, const Path& path) {
  Records sorted;
  sorted.reserve(records.size());
  for (const Record& record : records)
    if (path.contains(record.path)) sorted.push_back(&record);
  std::ranges::stable_sort(sorted, [](const Record* a, const Record* b) {
    for (std::size_t level = 0; level < std::min(a->path.depth(), b->path.depth()); ++level)
      if (a->path.id(level) != b->path.id(level)) return a->path.id(level) < b->path.id(level);
    if (a->path.depth() != b->path.depth()) return a->path.depth() < b->path.depth();
    return a->time.value_or(WallTime::max()) < b->time.value_or(WallTime::max());
  });
  return sorted;
}

void writeTree(JsonWriter& writer, std::span<const Record> records, const Path& path) {
  const Records sorted = sortedByPath(records, path);
  TreeWriter(writer, sorted).write(0, sorted.size(), path.depth());
}

// Whether one tree and one time tell less than the records do.
bool needsRecords(std::span<const Record> records) {
  if (records.size() < 2) return false;
  const Records sorted = sortedByPath(records, {});
  const bool twice = std::ranges::adjacent_find(sorted, {}, &Record::path) != sorted.end();
  return twice || std::ranges::any_of(records, [](const Record& record) { return record.time.has_value(); });
}

void writeRead(JsonWriter& writer, const Path& path, std::span<const Record> records, WallTime answered) {
  writer.object([&] {
    writer.text("path", path.toString());
    writer.key("value");
    writeTree(writer, records, path);
    std::optional<WallTime> newest;
    for (const Record& record : records) newest = std::max(newest, record.time);
    writer.text("time", toIso8601(newest.value_or(answered)));
    if (!needsRecords(records)) return;
    writer.array("records", records, [&](const Record& record) {
      writer.object([&] {
        writer.text("path", record.path.toString());
        writer.key("value");
        writer.value(record.value);
        writer.text("time", toIso8601(record.time.value_or(answered)));
      });
    });
  });
}

void writeLinks(JsonWriter& writer, const Path& path, std::span<const lwm2m::Link> links) {
  writer.object([&] {
    writer.text("path", path.toString());
    writer.array("links", links, [&](const lwm2m::Link& link) {
      writer.object([&] {
        writer.text("target", link.target);
        writer.key("attributes");
        writer.object([&] {
          for (const lwm2m::LinkAttribute& attribute : link.attributes) {
            writer.key(attribute.name);
            attribute.value ? writer.string(*attribute.value) : writer.boolean(true);
          }
        });
      });
    });
  });
}

// What all paths of a composite operation have in common.
Path commonPath(std::span<const Path> paths) {
  Path common = paths.empty() ? Path() : paths.front();
  for (const Path& path : paths)
    while (!common.contains(path)) common = common.prefix(common.depth() - 1);
  return common;
}

}  // namespace

Result<Node> rootOf(const json::Document& document) {
  if (document.faults().empty()) return document.root();
  const Error& fault = document.faults().front();
  return fail(Errc::malformed, fault.message, fault.where);
}

Result<Value> valueFromJson(const Node& node, ResourceType type) {
  switch (node.kind()) {
    case Kind::boolean:
      if (type == ResourceType::boolean || type == ResourceType::none) return node.text() == "true";
      break;
    case Kind::number:
      if (takesNumbers(type)) return numberFrom(node, type);
      break;
    case Kind::string: return textFrom(node, type);
    default: return bad(node, "must be one value, not " + std::string(json::name(node.kind())));
  }
  if (type == ResourceType::boolean) return mustBe(node, type, "true or false");
  return mustBe(node, type, takesNumbers(type) ? "a number" : "a string");
}

Result<std::vector<Record>> recordsFromJson(const Node& value, const Path& path, const lwm2m::DeviceModel& model) {
  std::vector<Record> records;
  if (Result<void> done = RecordReader(model, records).read(value, path); !done) return tl::unexpected(done.error());
  return records;
}

Result<std::vector<Record>> recordsFromJson(std::string_view text, const Path& path, const lwm2m::DeviceModel& model) {
  const json::Document document(text, "value");
  const Result<Node> root = rootOf(document);
  if (!root) return tl::unexpected(root.error());
  return recordsFromJson(*root, path, model);
}

std::string valueToJson(const Value& value) {
  JsonWriter writer;
  writer.value(value);
  return writer.take();
}

std::string recordsToJson(std::span<const Record> records, const Path& path) {
  JsonWriter writer;
  writeTree(writer, records, path);
  return writer.take();
}

std::string outcomeToJson(const lwm2m::DeviceOperation& operation, const lwm2m::OperationOutcome& outcome,
                          WallTime answered) {
  using lwm2m::OperationKind;
  if (!outcome.code.isSuccess()) return {};
  JsonWriter writer;
  const Path path = commonPath(operation.paths);
  switch (operation.kind) {
    case OperationKind::read:
    case OperationKind::observe:
    case OperationKind::readComposite:
    case OperationKind::observeComposite: writeRead(writer, path, outcome.records, answered); break;
    case OperationKind::discover: writeLinks(writer, path, outcome.links); break;
    case OperationKind::create:
      if (outcome.created) writer.object([&] { writer.text("path", outcome.created->toString()); });
      break;
    default: break;
  }
  return writer.take();
}

}  // namespace isthmus::proxy
