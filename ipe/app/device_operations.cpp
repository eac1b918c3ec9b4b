#include "ipe/app/device_operations.h"

#include "ipe/app/format_names.h"
#include "ipe/app/server_account.h"
#include "ipe/proxy/json_writer.h"
#include "ipe/proxy/operation_json.h"
#include "lwm2m/model/notification_attributes.h"
#include "lwm2m/server/operation_request.h"

#include <algorithm>

namespace isthmus::app {
namespace {

using lwm2m::OperationKind;
using status::DeviceAction;
using status::DeviceRequest;

Result<OperationKind> kindOf(const DeviceRequest& request) {
  const bool several = request.composite;
  switch (request.action) {
    case DeviceAction::read: return several ? OperationKind::readComposite : OperationKind::read;
    case DeviceAction::write: return several ? OperationKind::writeComposite : OperationKind::write;
    case DeviceAction::execute:
    case DeviceAction::kick: return OperationKind::execute;
    case DeviceAction::create: return OperationKind::create;
    case DeviceAction::remove: return OperationKind::remove;
    case DeviceAction::discover: return OperationKind::discover;
    case DeviceAction::writeAttributes: return OperationKind::writeAttributes;
    case DeviceAction::observe: return several ? OperationKind::observeComposite : OperationKind::observe;
    case DeviceAction::cancelObservation:
      return several ? OperationKind::cancelCompositeObservation : OperationKind::cancelObservation;
  }
  return fail(Errc::unsupported, "no such operation");
}

// What the attribute can be, as a JSON number, or false and true; anything else as a text, which its reader refuses.
void putAttribute(proxy::JsonWriter& json, const std::string& name, const std::string& value) {
  lwm2m::NotificationAttributes attributes;
  json.key(name);
  if (!lwm2m::assign(attributes, name, value)) {
    json.string(value);
  } else if (name == "edge" || name == "con") {
    json.boolean(value == "1");
  } else {
    json.number(lwm2m::toPairs(attributes).front().second);  // "007" is no JSON
  }
}

void putAttributes(proxy::JsonWriter& json, const DeviceRequest& request) {
  json.key("attributes");
  json.object([&] {
    for (const auto& [name, value] : request.attributes)
      if (value) putAttribute(json, name, *value);
  });
  std::vector<std::string> unset;
  for (const auto& [name, value] : request.attributes)
    if (!value) unset.push_back(name);
  if (!unset.empty()) json.array("unset", unset, [&](const std::string& name) { json.string(name); });
}

void putDetails(proxy::JsonWriter& json, const DeviceRequest& request) {
  if (request.update && !request.composite) json.text("mode", "update");
  if (request.passive) {
    json.key("passive");
    json.boolean(true);
  }
  if (!request.arguments.empty()) json.text("arguments", request.arguments);
  if (request.depth) json.number("depth", std::to_string(*request.depth));
  if (!request.attributes.empty()) putAttributes(json, request);
}

// As operation_json.h describes it; the content is JSON already.
std::string operationText(const DeviceRequest& request, OperationKind kind,
                          std::optional<lwm2m::ContentFormat> format) {
  proxy::JsonWriter json;
  json.object([&] {
    json.text("op", proxy::name(kind));
    if (request.composite) {
      if (!request.paths.empty())
        json.array("paths", request.paths, [&](const std::string& path) { json.string(path); });
    } else {
      json.text("path", request.paths.front());
    }
    putDetails(json, request);
    if (format) json.number("format", std::to_string(static_cast<unsigned>(*format)));
  });
  std::string text = json.take();
  if (request.content.empty()) return text;
  text.back() = ',';
  return text + "\"value\":" + request.content + "}";
}

// Can a request be made of it, in any format that is open to it? What the device says of itself changes only the order
// in which formats are tried.
Result<void> fits(const lwm2m::DeviceOperation& operation, const lwm2m::DeviceModel& model) {
  if (const auto checked = lwm2m::check(operation); !checked) return checked;
  const lwm2m::OperationContext context{model, "", "", {}, lwm2m::ContentFormat::tlv, {}};
  Error first;
  for (const lwm2m::ContentFormat format : lwm2m::formatsFor(operation, context)) {
    const auto request = lwm2m::requestOf(operation, format, context);
    if (request) return {};
    if (first.message.empty()) first = request.error();
  }
  return tl::unexpected(std::move(first));
}

}  // namespace

std::string triggerPath(std::uint16_t account) { return lwm2m::Path(1, account, 8).toString(); }

Result<lwm2m::DeviceOperation> operationOf(const DeviceRequest& request, const lwm2m::DeviceModel& model,
                                           const lwm2m::Registration& registration) {
  const Result<OperationKind> kind = kindOf(request);
  if (!kind) return tl::unexpected(kind.error());
  std::optional<lwm2m::ContentFormat> format;
  if (!request.format.empty()) {
    const auto named = formatNamed(request.format);
    if (!named) return tl::unexpected(named.error());
    format = *named;
  }
  DeviceRequest asked = request;
  if (request.action == DeviceAction::kick && request.paths.empty()) {
    const auto accounts = declaredAccounts(registration);
    asked.paths = {triggerPath(accounts.empty() ? std::uint16_t{0} : accounts.front())};
  }
  auto operation = proxy::operationFromJson(operationText(asked, *kind, format), model);
  if (!operation) return operation;
  if (const auto possible = fits(*operation, model); !possible) return tl::unexpected(possible.error());
  return operation;
}

status::CommandView viewOf(const proxy::CommandStatus& command, std::string endpoint) {
  status::CommandView view;
  view.id = command.id.toString();
  view.endpoint = std::move(endpoint);
  view.origin = command.origin;
  view.operation = command.operation;
  view.state = proxy::name(command.state);
  view.code = command.code;
  view.result = command.result;
  view.reason = command.reason;
  if (command.error) view.error = name(*command.error);
  view.accepted = command.submitted;
  view.changed = command.changed;
  view.expires = command.deadline;
  return view;
}

}  // namespace isthmus::app
