#include "ipe/status/route_table.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace isthmus::status {
namespace {

constexpr std::size_t kLongestPath = 4;  // object, instance, resource, resource instance

std::vector<std::string_view> segmentsOf(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool isNumber(std::string_view segment) {
  return !segment.empty() && std::ranges::all_of(segment, [](char c) { return c >= '0' && c <= '9'; });
}

// How many of the leading segments are numbers, as they are in a path of a device.
std::size_t pathLength(std::span<const std::string> given) {
  std::size_t length = 0;
  while (length < std::min(given.size(), kLongestPath) && isNumber(given[length])) ++length;
  return length;
}

bool matches(std::span<const std::string_view> pattern, std::span<const std::string> given, Call& call) {
  for (const std::string_view wanted : pattern) {
    if (given.empty()) return false;
    std::size_t taken = 1;
    if (wanted == "{path}") {
      taken = pathLength(given);
      if (taken == 0) return false;
      for (const std::string& number : given.first(taken)) call.path += "/" + number;
    } else if (wanted.starts_with('{')) {
      if (given.front().empty()) return false;
      call.name = given.front();
    } else if (wanted != given.front()) {
      return false;
    }
    given = given.subspan(taken);
  }
  const bool slashAfterPath = pattern.back() == "{path}" && given.size() == 1 && given.front().empty();
  return given.empty() || slashAfterPath;
}

}  // namespace

RouteTable::Handler RouteTable::Row::of(std::string_view method) const {
  if (method == "GET" || method == "HEAD") return get;
  if (method == "PUT") return put;
  if (method == "PATCH") return patch;
  if (method == "POST") return post;
  return method == "DELETE" ? remove : nullptr;
}

std::string RouteTable::Row::allow() const {
  std::string out;
  for (const std::string_view method : {"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"})
    if (of(method) != nullptr) out.append(out.empty() ? "" : ", ").append(method);
  return out;
}

// A member function of Api, or of one of its parts, as a Handler.
#define ISTHMUS_API(member) [](Api& api, const Call& call) { return api.member(call); }

std::span<const RouteTable::Row> RouteTable::rows() {
  static constexpr std::array kRows = std::to_array<Row>({
      {.path = "/livez", .get = ISTHMUS_API(livez)},
      {.path = "/readyz", .get = ISTHMUS_API(readyz)},
      {.path = "/metrics", .get = ISTHMUS_API(metrics)},
      {.path = "/openapi.json", .get = ISTHMUS_API(openapi)},
      {.path = "/", .get = ISTHMUS_API(console)},
      {.path = "/console/{file}", .get = ISTHMUS_API(console)},
      {.path = "/api/v1/status", .get = ISTHMUS_API(status)},
      {.path = "/api/v1/devices", .get = ISTHMUS_API(devices)},
      {.path = "/api/v1/devices/{ep}", .get = ISTHMUS_API(device), .remove = ISTHMUS_API(forget)},
      {.path = "/api/v1/devices/{ep}/{path}",
       .get = ISTHMUS_API(devices_.read),
       .put = ISTHMUS_API(devices_.write),
       .patch = ISTHMUS_API(devices_.update),
       .post = ISTHMUS_API(devices_.post),
       .remove = ISTHMUS_API(devices_.remove),
       .reachesDevice = true},
      {.path = "/api/v1/devices/{ep}/{path}/discover", .get = ISTHMUS_API(devices_.discover), .reachesDevice = true},
      {.path = "/api/v1/devices/{ep}/{path}/attributes",
       .get = ISTHMUS_API(devices_.attributes),
       .put = ISTHMUS_API(devices_.writeAttributes),
       .reachesDevice = true},
      {.path = "/api/v1/devices/{ep}/{path}/observe",
       .post = ISTHMUS_API(devices_.observe),
       .remove = ISTHMUS_API(devices_.cancel)},
      {.path = "/api/v1/devices/{ep}/composite",
       .get = ISTHMUS_API(devices_.readComposite),
       .put = ISTHMUS_API(devices_.writeComposite),
       .reachesDevice = true},
      {.path = "/api/v1/devices/{ep}/composite/observe",
       .post = ISTHMUS_API(devices_.observeComposite),
       .remove = ISTHMUS_API(devices_.cancelComposite)},
      {.path = "/api/v1/devices/{ep}/kick", .post = ISTHMUS_API(devices_.kick)},
      {.path = "/api/v1/devices/{ep}/decode-errors", .get = ISTHMUS_API(devices_.decodeErrors)},
      {.path = "/api/v1/commands", .get = ISTHMUS_API(devices_.commands)},
      {.path = "/api/v1/commands/{id}", .get = ISTHMUS_API(devices_.command), .remove = ISTHMUS_API(devices_.withdraw)},
      {.path = "/api/v1/credentials", .get = ISTHMUS_API(credentials_.list)},
      {.path = "/api/v1/credentials/{ep}",
       .get = ISTHMUS_API(credentials_.show),
       .put = ISTHMUS_API(credentials_.put),
       .remove = ISTHMUS_API(credentials_.remove)},
      {.path = "/api/v1/accounting", .get = ISTHMUS_API(accounting)},
      {.path = "/api/v1/outbox", .get = ISTHMUS_API(outbox)},
      {.path = "/api/v1/mapping", .get = ISTHMUS_API(mapping), .post = ISTHMUS_API(mapping_.apply)},
      {.path = "/api/v1/mapping/sets", .get = ISTHMUS_API(mapping_.list)},
      {.path = "/api/v1/mapping/sets/{id}", .get = ISTHMUS_API(mapping_.show)},
      {.path = "/api/v1/mapping/diff", .get = ISTHMUS_API(mapping_.difference)},
      {.path = "/api/v1/mapping/rollback", .post = ISTHMUS_API(mapping_.rollBack)},
      {.path = "/api/v1/mapping/reload", .post = ISTHMUS_API(mapping_.reload)},
      {.path = "/api/v1/events", .get = ISTHMUS_API(events)},
  });
  return kRows;
}

#undef ISTHMUS_API

const RouteTable::Row* RouteTable::find(Call& call) {
  static const std::vector<std::vector<std::string_view>> patterns = [] {
    std::vector<std::vector<std::string_view>> out;
    for (const Row& row : rows()) out.push_back(segmentsOf(row.path));
    return out;
  }();
  for (std::size_t index = 0; index < patterns.size(); ++index) {
    call.name.clear();
    call.path.clear();
    if (matches(patterns[index], call.target.segments, call)) return &rows()[index];
  }
  return nullptr;
}

}  // namespace isthmus::status
