#pragma once

#include "config/loader/config.h"
#include "ipe/base/located_json.h"
#include "ipe/base/result.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace isthmus::config {

// What a key's value may be: how it is read from text, and written back. An error's message says what is wrong and what
// is right.
template <class T>
struct Kind {
  std::string expects;  // "a port, 1 to 65535"
  json::Kind inFile = json::Kind::string;
  std::function<Result<T>(std::string_view)> parse;
  std::function<std::string(const T&)> show;
};

// host:port; `scheme` ("coap") must stand before it as scheme:// if it is not empty. `standardPort` 0: a port must be
// named.
Kind<Endpoint> endpointKind(std::string_view scheme, std::uint16_t standardPort);
// One of `schemes`; without a port the scheme's own.
Kind<Url> urlKind(std::span<const std::string_view> schemes, std::string_view example);
Kind<std::filesystem::path> pathKind();
Kind<bool> flagKind();                                 // true, false
Kind<std::string> textKind(std::string_view expects);  // anything but control characters
Kind<std::string> aeIdKind();                          // "CIsthmus", "/id-in/CIsthmus"
Kind<std::string> cseIdKind();                         // "/id-in"
Kind<std::string> resourceNameKind();                  // 0-9 A-Z a-z _ -
Kind<std::string> baseKind();                          // the same and . ~
Kind<std::string> wordKind(std::span<const std::string_view> words);
Kind<std::uint64_t> countKind(std::string_view unit, std::uint64_t min, std::uint64_t max);

// Words for the enumerators of E, in their order.
template <class E>
Kind<E> choiceKind(std::span<const std::string_view> words) {
  auto kind = wordKind(words);
  return {kind.expects, kind.inFile,
          [words, parse = kind.parse](std::string_view text) -> Result<E> {
            const auto word = parse(text);
            if (!word) return tl::unexpected(word.error());
            return static_cast<E>(std::find(words.begin(), words.end(), *word) - words.begin());
          },
          [words](const E& value) { return std::string(words[static_cast<std::size_t>(value)]); }};
}

// Another type with the same text.
template <class To, class From>
Kind<To> as(const Kind<From>& kind, std::function<To(const From&)> to, std::function<From(const To&)> from) {
  return {kind.expects, kind.inFile,
          [parse = kind.parse, to](std::string_view text) -> Result<To> {
            const auto value = parse(text);
            if (!value) return tl::unexpected(value.error());
            return to(*value);
          },
          [show = kind.show, from](const To& value) { return show(from(value)); }};
}

}  // namespace isthmus::config
