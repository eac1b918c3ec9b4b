#include "mapping/tools/finding.h"

#include "ipe/base/located_json.h"

#include <charconv>

namespace isthmus::mapping {
namespace {

// Takes ":12" from the end; 0 if there is none.
std::uint32_t takeNumber(std::string_view& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return 0;
  std::uint32_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data() + colon + 1, end, number);
  if (fault != std::errc() || stop != end) return 0;
  text = text.substr(0, colon);
  return number;
}

bool place(std::string_view where, Finding& out) {
  const auto column = takeNumber(where);
  const auto line = column == 0 ? 0 : takeNumber(where);
  if (line == 0) return false;
  out.file = where;
  out.line = line;
  out.column = column;
  return true;
}

void member(std::string& out, std::string_view key, std::string_view value, bool first = false) {
  out += first ? "" : ",";
  json::appendQuoted(out, key);
  out += ':';
  json::appendQuoted(out, value);
}

}  // namespace

std::string_view name(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::string toText(const Finding& finding) {
  std::string text = finding.file;
  if (finding.line > 0) text += ":" + std::to_string(finding.line) + ":" + std::to_string(finding.column);
  text += ": " + std::string(name(finding.severity)) + ": " + finding.message + " [" + finding.check;
  return text + (finding.pointer.empty() ? "]" : ", " + finding.pointer + "]");
}

std::string toJson(const std::vector<Finding>& findings) {
  std::string out = "[";
  for (const Finding& finding : findings) {
    out += out.size() > 1 ? ",\n{" : "{";
    member(out, "severity", name(finding.severity), true);
    member(out, "check", finding.check);
    member(out, "file", finding.file);
    out += ",\"line\":" + std::to_string(finding.line) + ",\"column\":" + std::to_string(finding.column);
    member(out, "pointer", finding.pointer);
    member(out, "rule", finding.rule);
    member(out, "message", finding.message);
    out += '}';
  }
  return out + "]";
}

Finding findingOf(const Error& fault) {
  Finding finding{Severity::error, "fault", fault.where, 0, 0, {}, {}, fault.message};
  const std::string_view where = fault.where;
  if (place(where, finding)) return finding;
  for (auto space = where.find(" /"); space != std::string_view::npos; space = where.find(" /", space + 1)) {
    if (!place(where.substr(0, space), finding)) continue;
    finding.pointer = where.substr(space + 1);
    return finding;
  }
  return finding;
}

}  // namespace isthmus::mapping
