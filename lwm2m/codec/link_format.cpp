#include "lwm2m/codec/link_format.h"

#include <algorithm>
#include <array>

namespace isthmus::lwm2m {
namespace {

constexpr std::string_view kAlphaNumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kSpace = " \t\r\n";

// One bit per ASCII character.
class CharacterSet {
 public:
  constexpr explicit CharacterSet(std::string_view also) {
    for (const char c : kAlphaNumeric) add(c);
    for (const char c : also) add(c);
  }
  constexpr bool has(char c) const {
    const auto code = static_cast<unsigned char>(c);
    return code < 128 && (bits_[code / 64] >> (code % 64) & 1U) != 0;
  }

 private:
  constexpr void add(char c) { bits_[static_cast<unsigned char>(c) / 64] |= std::uint64_t{1} << (c % 64); }
  std::array<std::uint64_t, 2> bits_{};
};

constexpr CharacterSet kSegment("-._~!$&'()*+,;=:@");           // pchar, RFC 3986 3.3
constexpr CharacterSet kName("!#$&+-.^_`|~");                   // attr-char, RFC 8187 3.2.1
constexpr CharacterSet kToken("!#$%&'()*+-./:<=>?@[]^_`{|}~");  // ptokenchar, RFC 6690 2

bool isHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class LinkParser {
 public:
  LinkParser(std::string_view text, LinkSyntax syntax) : text_(text), tolerant_(syntax == LinkSyntax::tolerant) {}

  Result<std::vector<Link>> parse() {
    std::vector<Link> links;
    space();
    if (at_ == text_.size()) return links;
    links.reserve(static_cast<std::size_t>(std::ranges::count(text_, '<')));
    do {
      space();
      Link link;
      if (auto ok = target(link); !ok) return tl::unexpected(ok.error());
      space();
      while (take(';')) {
        space();
        if (auto ok = attribute(link); !ok) return tl::unexpected(ok.error());
        space();
      }
      links.push_back(std::move(link));
    } while (take(','));
    if (at_ != text_.size()) return broken("expected a comma, a semicolon or the end");
    return links;
  }

 private:
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void space() {
    while (tolerant_ && at_ < text_.size() && kSpace.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  std::string_view run(const CharacterSet& set) {
    const std::size_t first = at_;
    while (at_ < text_.size() && set.has(text_[at_])) ++at_;
    return text_.substr(first, at_ - first);
  }
  tl::unexpected<Error> broken(std::string message) const {
    return fail(Errc::malformed, std::move(message), "byte " + std::to_string(at_));
  }

  // "<" path-absolute ">" (RFC 3986 3.3): the only targets that LwM2M has.
  Result<void> target(Link& link) {
    if (!take('<')) return broken("a link starts with <");
    const std::size_t first = at_;
    if (!take('/')) return broken("a target starts with a slash");
    if (at_ < text_.size() && text_[at_] == '/') return broken("a target without a first segment");
    while (at_ < text_.size() && text_[at_] != '>')
      if (!segmentCharacter()) return broken("a character that no path has");
    link.target = text_.substr(first, at_ - first);
    if (!take('>')) return broken("a target without an end");
    return {};
  }

  bool segmentCharacter() {
    if (text_[at_] == '%') {
      if (at_ + 2 >= text_.size() || !isHex(text_[at_ + 1]) || !isHex(text_[at_ + 2])) return false;
      at_ += 3;
      return true;
    }
    return text_[at_] == '/' || kSegment.has(text_[at_]) ? (++at_, true) : false;
  }

  Result<void> attribute(Link& link) {
    LinkAttribute attribute;
    attribute.name = run(kName);
    if (attribute.name.empty()) return broken("an attribute without a name");
    if (take('=')) {
      auto value = take('"') ? quoted() : token();
      if (!value) return tl::unexpected(std::move(value.error()));
      attribute.value = *std::move(value);
    }
    link.attributes.push_back(std::move(attribute));
    return {};
  }

  Result<std::string> token() {
    std::string value(run(kToken));
    if (value.empty()) return broken("an attribute without a value after =");
    return value;
  }

  Result<std::string> quoted() {
    std::string value;
    while (!take('"')) {
      take('\\');
      if (at_ == text_.size()) return broken("a quoted value without an end");
      const auto code = static_cast<unsigned char>(text_[at_]);
      if ((code < 0x20 && code != '\t') || code == 0x7F) return broken("a control character in a quoted value");
      value += text_[at_++];
    }
    if (!isUtf8(value)) return broken("a quoted value that is not UTF-8");
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool tolerant_;
};

// RFC 6690 2: these are quoted strings, or lists that may need to be.
bool wantsQuotes(const LinkAttribute& attribute) {
  constexpr std::array<std::string_view, 4> kQuoted{"rt", "if", "title", "anchor"};
  return attribute.value->empty() || std::ranges::find(kQuoted, attribute.name) != kQuoted.end() ||
         !std::ranges::all_of(*attribute.value, [](char c) { return kToken.has(c); });
}

void serialize(const LinkAttribute& attribute, std::string& out) {
  out += ';';
  out += attribute.name;
  if (!attribute.value) return;
  out += '=';
  if (!wantsQuotes(attribute)) {
    out += *attribute.value;
    return;
  }
  out += '"';
  for (const char c : *attribute.value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

Result<std::vector<Link>> parseLinks(std::string_view text, LinkSyntax syntax) {
  return LinkParser(text, syntax).parse();
}

std::string serializeLinks(std::span<const Link> links) {
  std::string out;
  for (const Link& link : links) {
    if (!out.empty()) out += ',';
    out += '<';
    out += link.target;
    out += '>';
    for (const LinkAttribute& attribute : link.attributes) serialize(attribute, out);
  }
  return out;
}

}  // namespace isthmus::lwm2m
