#include "ipe/base/located_json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

namespace isthmus::json {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr unsigned kFlags = rapidjson::kParseCommentsFlag | rapidjson::kParseTrailingCommasFlag |
                            rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;

// Turns ascending offsets into lines and columns; a column counts characters, from 1.
class Ruler {
 public:
  explicit Ruler(std::string_view text) : text_(text) {}

  void advanceTo(std::size_t offset) {
    for (; at_ < offset && at_ < text_.size(); ++at_) {
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '\n') {
        ++line;
        column = 1;
      } else if ((byte & 0xC0) != 0x80) {
        ++column;
      }
    }
  }

  std::uint32_t line = 1, column = 1;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// The first byte at or after `from` that is not white space, a comment or punctuation between values.
std::size_t tokenStart(std::string_view text, std::size_t from) {
  static constexpr std::string_view kBetween = " \t\r\n,:]}";
  while (from < text.size()) {
    if (kBetween.find(text[from]) != std::string_view::npos) {
      ++from;
    } else if (text.substr(from, 2) == "//") {
      from = std::min(text.find('\n', from), text.size());
    } else if (text.substr(from, 2) == "/*") {
      const auto end = text.find("*/", from + 2);
      from = end == std::string_view::npos ? text.size() : end + 2;
    } else {
      break;
    }
  }
  return from;
}

std::string escapedPointerToken(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string location(std::string_view file, std::uint32_t line, std::uint32_t column, std::string_view pointer) {
  return std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(column) + " " + std::string(pointer);
}

std::string message(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty: return "the file holds nothing: it must hold one JSON object";
    case rapidjson::kParseErrorTermination: return "nested too deeply: at most 64 levels";
    case rapidjson::kParseErrorStringInvalidEncoding: return "the text is not valid UTF-8 here";
    default: return std::string("not valid JSON: ") + rapidjson::GetParseError_En(code);
  }
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "true or false";
    case Kind::number: return "a number";
    case Kind::string: return "a string";
    case Kind::array: return "an array";
    case Kind::object: return "an object";
  }
  return "unknown";
}

// Receives RapidJSON's events. A token's start is not told by RapidJSON: it is what follows the previous token's end.
struct Document::Builder {
  using Ch = char;
  using Size = rapidjson::SizeType;

  Builder(Document& target, std::string_view text, rapidjson::MemoryStream& input)
      : document(target), source(text), stream(input), ruler(text) {}

  bool Null() { return leaf(Kind::null, {}); }
  bool Bool(bool value) { return leaf(Kind::boolean, value ? "true" : "false"); }
  bool RawNumber(const Ch* text, Size length, bool) { return leaf(Kind::number, {text, length}); }
  bool String(const Ch* text, Size length, bool) { return leaf(Kind::string, {text, length}); }
  bool StartObject() { return open(Kind::object); }
  bool StartArray() { return open(Kind::array); }
  bool EndObject(Size) { return close(); }
  bool EndArray(Size) { return close(); }

  // Numbers arrive as text, so these never come.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  bool Key(const Ch* text, Size length, bool) {
    moveToToken();
    pendingKey.assign(text, length);
    return true;
  }

  void moveToToken() {
    ruler.advanceTo(tokenStart(source, end));
    end = stream.Tell();
  }

  std::uint32_t add(Kind kind, std::string_view text) {
    moveToToken();
    const auto index = static_cast<std::uint32_t>(document.entries_.size());
    Entry entry{kind, false, ruler.line, ruler.column, 0, 0, {}, std::string(text), {}};
    if (!parents.empty()) {
      entry.parent = parents.back();
      auto& siblings = document.entries_[entry.parent].children;
      entry.position = static_cast<std::uint32_t>(siblings.size());
      entry.isMember = document.entries_[entry.parent].kind == Kind::object;
      if (entry.isMember) entry.key = std::exchange(pendingKey, {});
      siblings.push_back(index);
    }
    document.entries_.push_back(std::move(entry));
    return index;
  }

  bool leaf(Kind kind, std::string_view text) {
    add(kind, text);
    return true;
  }

  bool open(Kind kind) {
    if (parents.size() == kMaxDepth) return false;
    parents.push_back(add(kind, {}));
    return true;
  }

  bool close() {
    complainAboutTwins(parents.back());
    parents.pop_back();
    end = stream.Tell();
    return true;
  }

  void complainAboutTwins(std::uint32_t object) {
    if (document.entries_[object].kind != Kind::object) return;
    auto members = document.entries_[object].children;
    std::sort(members.begin(), members.end(), [this](std::uint32_t a, std::uint32_t b) {
      return std::tie(document.entries_[a].key, a) < std::tie(document.entries_[b].key, b);
    });
    for (std::size_t i = 1; i < members.size(); ++i) {
      const auto& key = document.entries_[members[i]].key;
      if (key != document.entries_[members[i - 1]].key) continue;
      complain(document.faults_, Node(document, members[i]), "\"" + key + "\" stands here a second time: keep one");
    }
  }

  Document& document;
  std::string_view source;
  rapidjson::MemoryStream& stream;
  Ruler ruler;
  std::vector<std::uint32_t> parents;
  std::string pendingKey;
  std::size_t end = 0;
};

