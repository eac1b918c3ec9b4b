#include "ipe/status/device_request.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include <algorithm>
#include <utility>

namespace isthmus::status {
namespace {

constexpr std::size_t kDefaultTimeout = 10, kLongestTimeout = 300;              // seconds
constexpr std::size_t kDefaultKeep = 24 * 3600, kLongestKeep = 30 * 24 * 3600;  // seconds
constexpr std::size_t kMostPaths = 256;
constexpr std::string_view kShared[] = {"timeout", "queue", "expires", "format", "paths"};

Result<bool> queueParameter(const Target& target) {
  const std::string word = target.parameter("queue").value_or("yes");
  if (word == "yes" || word.empty()) return true;
  if (word == "no") return false;
  return fail(Errc::malformed,
              "'queue' must be 'yes' (a sleeping device gets the request when it wakes) or 'no' (it gets it within "
              "'timeout', or never).");
}

Result<void> takeTimes(const Target& target, DeviceRequest& request) {
  const auto timeout = target.number("timeout", kDefaultTimeout, 1, kLongestTimeout);
  if (!timeout) return tl::unexpected(timeout.error());
  const auto keep = target.number("expires", kDefaultKeep, 1, kLongestKeep);
  if (!keep) return tl::unexpected(keep.error());
  const auto queue = queueParameter(target);
  if (!queue) return tl::unexpected(queue.error());
  request.timeout = seconds(*timeout);
  if (*queue) request.keep = seconds(*keep);
  return {};
}

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  return document;
}

tl::unexpected<Error> noJson(const rapidjson::Document& document) {
  return fail(Errc::malformed,
              std::string("The body is not JSON: ") + rapidjson::GetParseError_En(document.GetParseError()) +
                  " A text stands in double quotes.",
              "byte " + std::to_string(document.GetErrorOffset()));
}

// LwM2M Core 6.3.5: no quotation mark, apostrophe, backslash or blank.
bool isArgumentText(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\'' && c != '\\'; });
}

Result<std::string> argument(const rapidjson::Value& name, const rapidjson::Value& value) {
  const std::string digit(name.GetString(), name.GetStringLength());
  if (digit.size() != 1 || digit[0] < '0' || digit[0] > '9')
    return fail(Errc::malformed, "Arguments are named by one digit, 0 to 9.", digit);
  if (value.IsNull()) return digit;
  if (!value.IsString() || !isArgumentText({value.GetString(), value.GetStringLength()}))
    return fail(Errc::malformed,
                "An argument is a text of printable ASCII without blanks, quotation marks, apostrophes and "
                "backslashes, or null.",
                digit);
  return digit + "='" + value.GetString() + "'";
}

}  // namespace

Result<DeviceRequest> deviceRequest(const Call& call, DeviceAction action) {
  DeviceRequest request;
  request.endpoint = call.name;
  request.action = action;
  if (!call.path.empty()) request.paths = {call.path};
  request.format = call.target.parameter("format").value_or("");
  if (const auto times = takeTimes(call.target, request); !times) return tl::unexpected(times.error());
  return request;
}

Result<DeviceRequest> compositeRequest(const Call& call, DeviceAction action) {
  auto request = deviceRequest(call, action);
  if (!request) return request;
  request->composite = true;
  request->paths = call.target.list("paths");
  if (request->paths.size() > kMostPaths)
    return fail(Errc::malformed, "A composite takes at most " + std::to_string(kMostPaths) + " paths.");
  return request;
}

Result<void> takeAttributes(const Call& call, DeviceRequest& request) {
  for (const auto& [name, value] : call.target.query) {
    if (std::ranges::find(kShared, name) != std::end(kShared)) continue;
    const bool known = std::ranges::any_of(request.attributes, [&](const auto& other) { return other.name == name; });
    if (known) return fail(Errc::malformed, "'" + name + "' is there twice; give it once.");
    request.attributes.push_back({name, value.empty() ? std::nullopt : std::optional(value)});
  }
  return {};
}

Result<std::string> jsonBody(const Request& request) {
  const auto document = parsed(request.body);
  if (document.HasParseError()) return noJson(document);
  return request.body;
}

Result<std::string> executeArguments(const Request& request) {
  // Neither is how LwM2M writes arguments, whatever Content-Type a client puts there by itself.
  const auto first = request.body.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || std::string_view("{[\"").find(request.body[first]) == std::string_view::npos)
    return request.body;
  const auto document = parsed(request.body);
  if (document.HasParseError()) return noJson(document);
  if (document.IsString()) return std::string(document.GetString(), document.GetStringLength());
  if (!document.IsObject())
    return fail(Errc::malformed, "Arguments are an object such as {\"0\":\"on\"}, or the text 0='on'.");
  std::string out;
  for (const auto& member : document.GetObject()) {
    auto one = argument(member.name, member.value);
    if (!one) return one;
    out += (out.empty() ? "" : ",") + *one;
  }
  return out;
}

}  // namespace isthmus::status
