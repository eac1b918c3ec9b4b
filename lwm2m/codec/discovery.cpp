#include "lwm2m/codec/discovery.h"

#include "lwm2m/codec/link_format.h"

#include <charconv>

namespace isthmus::lwm2m {
namespace {

template <class T>
std::optional<T> numberFrom(std::string_view text, T smallest) {
  T value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < smallest) return std::nullopt;
  return value;
}

std::optional<Version> versionFrom(std::string_view text) {
  const auto version = Version::parse(text);
  return version ? std::optional(*version) : std::nullopt;
}

// False: the value is none that the attribute can have (LwM2M Core 7.3.1, table of <PROPERTIES> class attributes).
bool take(DiscoveredPath& found, const LinkAttribute& attribute) {
  const std::string_view text = attribute.value ? std::string_view(*attribute.value) : std::string_view();
  if (attribute.name == "dim") return (found.dim = numberFrom<std::uint8_t>(text, 0)).has_value();
  if (attribute.name == "ssid") return (found.ssid = numberFrom<std::uint16_t>(text, 1)).has_value();
  if (attribute.name == "ver") return (found.version = versionFrom(text)).has_value();
  if (attribute.name == "lwm2m") return (found.lwm2mVersion = versionFrom(text)).has_value();
  if (attribute.name == "uri") found.uri = attribute.value;
  return attribute.name != "uri" || found.uri.has_value();
}

std::optional<Path> pathBelow(std::string_view root, std::string_view target) {
  if (!target.starts_with(root)) return std::nullopt;
  target.remove_prefix(root.size());
  if (target.empty()) return Path();
  if (target.size() > 1 && target.ends_with('/')) target.remove_suffix(1);
  const auto path = Path::parse(target);
  return path ? std::optional(*path) : std::nullopt;
}

}  // namespace

Result<std::optional<DiscoveredPath>> discoveredPath(const Link& link, std::string_view rootPath) {
  const auto path = pathBelow(rootPath, link.target);
  if (!path) return std::nullopt;
  DiscoveredPath found{*path};
  for (const LinkAttribute& attribute : link.attributes) {
    if (take(found, attribute)) continue;
    return fail(Errc::malformed, "not a value of " + attribute.name + ": " + attribute.value.value_or("none"),
                link.target + ';' + attribute.name);
  }
  auto attached = notificationAttributes(link);
  if (!attached) return fail(Errc::malformed, attached.error().message, link.target + ';' + attached.error().where);
  found.attributes = *attached;
  return found;
}

Result<std::vector<DiscoveredPath>> parseDiscovery(std::string_view payload, std::string_view rootPath) {
  const auto links = parseLinks(payload, LinkSyntax::tolerant);
  if (!links) return tl::unexpected(links.error());
  std::vector<DiscoveredPath> paths;
  paths.reserve(links->size());
  for (const Link& link : *links) {
    auto found = discoveredPath(link, rootPath);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (*found) paths.push_back(**std::move(found));
  }
  return paths;
}

}  // namespace isthmus::lwm2m
