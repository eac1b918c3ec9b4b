#include "ipe/proxy/operation_json.h"

#include "ipe/proxy/json_writer.h"
#include "lwm2m/model/number.h"

#include <algorithm>
#include <array>
#include <limits>

namespace isthmus::proxy {
namespace {

using json::Kind;
using json::Node;
using lwm2m::DeviceOperation;
using lwm2m::NotificationAttributes;
using lwm2m::OperationKind;
using lwm2m::Path;
using lwm2m::Record;
using lwm2m::ResourceType;

// In the order of OperationKind.
constexpr std::array<std::string_view, 13> kKinds = {
    "read",    "discover", "write",          "write-attributes", "execute",           "create",          "delete",
    "observe", "cancel",   "read-composite", "write-composite",  "observe-composite", "cancel-composite"};

constexpr std::array<std::string_view, 12> kKeys = {"op",         "path",  "paths", "value",  "records", "mode",
                                                    "attributes", "unset", "depth", "format", "passive", "arguments"};

constexpr ResourceType kLastType = ResourceType::coreLink;

bool writes(OperationKind kind) {
  return kind == OperationKind::write || kind == OperationKind::create || kind == OperationKind::writeComposite;
}

bool isComposite(OperationKind kind) { return kind >= OperationKind::readComposite; }

tl::unexpected<Error> bad(const Node& at, std::string message) {
  return fail(Errc::malformed, std::move(message), at.pointer());
}

Result<std::uint32_t> wholeNumber(const Node& node, std::uint32_t most) {
  if (node.is(Kind::number)) {
    const auto number = lwm2m::Number::parse(node.text());
    const auto whole = number ? number->asUnsigned() : std::nullopt;
    if (whole && *whole <= most) return static_cast<std::uint32_t>(*whole);
  }
  return bad(node, "must be a whole number from 0 to " + std::to_string(most));
}

Result<double> decimal(const Node& node) {
  const auto number = node.is(Kind::number) ? lwm2m::Number::parse(node.text()) : std::nullopt;
  if (!number) return bad(node, "must be a number");
  return number->approximation;
}

Result<bool> yesOrNo(const Node& node) {
  if (node.is(Kind::boolean)) return node.text() == "true";
  return bad(node, "must be true or false");
}

Result<std::string> textOf(const Node& node) {
  if (node.is(Kind::string)) return std::string(node.text());
  return bad(node, "must be a string");
}

Result<Path> pathOf(const Node& node) {
  const Result<std::string> text = textOf(node);
  if (!text) return tl::unexpected(text.error());
  const Result<Path> path = Path::parse(*text);
  if (!path) return bad(node, path.error().message);
  return *path;
}

template <class Value, class From>
Result<void> take(const Result<From>& from, Value& to) {
  if (!from) return tl::unexpected(from.error());
  to = *from;
  return {};
}

constexpr std::uint32_t kLongest = std::numeric_limits<std::uint32_t>::max();

// One row an attribute, both ways. Core 7.3.2
struct AttributeRow {
  std::string_view name;
  std::optional<std::uint32_t> NotificationAttributes::* whole = nullptr;
  std::optional<double> NotificationAttributes::* fraction = nullptr;
  std::optional<bool> NotificationAttributes::* flag = nullptr;

  Result<void> read(const Node& node, NotificationAttributes& to) const {
    if (whole != nullptr) return take(wholeNumber(node, kLongest), to.*whole);
    if (fraction != nullptr) return take(decimal(node), to.*fraction);
    return take(yesOrNo(node), to.*flag);
  }
  void write(JsonWriter& json, const NotificationAttributes& from) const {
    if (whole != nullptr && from.*whole) json.number(name, std::to_string(*(from.*whole)));
    if (fraction != nullptr && from.*fraction) json.number(name, lwm2m::toDecimal(*(from.*fraction)));
    if (flag == nullptr || !(from.*flag)) return;
    json.key(name);
    json.boolean(*(from.*flag));
  }
};

constexpr std::array<AttributeRow, 10> kAttributes = {{{"pmin", &NotificationAttributes::pmin},
                                                       {"pmax", &NotificationAttributes::pmax},
                                                       {"epmin", &NotificationAttributes::epmin},
                                                       {"epmax", &NotificationAttributes::epmax},
                                                       {"gt", nullptr, &NotificationAttributes::gt},
                                                       {"lt", nullptr, &NotificationAttributes::lt},
                                                       {"st", nullptr, &NotificationAttributes::st},
                                                       {"edge", nullptr, nullptr, &NotificationAttributes::edge},
                                                       {"con", nullptr, nullptr, &NotificationAttributes::con},
                                                       {"hqmax", &NotificationAttributes::hqmax}}};

class OperationReader {
 public:
  OperationReader(const Node& root, const lwm2m::DeviceModel& model, std::span<const std::string_view> beside)
      : root_(root), model_(model), beside_(beside) {}

