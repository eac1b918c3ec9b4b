#include "onem2m/http/http_request.h"

#include <array>
#include <charconv>

namespace isthmus::onem2m {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

enum : unsigned char { kInPath = 1, kInQuery = 2 };

// RFC 3986: pchar and "/" in a path; of a query's values only what is unreserved.
constexpr auto kAllowed = [] {
  std::array<unsigned char, 256> allowed{};
  const auto allow = [&allowed](std::string_view characters, unsigned char where) {
    for (const char c : characters) allowed[static_cast<unsigned char>(c)] |= where;
  };
  allow("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", kInPath | kInQuery);
  allow("/:@!$&'()*+,;=", kInPath);
  return allowed;
}();

void appendEncoded(std::string& out, std::string_view text, unsigned char where) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((kAllowed[byte] & where) != 0) {
      out += c;
    } else {
      out += '%';
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15U];
    }
  }
}

std::string_view methodOf(Operation operation) {
  switch (operation) {
    case Operation::create:
    case Operation::notify: return "POST ";
    case Operation::update: return "PUT ";
    case Operation::remove: return "DELETE ";
    case Operation::retrieve: break;
  }
  return "GET ";
}

void appendNumber(std::string& out, std::size_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// A control character would end the field: it is left out.
void appendField(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += name;
  for (const char c : value) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out += c;
  }
  out += "\r\n";
}

}  // namespace

void appendTarget(std::string& out, std::string_view prefix, const RequestPrimitive& request) {
  out += prefix;
  std::string_view to = request.to;
  if (to.starts_with("//")) {
    out += "/_/";
    to.remove_prefix(2);
  } else if (to.starts_with('/')) {
    out += "/~";
  } else {
    out += '/';
  }
  appendEncoded(out, to, kInPath);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    out += separator;
    appendEncoded(out, name, kInQuery);
    out += '=';
    appendEncoded(out, value, kInQuery);
    separator = '&';
  }
}

void writeRequest(std::string& out, const RequestFrame& frame, const RequestPrimitive& request) {
  out.assign(methodOf(request.operation));
  appendTarget(out, frame.prefix, request);
  out += " HTTP/1.1\r\n";
  out += frame.commonFields;
  appendField(out, "X-M2M-Origin: ", request.from);
  appendField(out, "X-M2M-RI: ", request.requestId);
  appendField(out, "X-M2M-RVI: ", request.releaseVersion);
  const bool hasContent = request.operation != Operation::retrieve && request.operation != Operation::remove;
  if (hasContent || !request.content.empty()) {
    out.append("Content-Type: ").append(frame.mediaType);
    if (request.type) {
      out += ";ty=";
      appendNumber(out, static_cast<std::size_t>(*request.type));
    }
    out += "\r\nContent-Length: ";
    appendNumber(out, request.content.size());
    out += "\r\n";
  }
  out += "\r\n";
  out += request.content;
}

}  // namespace isthmus::onem2m
