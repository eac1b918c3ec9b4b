#include "ipe/status/api.h"

#include "ipe/base/bytes.h"
#include "ipe/base/embedded_file.h"
#include "ipe/status/route_table.h"
#include "ipe/status/views.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace isthmus {
std::span<const EmbeddedFile> statusConsoleFiles();  // generated: module.cmake
std::span<const EmbeddedFile> statusApiFiles();
}  // namespace isthmus

namespace isthmus::status {
namespace {

constexpr std::size_t kMostDevices = 1'000'000'000;
constexpr std::size_t kMostFilters = 256;
constexpr const char* kPlain = "text/plain; charset=utf-8";

Reply ok(std::string_view type, std::string body) { return {200, std::string(type), std::move(body)}; }

std::string_view typeOf(std::string_view file) {
  constexpr std::pair<std::string_view, std::string_view> types[] = {{".html", "text/html; charset=utf-8"},
                                                                     {".css", "text/css; charset=utf-8"},
                                                                     {".js", "text/javascript; charset=utf-8"},
                                                                     {".svg", "image/svg+xml"},
                                                                     {".json", "application/json"}};
  for (const auto& [ending, type] : types)
    if (file.ends_with(ending)) return type;
  return "application/octet-stream";
}

// A file of the program, with a tag so that a browser asks for it once per version.
Reply file(std::span<const EmbeddedFile> files, std::string_view name, const std::string& known) {
  const auto found = std::find_if(files.begin(), files.end(), [&](const EmbeddedFile& f) { return f.name == name; });
  if (found == files.end()) return problem(404, "The console has no file '" + std::string(name) + "'; it starts at /.");
  const std::string tag = "\"" + std::to_string(hash64(found->text)) + "\"";
  Reply reply = known == tag ? Reply{304, "", ""} : ok(typeOf(name), std::string(found->text));
  reply.headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}};
  return reply;
}

Result<DeviceQuery> deviceQuery(const Target& target) {
  const auto offset = target.number("offset", 0, 0, kMostDevices);
  if (!offset) return tl::unexpected(offset.error());
  const auto limit = target.number("limit", kDefaultPage, 1, kLargestPage);
  if (!limit) return tl::unexpected(limit.error());
  return DeviceQuery{target.parameter("search").value_or(""), *offset, *limit};
}

// One line per check, as Kubernetes writes them; a check in brackets with "!" does not count.
struct Check {
  std::string name;
  bool fine = true;
  bool counts = true;
  std::string detail;
};

std::vector<Check> checks(const StatusView& status) {
  return {{"storage", status.storageFine, true, status.storageProblem},
          {"outbox", !status.outbox.refusing, false, "new registrations are refused until the outbox is below 'low'"},
          {"cse", status.cse.reachable, false, status.cse.problem}};
}

std::string checkLine(const Check& check) {
  if (check.fine) return "[+]" + check.name + " ok\n";
  std::string line =
      (check.counts ? "[-]" : "[!]") + check.name + (check.counts ? " failed" : " degraded, does not count");
  if (!check.detail.empty()) line += ": " + check.detail;
  return line + "\n";
}

std::vector<std::string> repeatedParameter(const Target& target, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : target.query)
    if (key == name) out.push_back(value);
  return out;
}

}  // namespace

std::vector<RouteInfo> Api::routes() {
  std::vector<RouteInfo> out;
  for (const RouteTable::Row& row : RouteTable::rows()) out.push_back({row.path, row.allow()});
  return out;
}

