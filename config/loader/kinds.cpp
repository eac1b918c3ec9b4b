#include "config/loader/kinds.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace isthmus::config {
namespace {

constexpr std::size_t kLongestText = 4096;

struct Scheme {
  std::string_view name;
  std::uint16_t port;
};
// TS-0009 6.5, TS-0010 6.6, TS-0008 and TS-0020: as their protocols have it.
constexpr std::array<Scheme, 8> kSchemes = {{{"http", 80},
                                             {"https", 443},
                                             {"mqtt", 1883},
                                             {"mqtts", 8883},
                                             {"coap", 5683},
                                             {"coaps", 5684},
                                             {"ws", 80},
                                             {"wss", 443}}};

tl::unexpected<Error> refused(std::string message) { return fail(Errc::configuration, std::move(message)); }

tl::unexpected<Error> notThat(std::string_view text, std::string_view expects) {
  return refused("\"" + std::string(text) + "\" is not " + std::string(expects));
}

bool isLetterOrDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

bool consistsOf(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [others](char c) {
    return isLetterOrDigit(c) || others.find(c) != std::string_view::npos;
  });
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

struct Authority {
  std::string host;
  std::optional<std::uint16_t> port;
};

// "host", "host:port", "[v6]:port" (RFC 3986 3.2.2, 3.2.3)
std::optional<Authority> parseAuthority(std::string_view text) {
  Authority authority;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {};
    authority.host = text.substr(1, end - 1);
    if (authority.host.find(':') == std::string::npos || !consistsOf(authority.host, ":.%")) return {};
    text.remove_prefix(end + 1);
  } else {
    authority.host = text.substr(0, text.find(':'));
    if (!consistsOf(authority.host, ".-_")) return {};
    text.remove_prefix(authority.host.size());
  }
  if (text.empty()) return authority;
  text.remove_prefix(1);  // the colon, or else what follows is no port
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc() || end != text.data() + text.size()) return {};
  authority.port = port;
  return authority;
}

std::string hostText(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

Result<Url> parseUrl(std::string_view text, std::span<const std::string_view> schemes, const std::string& expects) {
  const auto mark = text.find("://");
  const auto scheme = lowered(text.substr(0, mark));
  if (mark == std::string_view::npos || std::ranges::find(schemes, scheme) == schemes.end())
    return notThat(text, expects);
  auto rest = text.substr(mark + 3);
  if (rest.find('@') != std::string_view::npos) {
    return refused("a URL with a user or password in it: give them as onem2m.auth.user and onem2m.auth.password");
  }
  if (rest.find_first_of("?#") != std::string_view::npos) return refused("a URL without query and fragment is wanted");
  const auto slash = rest.find('/');
  const auto authority = parseAuthority(rest.substr(0, slash));
  if (!authority || authority->port == 0) return notThat(text, expects);
  Url url{scheme,
          lowered(authority->host),
          authority->port.value_or(std::ranges::find(kSchemes, scheme, &Scheme::name)->port),
          {}};
  if (slash != std::string_view::npos) url.path = rest.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  if (!url.path.empty() && !consistsOf(url.path, "/-._~%!$&'()*+,;=:")) return notThat(text, expects);
  return url;
}

bool isPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
}

template <class Test>
Kind<std::string> checkedText(std::string expects, Test test) {
  return {expects, json::Kind::string,
          [expects, test](std::string_view text) -> Result<std::string> {
            if (text.size() > kLongestText || !test(text)) return notThat(text.substr(0, 100), expects);
            return std::string(text);
          },
          [](const std::string& text) { return text; }};
}

}  // namespace

std::string Endpoint::toString() const { return hostText(host) + ":" + std::to_string(port); }

std::string Url::toString() const { return scheme + "://" + hostText(host) + ":" + std::to_string(port) + path; }

