#include "ipe/proxy/application_command.h"

#include "ipe/base/located_json.h"
#include "ipe/proxy/json_writer.h"
#include "ipe/proxy/operation_json.h"
#include "lwm2m/model/number.h"

#include <algorithm>
#include <array>

namespace isthmus::proxy {
namespace {

using json::Kind;
using json::Node;
using lwm2m::OperationKind;
using lwm2m::Path;
using lwm2m::ResourceType;

constexpr std::array<std::string_view, 2> kBeside = {"id", "expires"};
constexpr std::array<std::string_view, 6> kOperations = {"read", "write", "execute", "create", "delete", "discover"};
constexpr std::size_t kLongestId = 128;
constexpr std::int64_t kLongestLife = 366LL * 24 * 3600;
constexpr std::size_t kResource = 3;  // depth of paths

tl::unexpected<Error> bad(const Node& at, std::string message) {
  return fail(Errc::malformed, std::move(message), at.pointer());
}

// Types come by the rules and the device's model afterwards.
lwm2m::DeviceModel noModel() {
  static const lwm2m::ObjectRegistry empty;
  return {empty, {}};
}

// "20261126T101500" or "20261126T101500,250" (m2m:timestamp) as ISO 8601, UTC.
std::string isoOf(std::string_view text) {
  const bool basic = text.size() >= 15 && text[8] == 'T' && text.find('-') == std::string_view::npos;
  if (!basic) return std::string(text);
  std::string fraction(text.substr(15));
  std::ranges::replace(fraction, ',', '.');
  const auto part = [&](std::size_t at, std::size_t length) { return std::string(text.substr(at, length)); };
  return part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) + ":" + part(11, 2) + ":" + part(13, 2) +
         fraction + "Z";
}

Result<WallTime> deadlineOf(const Node& root, WallTime now) {
  const auto expires = root.member("expires");
  if (!expires) return now + kCommandLife;
  if (expires->is(Kind::number)) {
    const auto number = lwm2m::Number::parse(expires->text());
    const auto whole = number ? number->asSigned() : std::nullopt;
    if (whole && *whole > 0 && *whole <= kLongestLife) return now + seconds(*whole);
  }
  if (expires->is(Kind::string)) {
    if (const auto time = parseTime(expires->text())) return *time;
  }
  return bad(*expires, R"(must be seconds from now, or a time like "2026-11-26T10:15:00Z")");
}

// What the application wrote, by the rules, to what the device takes.
Result<void> convert(lwm2m::Record& record, const mapping::DeviceFacts& device, const mapping::Engine& engine) {
  if (std::holds_alternative<std::monostate>(record.value)) return {};  // an instance to be removed
  const Path& path = record.path;
  const auto* known = device.definitions.resource(path.object(), path.resource());
  if (known != nullptr && known->multiple && path.depth() == kResource)
    return fail(Errc::malformed, path.toString() + R"( has several values: name its instances, {"0": ...})", "/value");
  Result<lwm2m::Value> value = engine.toLwm2m(device, path, lwm2m::toText(record.value));
  if (!value) return tl::unexpected(value.error());
  record.value = std::move(*value);
  return {};
}

// A value that a device answered, or an object of them, as the application knows it.
class Shown {
 public:
  Shown(const mapping::DeviceFacts& device, const mapping::Engine& engine) : device_(device), engine_(engine) {}

  std::string text(const Node& node, const Path& path) const {
    if (!node.is(Kind::object)) return leaf(node, path);
    std::string out = "{";
    for (const Node& child : node.children()) {
      if (out.size() > 1) out += ',';
      json::appendQuoted(out, child.key());
      out += ':';
      out += text(child, below(path, child.key()));
    }
    return out + "}";
  }

 private:
  static Path below(const Path& path, std::string_view key) {
    const auto child = Path::parse((path.isRoot() ? "" : path.toString()) + "/" + std::string(key));
    return child ? *child : path;
  }

