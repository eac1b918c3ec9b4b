#pragma once

#include "ipe/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace isthmus::status {

// A request as the routes see it, free of the HTTP library.
struct Request {
  std::string method;
  std::string target;  // as on the wire: path and query
  std::string ifNoneMatch = {};
  std::string contentType = {};  // without its parameters, in lower case: "application/json"
  std::string body = {};
  bool foreign = false;  // a browser says that a page from elsewhere sent it
};

// What an event stream carries.
struct EventFilter {
  std::vector<std::string> types;      // empty: all
  std::vector<std::string> endpoints;  // "value" events of these only; empty: of all
};

struct Reply {
  int status = 200;
  std::string type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::optional<EventFilter> stream = {};  // the connection becomes an event stream; the rest is not used
};

inline constexpr std::string_view kJson = "application/json";

// RFC 9457. `detail` is a plain sentence that says what is wrong and what to do.
Reply problem(int status, std::string_view detail);
Reply problem(const Error& error);
// With members beyond those of RFC 9457.
using ProblemMembers = std::vector<std::pair<std::string_view, std::string_view>>;
Reply problem(int status, std::string_view detail, const ProblemMembers& more);

// The parts of a request target: percent-decoded segments of the path, and the query's pairs in their order.
struct Target {
  std::string path;  // still encoded
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;

  // The last value of that name; absent if the query has none.
  std::optional<std::string> parameter(std::string_view name) const;
  bool has(std::string_view name) const { return parameter(name).has_value(); }
  // Values separated by commas, or the parameter repeated.
  std::vector<std::string> list(std::string_view name) const;
  // A whole number between `least` and `most`; `otherwise` if the query does not have it. Error: malformed.
  Result<std::size_t> number(std::string_view name, std::size_t otherwise, std::size_t least, std::size_t most) const;
};

// Accepts origin-form and absolute-form (RFC 9112 3.2). Error: malformed, for a broken percent sign.
Result<Target> parseTarget(std::string_view target);

// True if a Host header names this machine's loopback: what a browser sends that was not led here by a foreign name
// (DNS rebinding).
bool namesLoopback(std::string_view host);

}  // namespace isthmus::status