Reply Api::handle(const Request& request, const StreamFigures& streams) {
  auto target = parseTarget(request.target);
  if (!target) return problem(target.error());
  Call call{request, streams, *std::move(target)};
  const RouteTable::Row* row = RouteTable::find(call);
  if (row == nullptr)
    return problem(404,
                   "There is nothing at " + call.target.path + "; /openapi.json lists every address that is served.");
  const RouteTable::Handler handler = row->of(request.method);
  if (handler == nullptr) {
    Reply reply = problem(405, request.method + " is not possible here; use " + row->allow() + ".");
    reply.headers.emplace_back("Allow", row->allow());
    return reply;
  }
  const bool harmless = (request.method == "GET" || request.method == "HEAD") && !row->reachesDevice;
  if (request.foreign && !harmless)
    return problem(403, "A page from elsewhere may not do this; use the console at /, or a program.");
  Reply reply = handler(*this, call);
  // RFC 9110 15.5.6; what a device refused may well be possible with another method.
  if (reply.status == 405) reply.headers.emplace_back("Allow", row->allow());
  return reply;
}

Reply Api::livez(const Call&) { return ok(kPlain, "ok\n"); }

Reply Api::readyz(const Call& call) {
  const auto rows = checks(source_.status());
  const bool ready = std::all_of(rows.begin(), rows.end(), [](const Check& c) { return c.fine || !c.counts; });
  std::string text;
  if (!ready || call.target.has("verbose"))
    for (const Check& check : rows) text += checkLine(check);
  text += ready ? "ok\n" : "not ready\n";
  return {ready ? 200 : 503, kPlain, text};
}

Reply Api::metrics(const Call& call) {
  return ok(kMetricsType, metricsText(source_.status(), source_.accounting(), call.streams));
}

Reply Api::openapi(const Call& call) { return file(statusApiFiles(), "openapi.json", call.request.ifNoneMatch); }

Reply Api::console(const Call& call) {
  const std::string& name = call.name;
  return file(statusConsoleFiles(), name.empty() ? "index.html" : name, call.request.ifNoneMatch);
}

Reply Api::status(const Call&) { return ok(kJson, toJson(source_.status(), source_.accounting())); }

Reply Api::devices(const Call& call) {
  const auto query = deviceQuery(call.target);
  if (!query) return problem(query.error());
  return ok(kJson, toJson(source_.devices(*query), *query));
}

Reply Api::device(const Call& call) {
  const auto detail = source_.device(call.name);
  if (!detail)
    return problem(404, "No device '" + call.name + "' is known here; /api/v1/devices?search= finds endpoint names.");
  return ok(kJson, toJson(*detail));
}

Reply Api::forget(const Call& call) {
  const auto done = source_.forget(call.name);
  return done ? Reply{204, "", ""} : problem(done.error());
}

Reply Api::accounting(const Call& call) {
  const auto by = call.target.parameter("by");
  if (!by) return ok(kJson, toJson(source_.accounting()));
  if (*by != "endpoint") return problem(400, "'by' can only be 'endpoint'; without it the totals are given.");
  const auto query = deviceQuery(call.target);
  if (!query) return problem(query.error());
  return ok(kJson, toJson(source_.accountingByEndpoint(*query), *query));
}

Reply Api::outbox(const Call& call) {
  const std::string state = call.target.parameter("state").value_or("pending");
  if (state != "pending" && state != "rejected") return problem(400, "'state' must be 'pending' or 'rejected'.");
  const auto limit = call.target.number("limit", kDefaultPage, 1, kLargestPage);
  if (!limit) return problem(limit.error());
  const auto rows = source_.outbox(state, *limit);
  if (!rows) return problem(rows.error());
  return ok(kJson, toJson(*rows, state, *limit));
}

Reply Api::mapping(const Call&) { return ok(kJson, toJson(source_.mapping())); }

Reply Api::events(const Call& call) {
  EventFilter filter{call.target.list("type"), repeatedParameter(call.target, "endpoint")};
  if (filter.types.size() + filter.endpoints.size() > kMostFilters)
    return problem(400, "A stream takes at most " + std::to_string(kMostFilters) + " types and endpoints.");
  Reply reply = ok("text/event-stream", "");
  reply.stream = std::move(filter);
  return reply;
}

}  // namespace isthmus::status
