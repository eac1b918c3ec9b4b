#include "onem2m/codec/attributes.h"

#include "ipe/base/located_json.h"
#include "onem2m/codec/json_fields.h"

#include <algorithm>

namespace isthmus::onem2m {
namespace {

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The reader lets comments pass, which are no JSON: outside of strings that has no slash.
bool hasComment(std::string_view json) {
  bool quoted = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    if (json[at] == '"') quoted = !quoted;
    if (quoted && json[at] == '\\') ++at;
    if (!quoted && json[at] == '/') return true;
  }
  return false;
}

// Finds where the members of an object begin and end. The text is known to be JSON, so brackets and quotes balance.
class Scanner {
 public:
  explicit Scanner(std::string_view json) : json_(json) {}

  Result<Attributes> members() {
    Attributes found;
    skipBlanks();
    if (!take('{')) return odd();
    for (skipBlanks(); !take('}'); skipBlanks()) {
      if (take(',')) continue;
      const std::string_view name = value();
      skipBlanks();
      if (name.size() < 2 || name.front() != '"' || !take(':')) return odd();
      skipBlanks();
      const std::string_view text = value();
      if (text.empty()) return odd();
      found.emplace_back(name.substr(1, name.size() - 2), text);
    }
    return found;
  }

 private:
  tl::unexpected<Error> odd() const { return fail(Errc::malformed, "no plain JSON", "byte " + std::to_string(at_)); }

  bool take(char c) {
    if (at_ >= json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }

  void skipBlanks() {
    while (at_ < json_.size() && isBlank(json_[at_])) ++at_;
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
  if (hasComment(json)) return fail(Errc::malformed, "a comment is no JSON");
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

bool isSameValue(std::string_view one, std::string_view other) {
  if (one == other) return true;
  rapidjson::Document left, right;
  if (!parse(left, one) || !parse(right, other)) return false;
  return static_cast<const rapidjson::Value&>(left) == static_cast<const rapidjson::Value&>(right);
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
