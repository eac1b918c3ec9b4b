#include "ipe/status/http.h"

#include "ipe/status/json_text.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/String.h>
#include <Poco/URI.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace isthmus::status {
namespace {

int httpStatus(Errc code) {
  switch (code) {
    case Errc::malformed: return 400;
    case Errc::refused: return 403;
    case Errc::notFound: return 404;
    case Errc::conflict: return 409;
    case Errc::tooLarge: return 413;
    case Errc::unsupported: return 501;
    case Errc::unavailable: return 503;
    case Errc::timeout:
    case Errc::expired: return 504;
    case Errc::io:
    case Errc::configuration:
    case Errc::internal: return 500;
  }
  return 500;
}

std::optional<std::string> decoded(std::string_view text) {
  try {
    std::string out;
    Poco::URI::decode(std::string(text), out);
    return out;
  } catch (const Poco::SyntaxException&) {
    return std::nullopt;
  }
}

tl::unexpected<Error> brokenEncoding(std::string_view part) {
  return fail(Errc::malformed,
              "The address holds a percent sign without two hexadecimal digits after it; write % as %25.",
              std::string(part));
}

// Calls `each` with what stands between the separators; stops at the first false.
template <class Each>
bool split(std::string_view text, char separator, Each each) {
  while (true) {
    const std::size_t end = text.find(separator);
    if (!each(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

std::string_view withoutAuthority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

}  // namespace

Reply problem(int status, std::string_view detail) { return problem(status, detail, {}); }

Reply problem(int status, std::string_view detail, const ProblemMembers& more) {
  const auto& title =
      Poco::Net::HTTPResponse::getReasonForStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
  JsonText json;
  json.object([&] {
    json.text("type", "about:blank");
    json.text("title", title);
    json.number("status", static_cast<std::uint64_t>(status));
    json.text("detail", detail);
    for (const auto& [key, text] : more) json.text(key, text);
  });
  return {status, "application/problem+json", json.take()};
}

Reply problem(const Error& error) {
  Reply reply = problem(httpStatus(error.code), error.text());
  if (reply.status == 503) reply.headers.emplace_back("Retry-After", "5");
  return reply;
}

std::optional<std::string> Target::parameter(std::string_view name) const {
  std::optional<std::string> found;
  for (const auto& [key, value] : query)
    if (key == name) found = value;
  return found;
}

std::vector<std::string> Target::list(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : query) {
    if (key != name) continue;
    split(value, ',', [&](std::string_view part) {
      if (!part.empty()) out.emplace_back(part);
      return true;
    });
  }
  return out;
}

Result<std::size_t> Target::number(std::string_view name, std::size_t otherwise, std::size_t least,
                                   std::size_t most) const {
  const auto given = parameter(name);
  if (!given) return otherwise;
  std::size_t value = 0;
  const char* end = given->data() + given->size();
  const auto [stop, fault] = std::from_chars(given->data(), end, value);
  if (fault != std::errc() || stop != end || value < least || value > most)
    return fail(Errc::malformed, "'" + std::string(name) + "' must be a whole number from " + std::to_string(least) +
                                     " to " + std::to_string(most) + ".");
  return value;
}

Result<Target> parseTarget(std::string_view target) {
  target = withoutAuthority(target);
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  Target out;
  out.path = target.substr(0, mark);
  const bool pathFine =
      split(std::string_view(out.path).substr(out.path.starts_with('/') ? 1 : 0), '/', [&](auto part) {
        auto segment = decoded(part);
        if (segment) out.segments.push_back(*std::move(segment));
        return segment.has_value();
      });
  if (!pathFine) return brokenEncoding(out.path);
  if (mark == std::string_view::npos) return out;
  std::string query(target.substr(mark + 1));
  std::replace(query.begin(), query.end(), '+', ' ');
  const bool queryFine = split(query, '&', [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    auto key = decoded(part.substr(0, equals));
    auto value = decoded(equals == std::string_view::npos ? "" : part.substr(equals + 1));
    if (!key || !value) return false;
    if (!part.empty()) out.query.emplace_back(*std::move(key), *std::move(value));
    return true;
  });
  if (!queryFine) return brokenEncoding(target.substr(mark));
  return out;
}

bool namesLoopback(std::string_view host) {
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  const std::string name(host);
  if (Poco::icompare(name, "localhost") == 0) return true;
  Poco::Net::IPAddress address;
  return Poco::Net::IPAddress::tryParse(name, address) && address.isLoopback();
}

}  // namespace isthmus::status
