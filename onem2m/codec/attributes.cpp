#include "onem2m/codec/attributes.h"

#include "ipe/base/located_json.h"

#include <algorithm>

namespace isthmus::onem2m {
namespace {

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Finds where the members of an object begin and end. The text is known to be sound JSON, so brackets and quotes
// balance.
class Scanner {
 public:
  explicit Scanner(std::string_view json) : json_(json) {}

  Attributes members() {
    Attributes found;
    skipBlanks();
    ++at_;  // {
    for (skipBlanks(); json_[at_] != '}'; skipBlanks()) {
      if (json_[at_] == ',') {
        ++at_;
        continue;
      }
      const std::string_view name = value();
      skipBlanks();
      ++at_;  // :
      skipBlanks();
      found.emplace_back(name.substr(1, name.size() - 2), value());
    }
    return found;
  }

 private:
  void skipBlanks() {
    while (isBlank(json_[at_])) ++at_;
  }

  std::string_view value() {
    const std::size_t begin = at_;
    int depth = 0;
    bool quoted = false;
    for (; at_ < json_.size(); ++at_) {
      const char c = json_[at_];
      if (quoted) {
        if (c == '\\') ++at_;
        quoted = c != '"';
        if (!quoted && depth == 0) {
          ++at_;
          break;
        }
        continue;
      }
      if (c == '"') quoted = true;
      if (depth == 0 && (c == ',' || c == '}' || c == ']' || c == ':' || isBlank(c))) break;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) {
        ++at_;
        break;
      }
    }
    return json_.substr(begin, at_ - begin);
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Attributes> readAttributes(std::string_view json) {
  const json::Document document(json, "attributes");
  if (!document.faults().empty()) return tl::unexpected(document.faults().front());
  if (!document.root().is(json::Kind::object)) return fail(Errc::malformed, "not an object", document.root().where());
  return Scanner(json).members();
}

Result<Attributes> readResourceAttributes(std::string_view json) {
  auto outer = readAttributes(json);
  if (!outer) return outer;
  if (outer->size() != 1) return fail(Errc::malformed, "not one resource");
  return readAttributes(outer->front().second);
}

const std::string* find(const Attributes& attributes, std::string_view name) {
  const auto found = std::ranges::find(attributes, name, &Attributes::value_type::first);
  return found == attributes.end() ? nullptr : &found->second;
}

void merge(Attributes& into, const Attributes& newer) {
  for (const auto& [name, value] : newer) {
    const auto found = std::ranges::find(into, name, &Attributes::value_type::first);
    if (found == into.end()) {
      into.emplace_back(name, value);
    } else {
      found->second = value;
    }
  }
}

}  // namespace isthmus::onem2m