Kind<Endpoint> endpointKind(std::string_view scheme, std::uint16_t standardPort) {
  const auto prefix = scheme.empty() ? std::string() : std::string(scheme) + "://";
  const auto expects = "an address to listen on, such as " + prefix +
                       "127.0.0.1:" + std::to_string(standardPort == 0 ? 8480 : standardPort);
  return {expects, json::Kind::string,
          [prefix, expects, standardPort](std::string_view text) -> Result<Endpoint> {
            if (!lowered(text.substr(0, prefix.size())).starts_with(prefix)) return notThat(text, expects);
            auto rest = text.substr(prefix.size());
            if (!prefix.empty() && rest.ends_with('/')) rest.remove_suffix(1);
            const auto authority = parseAuthority(rest);
            if (!authority || (!authority->port && standardPort == 0)) return notThat(text, expects);
            return Endpoint{lowered(authority->host), authority->port.value_or(standardPort)};
          },
          [prefix](const Endpoint& endpoint) { return prefix + endpoint.toString(); }};
}

Kind<Url> urlKind(std::span<const std::string_view> schemes, std::string_view example) {
  const std::string expects = "a URL, such as " + std::string(example);
  return {expects, json::Kind::string,
          [schemes, expects](std::string_view text) { return parseUrl(text, schemes, expects); },
          [](const Url& url) { return url.toString(); }};
}

Kind<std::filesystem::path> pathKind() {
  return as<std::filesystem::path, std::string>(
      checkedText("a path", [](std::string_view text) { return !text.empty() && isPrintable(text); }),
      [](const std::string& text) { return std::filesystem::path(text); },
      [](const std::filesystem::path& path) { return path.string(); });
}

Kind<bool> flagKind() {
  static constexpr std::string_view kExpects = "true or false";
  return {std::string(kExpects), json::Kind::boolean,
          [](std::string_view text) -> Result<bool> {
            if (text != "true" && text != "false") return notThat(text, kExpects);
            return text == "true";
          },
          [](const bool& value) { return std::string(value ? "true" : "false"); }};
}

// May be a secret, so it is not repeated.
Kind<std::string> textKind(std::string_view expects) {
  auto kind =
      checkedText(std::string(expects), [](std::string_view text) { return !text.empty() && isPrintable(text); });
  kind.parse = [parse = kind.parse, expects = kind.expects](std::string_view text) -> Result<std::string> {
    if (auto value = parse(text)) return value;
    return refused("must be " + expects + " of 1 to 4096 bytes without control characters");
  };
  return kind;
}

// TS-0001 7.2: an AE-ID is made of unreserved characters (RFC 3986 2.3); in front of it the CSE-ID may stand.
Kind<std::string> aeIdKind() {
  return checkedText("an AE-ID, such as CIsthmus", [](std::string_view text) { return consistsOf(text, "-._~/@:"); });
}

Kind<std::string> cseIdKind() {
  return checkedText("a CSE-ID, such as /id-in (with its slash)", [](std::string_view text) {
    return text.starts_with('/') && consistsOf(text.substr(1), "-._~/");
  });
}

Kind<std::string> resourceNameKind() {
  return checkedText("a resource name of 0-9 A-Z a-z _ -",
                     [](std::string_view text) { return consistsOf(text, "_-"); });
}

Kind<std::string> baseKind() {
  return checkedText("the name of the CSEBase, such as cse-in, without a slash",
                     [](std::string_view text) { return consistsOf(text, "-._~"); });
}

Kind<std::string> wordKind(std::span<const std::string_view> words) {
  return {json::alternatives(words), json::Kind::string,
          [words](std::string_view text) -> Result<std::string> {
            if (std::find(words.begin(), words.end(), text) != words.end()) return std::string(text);
            return refused("\"" + std::string(text) + "\" is not allowed here: use " + json::alternatives(words));
          },
          [](const std::string& text) { return text; }};
}

Kind<std::uint64_t> countKind(std::string_view unit, std::uint64_t min, std::uint64_t max) {
  const auto expects =
      "a whole number of " + std::string(unit) + " from " + std::to_string(min) + " to " + std::to_string(max);
  return {expects, json::Kind::number,
          [expects, min, max](std::string_view text) -> Result<std::uint64_t> {
            std::uint64_t value = 0;
            const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
            const bool whole = code == std::errc() && end == text.data() + text.size();
            if (!whole || value < min || value > max) return notThat(text, expects);
            return value;
          },
          [](const std::uint64_t& value) { return std::to_string(value); }};
}

}  // namespace isthmus::config