  Result<DeviceOperation> read() {
    if (!root_.is(Kind::object)) return bad(root_, R"(must be an object: {"op": ..., "path": ...})");
    for (const auto step :
         {&OperationReader::keys, &OperationReader::kind, &OperationReader::paths, &OperationReader::values,
          &OperationReader::details, &OperationReader::attributes, &OperationReader::about}) {
      if (Result<void> done = (this->*step)(); !done) return tl::unexpected(done.error());
    }
    return std::move(result_);
  }

 private:
  Result<void> keys() {
    for (const Node& member : root_.children()) {
      const bool known = std::ranges::find(kKeys, member.key()) != kKeys.end() ||
                         std::ranges::find(beside_, member.key()) != beside_.end();
      if (!known) return bad(member, "unknown key: " + json::suggestion(member.key(), kKeys));
    }
    return {};
  }

  Result<void> kind() {
    const std::optional<Node> op = root_.member("op");
    if (!op) return bad(root_, R"("op" is missing: )" + json::alternatives(kKinds));
    const auto found = std::ranges::find(kKinds, op->is(Kind::string) ? op->text() : std::string_view());
    if (found == kKinds.end()) return bad(*op, "no such operation: " + json::suggestion(op->text(), kKinds));
    result_.kind = static_cast<OperationKind>(found - kKinds.begin());
    return {};
  }

  Result<void> paths() {
    if (const auto one = root_.member("path")) {
      const Result<Path> path = pathOf(*one);
      if (!path) return tl::unexpected(path.error());
      result_.paths.push_back(*path);
    }
    if (const auto several = root_.member("paths")) {
      if (!several->is(Kind::array)) return bad(*several, "must be an array of paths");
      for (const Node& item : several->children()) {
        const Result<Path> path = pathOf(item);
        if (!path) return tl::unexpected(path.error());
        result_.paths.push_back(*path);
      }
    }
    if (isComposite(result_.kind) || result_.paths.size() == 1) return {};
    return bad(root_, "\"" + std::string(name(result_.kind)) + "\" needs exactly one path");
  }

  Result<void> values() {
    const auto value = root_.member("value");
    const auto records = root_.member("records");
    if (!writes(result_.kind)) {
      if (value && result_.kind == OperationKind::execute) return take(textOf(*value), result_.arguments);
      if (value || records) return bad(value ? *value : *records, "only write and create take values");
    } else if (records) {
      return typedRecords(*records);
    } else if (value) {
      Result<std::vector<Record>> read = recordsFromJson(*value, basePath(), model_);
      if (!read) return tl::unexpected(read.error());
      result_.records = std::move(*read);
    } else {
      return bad(root_, R"("value" is missing)");
    }
    return {};
  }

  // What the value is about. An instance without an id has its resources below instance 0 until the device gives it
  // one.
  Path basePath() const {
    if (result_.kind == OperationKind::writeComposite) return {};
    const Path& path = result_.paths.front();
    return result_.kind == OperationKind::create && path.depth() == 1 ? path.child(0) : path;
  }

  // A composite write is about what it writes.
  Result<void> about() {
    if (result_.kind == OperationKind::writeComposite && result_.paths.empty())
      for (const Record& record : result_.records) result_.paths.push_back(record.path);
    if (result_.paths.empty()) return bad(root_, R"("paths" is missing)");
    return {};
  }

  Result<void> typedRecords(const Node& list) {
    if (!list.is(Kind::array)) return bad(list, "must be an array of records");
    for (const Node& item : list.children()) {
      Result<Record> record = typedRecord(item);
      if (!record) return tl::unexpected(record.error());
      result_.records.push_back(std::move(*record));
    }
    return {};
  }

  static Result<Record> typedRecord(const Node& item) {
    const auto path = item.member("path"), type = item.member("type"), value = item.member("value"),
               time = item.member("time");
    if (!path || !type || !value) return bad(item, R"(a record needs "path", "type" and "value")");
    const Result<Path> where = pathOf(*path);
    if (!where) return tl::unexpected(where.error());
    const std::optional<ResourceType> known = typeNamed(type->text());
    if (!known) return bad(*type, "no such type");
    Record record{*where, {}, {}};
    if (!value->is(Kind::null)) {
      Result<lwm2m::Value> read = valueFromJson(*value, *known);
      if (!read) return tl::unexpected(read.error());
      record.value = std::move(*read);
    }
    if (time) record.time = parseIso8601(time->text());
    if (time && !record.time) return bad(*time, "must be a time like \"2026-11-22T10:12:26Z\"");
    return record;
  }

  static std::optional<ResourceType> typeNamed(std::string_view word) {
    for (auto type = 0U; type <= static_cast<unsigned>(kLastType); ++type)
      if (lwm2m::name(static_cast<ResourceType>(type)) == word) return static_cast<ResourceType>(type);
    return std::nullopt;
  }

