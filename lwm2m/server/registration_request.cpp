#include "lwm2m/server/registration_request.h"

#include <algorithm>
#include <charconv>

namespace isthmus::lwm2m {
namespace {

constexpr std::size_t kMaxEndpointBytes = 255;
constexpr std::string_view kBindings = "UTSNMHQ";  // LwM2M Core 6.2.1.2; Q inside b: 1.0

tl::unexpected<Refusal> refuse(std::string reason) {
  return tl::unexpected<Refusal>(Refusal{coap::code::kBadRequest, std::move(reason)});
}

std::optional<std::uint32_t> parseLifetime(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The value of one parameter goes to its place; nothing if it is fine.
std::optional<std::string> takeEndpoint(RegistrationParameters& out, std::string_view value) {
  if (value.empty() || value.size() > kMaxEndpointBytes || !isUtf8(value)) return "ep must be 1 to 255 bytes of UTF-8";
  out.endpoint = std::string(value);
  return std::nullopt;
}

std::optional<std::string> takeLifetime(RegistrationParameters& out, std::string_view value) {
  out.lifetime = parseLifetime(value);
  return out.lifetime ? std::nullopt : std::optional<std::string>("lt must be a number of seconds");
}

std::optional<std::string> takeVersion(RegistrationParameters& out, std::string_view value) {
  const Result<Version> version = Version::parse(value);
  if (!version) return "lwm2m must be a version such as 1.1";
  out.lwm2mVersion = *version;
  return std::nullopt;
}

std::optional<std::string> takeBinding(RegistrationParameters& out, std::string_view value) {
  const bool known = std::ranges::all_of(value, [](char c) { return kBindings.find(c) != std::string_view::npos; });
  if (!known) return "b may hold the letters U, T, S, N, M, H and Q";
  std::string binding(value);
  if (std::erase(binding, 'Q') > 0) out.queueMode = true;
  out.binding = std::move(binding);
  return std::nullopt;
}

std::optional<std::string> takeQueueMode(RegistrationParameters& out, std::string_view) {
  out.queueMode = true;
  return std::nullopt;
}

struct Parameter {
  std::string_view name;
  std::optional<std::string> (*take)(RegistrationParameters&, std::string_view);
};

constexpr Parameter kParameters[] = {
    {"ep", takeEndpoint}, {"lt", takeLifetime}, {"lwm2m", takeVersion}, {"b", takeBinding}, {"Q", takeQueueMode}};

}  // namespace

tl::expected<RegistrationParameters, Refusal> parseParameters(std::span<const std::string_view> query) {
  RegistrationParameters out;
  for (const std::string_view item : query) {
    const std::size_t equals = item.find('=');
    const std::string_view key = item.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
    const auto* const known = std::ranges::find(kParameters, key, &Parameter::name);
    if (known == std::end(kParameters)) {
      if (!out.others.empty()) out.others += '&';
      out.others += item;
    } else if (std::optional<std::string> fault = known->take(out, value)) {
      return refuse(std::move(*fault));
    }
  }
  return out;
}

std::optional<Refusal> refusalOfVersion(const Version& version) {
  if (version.major == 1 && version.minor <= 2) return std::nullopt;
  return Refusal{coap::code::kPreconditionFailed, "LwM2M 1.0, 1.1 and 1.2 are served here, not " + version.toString()};
}

}  // namespace isthmus::lwm2m