  // Whatever the rules cannot convert is shown as the device gave it.
  std::string leaf(const Node& node, const Path& path) const {
    if (path.depth() < kResource) return json::toText(node);
    const auto* known = device_.definitions.resource(path.object(), path.resource());
    const auto value = valueFromJson(node, known != nullptr ? known->type : ResourceType::none);
    if (!value) return json::toText(node);
    const auto converted = engine_.toApplication(device_, path, *value);
    if (!converted) return json::toText(node);
    using enum mapping::Converted::Kind;
    if (converted->kind == number || converted->kind == boolean) return converted->text;
    std::string out;
    json::appendQuoted(out, converted->text);
    return out;
  }

  const mapping::DeviceFacts& device_;
  const mapping::Engine& engine_;
};

// `value` of a status: of a read what was read, of others the whole result.
std::string shownResult(const CommandStatus& status, const mapping::DeviceFacts& device,
                        const mapping::Engine& engine) {
  const json::Document result(status.result, "result");
  const Node root = result.root();
  const auto value = root.member("value"), path = root.member("path");
  if (!value || !path) return status.result;
  return Shown(device, engine).text(*value, Path::parse(path->text()).value_or(Path()));
}

}  // namespace

std::optional<WallTime> parseTime(std::string_view text) { return parseIso8601(isoOf(text)); }

std::string commandIdIn(std::string_view content) {
  const json::Document document(content, "command");
  const auto id = document.root().member("id");
  const bool plain = id && (id->is(Kind::string) || id->is(Kind::number));
  return plain && id->text().size() <= kLongestId ? json::toText(*id) : std::string();
}

Result<ApplicationCommand> readCommand(std::string_view content, const mapping::DeviceFacts& device,
                                       const mapping::Engine& engine, WallTime now) {
  if (content.empty()) return fail(Errc::malformed, "the content is empty");
  const json::Document document(content, "command");
  const Result<Node> root = rootOf(document);
  if (!root) return tl::unexpected(root.error());
  if (!root->is(Kind::object)) return bad(*root, R"(must be an object: {"id": ..., "op": ..., "path": ...})");
  const auto op = root->member("op");
  if (!op) return bad(*root, R"("op" is missing: )" + json::alternatives(kOperations));
  if (std::ranges::find(kOperations, op->text()) == kOperations.end())
    return bad(*op, "no such operation: " + json::suggestion(op->text(), kOperations));
  const Result<WallTime> deadline = deadlineOf(*root, now);
  if (!deadline) return tl::unexpected(deadline.error());
  auto operation = operationFromJson(*root, noModel(), kBeside);
  if (!operation) return tl::unexpected(operation.error());
  for (lwm2m::Record& record : operation->records)
    if (const Result<void> done = convert(record, device, engine); !done) return tl::unexpected(done.error());
  return ApplicationCommand{std::move(*operation), *deadline};
}

Result<lwm2m::DeviceOperation> writeOperation(std::string_view content, const Path& resource,
                                              const mapping::DeviceFacts& device, const mapping::Engine& engine) {
  auto records = engine.toRecords(device, resource, content);
  if (!records) return tl::unexpected(records.error());
  if (records->empty()) return fail(Errc::malformed, "the content names no resource that it writes");
  lwm2m::DeviceOperation operation;
  operation.kind = OperationKind::write;
  const bool alone = records->size() == 1;
  operation.paths = {alone ? records->front().path : resource.prefix(2)};
  if (!alone) operation.writeMode = lwm2m::WriteMode::update;  // the instance's other resources stay
  operation.records = std::move(*records);
  return operation;
}

std::string statusContent(std::string_view id, const CommandStatus& status, const mapping::DeviceFacts& device,
                          const mapping::Engine& engine) {
  std::string out = "{\"id\":";
  out += id;
  const auto put = [&out](std::string_view key, std::string_view text) {
    if (text.empty()) return;
    out.append(",\"").append(key).append("\":");
    json::appendQuoted(out, text);
  };
  put("state", name(status.state));
  put("code", status.code);
  if (!status.result.empty()) out += ",\"value\":" + shownResult(status, device, engine);
  put("reason", status.reason);
  return out + "}";
}

}  // namespace isthmus::proxy