Document::Document(std::string_view text, std::string_view fileName) : fileName_(fileName) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  // RapidJSON takes a NUL byte for the end of the text: what follows would be dropped in silence.
  const auto readable = text.substr(0, text.find('\0'));
  rapidjson::MemoryStream stream(readable.data(), readable.size());
  Builder builder(*this, readable, stream);
  rapidjson::Reader reader;
  const auto result = reader.Parse<kFlags>(stream, builder);
  if (!result.IsError() && readable.size() == text.size()) return;

  const auto pointer = builder.parents.empty() ? std::string() : Node(*this, builder.parents.back()).pointer();
  Ruler ruler(text);
  ruler.advanceTo(result.IsError() ? result.Offset() : readable.size());
  auto reason = result.IsError() ? message(result.Code()) : std::string("a NUL byte: the file must be plain text");
  faults_.push_back({Errc::configuration, std::move(reason), location(fileName_, ruler.line, ruler.column, pointer)});
  entries_.clear();
}

Node Document::root() const {
  static const Document kNothing("null", "");
  return entries_.empty() ? Node(kNothing, 0) : Node(*this, 0);
}

std::vector<Node> Node::children() const {
  std::vector<Node> nodes;
  nodes.reserve(entry().children.size());
  for (const auto child : entry().children) nodes.emplace_back(*document_, child);
  return nodes;
}

std::optional<Node> Node::member(std::string_view key) const {
  for (const auto child : entry().children) {
    if (document_->entries_[child].isMember && document_->entries_[child].key == key) return Node(*document_, child);
  }
  return {};
}

std::string Node::pointer() const {
  if (index_ == 0) return {};
  const auto token = entry().isMember ? escapedPointerToken(entry().key) : std::to_string(entry().position);
  return Node(*document_, entry().parent).pointer() + "/" + token;
}

std::string Node::where() const {
  const auto path = pointer();
  return location(document_->fileName_, entry().line, entry().column, path.empty() ? "/" : path);
}

void complain(Faults& faults, const Node& at, std::string message) {
  faults.push_back({Errc::configuration, std::move(message), at.where()});
}

bool expect(const Node& node, Kind kind, Faults& faults) {
  if (node.is(kind)) return true;
  complain(faults, node, "must be " + std::string(name(kind)) + ", not " + std::string(name(node.kind())));
  return false;
}

std::optional<std::string> readString(const Node& node, Faults& faults) {
  if (!expect(node, Kind::string, faults)) return {};
  return std::string(node.text());
}

std::optional<bool> readBoolean(const Node& node, Faults& faults) {
  if (!expect(node, Kind::boolean, faults)) return {};
  return node.text() == "true";
}

std::optional<double> readNumber(const Node& node, Faults& faults) {
  if (!expect(node, Kind::number, faults)) return {};
  const auto text = node.text();
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc() && end == text.data() + text.size() && std::isfinite(value)) return value;
  complain(faults, node, std::string(text) + " is outside of what a double can hold");
  return {};
}

std::optional<std::int64_t> readInteger(const Node& node, std::int64_t min, std::int64_t max, Faults& faults) {
  if (!expect(node, Kind::number, faults)) return {};
  const auto text = node.text();
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc() && end == text.data() + text.size() && value >= min && value <= max) return value;
  complain(faults, node,
           std::string(text) + " must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return {};
}

std::optional<std::size_t> readWord(const Node& node, std::span<const std::string_view> words, Faults& faults) {
  if (!expect(node, Kind::string, faults)) return {};
  const auto found = std::find(words.begin(), words.end(), node.text());
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  complain(faults, node, "\"" + std::string(node.text()) + "\" is not allowed here: use " + alternatives(words));
  return {};
}

void refuseUnknownKeys(const Node& object, std::span<const std::string_view> known, Faults& faults) {
  for (const auto& member : object.children()) {
    if (std::find(known.begin(), known.end(), member.key()) != known.end()) continue;
    complain(faults, member, "unknown key \"" + std::string(member.key()) + "\": " + suggestion(member.key(), known));
  }
}

namespace {

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Insertions, deletions, changes and swaps of neighbours that turn one word into the other; case does not count.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> beforeLast(b.size() + 1), last(b.size() + 1), current(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lowered(a[i - 1]) == lowered(b[j - 1]);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped =
          i > 1 && j > 1 && lowered(a[i - 1]) == lowered(b[j - 2]) && lowered(a[i - 2]) == lowered(b[j - 1]);
      if (swapped) current[j] = std::min(current[j], beforeLast[j - 2] + 1);
    }
    std::swap(beforeLast, last);
    std::swap(last, current);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  static constexpr std::size_t kLongestWord = 64;
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto candidate : known) {
    const auto steps = distance(word, candidate);
    if (steps >= least) continue;
    least = steps;
    best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  if (const auto meant = nearest(word, known); !meant.empty()) return "did you mean \"" + std::string(meant) + "\"?";
  return "use " + alternatives(known);
}

std::string alternatives(std::span<const std::string_view> words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? " or " : ", ";
    list += "\"" + std::string(words[i]) + "\"";
  }
  return list;
}

std::string toText(const Node& node) {
  std::string out;
  switch (node.kind()) {
    case Kind::null: return "null";
    case Kind::boolean:
    case Kind::number: return std::string(node.text());
    case Kind::string: appendQuoted(out, node.text()); return out;
    case Kind::array:
    case Kind::object: break;
  }
  const bool named = node.is(Kind::object);
  out = named ? '{' : '[';
  for (const Node& child : node.children()) {
    if (out.size() > 1) out += ',';
    if (named) {
      appendQuoted(out, child.key());
      out += ':';
    }
    out += toText(child);
  }
  return out + (named ? '}' : ']');
}

void appendQuoted(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 0xF];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace isthmus::json
