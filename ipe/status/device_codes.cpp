#include "ipe/status/device_codes.h"

#include <algorithm>
#include <array>
#include <string>

namespace isthmus::status {
namespace {

constexpr std::array kCodes = std::to_array<DeviceCode>({
    {"4.00", "Bad Request", 400, "Compare path and value with the object's definition."},
    {"4.01", "Unauthorized", 403, "Access control on the device does not let this server do it; see its object 2."},
    {"4.02", "Bad Option", 400,
     "The device does not know a part of the request, such as depth, attributes or a composite; ask without it."},
    {"4.03", "Forbidden", 403, "The device does not let this server do it."},
    {"4.04", "Not Found", 404, "The device has nothing at that path; discover shows what it has."},
    {"4.05", "Method Not Allowed", 405,
     "What stands at that path does not take this operation; its definition says whether it can be read, written or "
     "executed."},
    {"4.06", "Not Acceptable", 406, "The device cannot answer in that format; name another with 'format'."},
    {"4.08", "Request Entity Incomplete", 400, "The device lost a part of a large request; send it again."},
    {"4.09", "Conflict", 409, "The device is in a state that does not allow it; read it, then try again."},
    {"4.12", "Precondition Failed", 412, "A condition of the request does not hold; read the present state first."},
    {"4.13", "Request Entity Too Large", 413, "The device takes less at once; write the parts one by one."},
    {"4.15", "Unsupported Content-Format", 415,
     "The device does not read that format; name another with 'format', such as tlv or senml-cbor."},
    {"4.22", "Unprocessable Entity", 422, "The device understood the request but cannot carry it out with that value."},
    {"4.29", "Too Many Requests", 429, "The device is asked too often; wait, then try again."},
    {"5.00", "Internal Server Error", 502, "Something failed inside the device; its own log may say what."},
    {"5.01", "Not Implemented", 501, "The device's software does not have this operation."},
    {"5.02", "Bad Gateway", 502, "Something behind the device did not answer as it should."},
    {"5.03", "Service Unavailable", 503, "The device is busy; try again later."},
    {"5.04", "Gateway Timeout", 504, "Something behind the device did not answer in time; try again later."},
    {"5.05", "Proxying Not Supported", 502, "The device was asked to pass the request on, and does not."},
    {"5.08", "Hop Limit Reached", 502, "The request went round in circles behind the device."},
});

// "The device answered 4.05 Method Not Allowed ("read only"). What stands ..."
std::string refusalText(const CommandView& command, const DeviceCode& code) {
  std::string text = "The device answered " + command.code;
  if (code.code == command.code) text += " " + std::string(code.name);
  if (!command.reason.empty()) text += " (\"" + command.reason + "\")";
  return text + ". " + std::string(code.advice);
}

std::string unansweredText(const CommandView& command) {
  if (!command.over()) return "The device did not answer in time; it may yet do what it was asked.";
  if (command.state == "expired") return command.reason + "; nothing of it is sent any more";
  return command.reason;
}

}  // namespace

std::span<const DeviceCode> deviceCodes() { return kCodes; }

std::optional<DeviceCode> deviceCode(std::string_view code) {
  const auto find = [](std::string_view wanted) {
    return std::find_if(kCodes.begin(), kCodes.end(), [&](const DeviceCode& row) { return row.code == wanted; });
  };
  if (const auto row = find(code); row != kCodes.end()) return *row;
  if (code.size() != 4 || (!code.starts_with("4.") && !code.starts_with("5."))) return std::nullopt;
  return *find(code.starts_with('4') ? "4.00" : "5.00");
}

Reply problem(const CommandView& command) {
  const auto code = deviceCode(command.code);
  ProblemMembers members = {{"command", command.id}, {"state", command.state}};
  const bool isLate = command.state != "failed" || command.error == name(Errc::timeout);
  if (!code) return problem(isLate ? 504 : 502, unansweredText(command), members);
  members.emplace_back("code", command.code);
  if (code->code == command.code) members.emplace_back("name", code->name);
  members.emplace_back("diagnostic", command.reason);
  Reply reply = problem(code->status, refusalText(command, *code), members);
  if (reply.status == 503 || reply.status == 429) reply.headers.emplace_back("Retry-After", "5");
  return reply;
}

}  // namespace isthmus::status