  Result<void> details() {
    Result<void> done;
    if (const auto mode = root_.member("mode")) {
      if (mode->text() != "replace" && mode->text() != "update") return bad(*mode, R"(must be "replace" or "update")");
      result_.writeMode = mode->text() == "update" ? lwm2m::WriteMode::update : lwm2m::WriteMode::replace;
    }
    if (const auto passive = root_.member("passive")) {
      bool yes = false;
      if (done = take(yesOrNo(*passive), yes); !done) return done;
      result_.cancelMode = yes ? lwm2m::CancelMode::passive : lwm2m::CancelMode::active;
    }
    if (const auto arguments = root_.member("arguments"))
      if (done = take(textOf(*arguments), result_.arguments); !done) return done;
    if (const auto depth = root_.member("depth")) {
      const Result<std::uint32_t> levels = wholeNumber(*depth, 3);
      if (!levels) return tl::unexpected(levels.error());
      result_.depth = static_cast<std::uint8_t>(*levels);
    }
    if (const auto format = root_.member("format")) {
      const Result<std::uint32_t> number = wholeNumber(*format, 65535);
      if (!number) return tl::unexpected(number.error());
      result_.format = static_cast<lwm2m::ContentFormat>(*number);
    }
    return {};
  }

  Result<void> attributes() {
    if (const auto unset = root_.member("unset")) {
      if (!unset->is(Kind::array)) return bad(*unset, "must be an array of attribute names");
      for (const Node& item : unset->children()) {
        if (findAttribute(item.text()) == nullptr) return bad(item, "no such attribute");
        result_.unset.emplace_back(item.text());
      }
    }
    const auto given = root_.member("attributes");
    if (!given) return {};
    if (!given->is(Kind::object)) return bad(*given, "must be an object of attributes");
    for (const Node& member : given->children()) {
      const AttributeRow* row = findAttribute(member.key());
      if (row == nullptr) return bad(member, "no such attribute");
      if (Result<void> done = row->read(member, result_.attributes); !done) return done;
    }
    return fitting(*given);
  }

  // What the device would refuse, before it is asked. Core 7.3.2
  Result<void> fitting(const Node& given) const {
    if (result_.kind != OperationKind::writeAttributes && result_.kind != OperationKind::observe) return {};
    std::vector<Error> faults = checkValues(result_.attributes);
    for (const Path& path : result_.paths) {
      const lwm2m::ResourceDefinition* resource =
          path.depth() >= 3 ? model_.resource(path.object(), path.resource()) : nullptr;
      const ResourceType type = resource != nullptr ? resource->type : ResourceType::none;
      std::ranges::move(checkTarget(result_.attributes, path, type), std::back_inserter(faults));
    }
    if (faults.empty()) return {};
    const std::optional<Node> member = given.member(faults.front().where);
    return bad(member ? *member : given, faults.front().message);
  }

  static const AttributeRow* findAttribute(std::string_view word) {
    const auto found = std::ranges::find(kAttributes, word, &AttributeRow::name);
    return found == kAttributes.end() ? nullptr : &*found;
  }

  const Node& root_;
  const lwm2m::DeviceModel& model_;
  const std::span<const std::string_view> beside_;
  DeviceOperation result_;
};

void writeRecords(JsonWriter& json, const std::vector<Record>& records) {
  json.array("records", records, [&json](const Record& record) {
    json.object([&] {
      json.text("path", record.path.toString());
      json.text("type", lwm2m::name(lwm2m::typeOf(record.value)));
      json.key("value");
      json.value(record.value);
      if (record.time) json.text("time", toIso8601(*record.time));
    });
  });
}

}  // namespace

std::string_view name(OperationKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

Result<DeviceOperation> operationFromJson(std::string_view text, const lwm2m::DeviceModel& model) {
  const json::Document document(text, "operation");
  const Result<Node> root = rootOf(document);
  if (!root) return tl::unexpected(root.error());
  return operationFromJson(*root, model);
}

Result<DeviceOperation> operationFromJson(const Node& root, const lwm2m::DeviceModel& model,
                                          std::span<const std::string_view> beside) {
  return OperationReader(root, model, beside).read();
}

std::string operationToJson(const DeviceOperation& operation) {
  JsonWriter json;
  json.object([&] {
    json.text("op", name(operation.kind));
    if (operation.paths.size() == 1) json.text("path", operation.paths.front().toString());
    if (operation.paths.size() > 1)
      json.array("paths", operation.paths, [&](const Path& path) { json.string(path.toString()); });
    if (writes(operation.kind)) writeRecords(json, operation.records);
    if (operation.writeMode == lwm2m::WriteMode::update) json.text("mode", "update");
    if (operation.cancelMode == lwm2m::CancelMode::passive) {
      json.key("passive");
      json.boolean(true);
    }
    if (!operation.arguments.empty()) json.text("arguments", operation.arguments);
    if (!operation.attributes.empty()) {
      json.key("attributes");
      json.object([&] {
        for (const AttributeRow& row : kAttributes) row.write(json, operation.attributes);
      });
    }
    if (!operation.unset.empty())
      json.array("unset", operation.unset, [&](const std::string& item) { json.string(item); });
    if (operation.depth) json.number("depth", std::to_string(*operation.depth));
    if (operation.format) json.number("format", std::to_string(static_cast<unsigned>(*operation.format)));
  });
  return json.take();
}

}  // namespace isthmus::proxy
