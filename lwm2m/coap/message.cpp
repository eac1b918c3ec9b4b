#include "lwm2m/coap/message.h"

#include <coap3/coap.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace isthmus::lwm2m::coap {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kMaxTokenLength = 8;
constexpr std::uint8_t kPayloadMarker = 0xFF;
constexpr std::uint8_t kTwoByteDelta = 14;  // RFC 7252 3.1: the delta is 269 plus the two bytes that follow
constexpr std::uint16_t kLeastTwoByteDelta = 269;
constexpr std::uint32_t kLargestOptionNumber = 0xFFFF;

tl::unexpected<Error> malformedAt(std::size_t offset, const char* what) {
  return fail(Errc::malformed, what, "byte " + std::to_string(offset));
}

// libcoap 4.3.1 lets the delta wrap round at 16 bits.
bool deltaWrapped(std::uint8_t first, std::uint16_t delta) {
  return first >> 4U == kTwoByteDelta && delta < kLeastTwoByteDelta;
}

}  // namespace

std::string Code::toString() const {
  std::array<char, 8> out{};
  std::snprintf(out.data(), out.size(), "%u.%02u", cls(), detail());
  return out.data();
}

Token::Token(ByteView bytes) : size_(static_cast<std::uint8_t>(std::min(bytes.size(), kMaxTokenLength))) {
  std::copy_n(bytes.begin(), size_, bytes_.begin());
}

Token Token::fromUint(std::uint64_t value) {
  Token token;
  token.size_ = kMaxTokenLength;
  for (std::size_t i = kMaxTokenLength; i-- > 0; value >>= 8U) token.bytes_[i] = static_cast<std::uint8_t>(value);
  return token;
}

std::optional<std::uint64_t> Token::asUint() const {
  if (size_ != kMaxTokenLength) return std::nullopt;
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes_) value = value << 8U | byte;
  return value;
}

std::optional<std::uint32_t> OptionView::asUint() const {
  if (value.size() > sizeof(std::uint32_t)) return std::nullopt;
  return coap_decode_var_bytes(value.data(), value.size());
}

std::optional<Header> peekHeader(ByteView datagram) {
  if (datagram.size() < kHeaderSize || datagram[0] >> 6U != kVersion) return std::nullopt;
  Header header;
  header.type = static_cast<Type>(datagram[0] >> 4U & 3U);
  header.code.raw = datagram[1];
  header.messageId = static_cast<std::uint16_t>(datagram[2] << 8U | datagram[3]);
  return header;
}

Result<MessageView> MessageView::parse(ByteView datagram) {
  const std::optional<Header> header = peekHeader(datagram);
  if (!header)
    return malformedAt(0, datagram.size() < kHeaderSize ? "shorter than a CoAP header" : "not CoAP version 1");
  Result<MessageView> parsed(tl::in_place);
  MessageView& message = *parsed;
  message.type = header->type;
  message.code = header->code;
  message.messageId = header->messageId;
  const std::size_t tokenLength = datagram[0] & 15U;
  if (tokenLength > kMaxTokenLength) return malformedAt(0, "reserved token length");
  // RFC 7252 4.1: an empty message has nothing after its message id.
  if (message.code == code::kEmpty && (tokenLength != 0 || datagram.size() != kHeaderSize))
    return malformedAt(kHeaderSize, "bytes after the message id of an empty message");
  if (datagram.size() < kHeaderSize + tokenLength) return malformedAt(kHeaderSize, "truncated token");
  message.token = Token(datagram.subspan(kHeaderSize, tokenLength));
  if (auto rest = message.parseOptions(datagram, kHeaderSize + tokenLength); !rest) return tl::unexpected(rest.error());
  return parsed;
}

Result<> MessageView::parseOptions(ByteView datagram, std::size_t at) {
  std::uint32_t number = 0;
  while (at < datagram.size() && datagram[at] != kPayloadMarker) {
    coap_option_t parsed{};
    const std::size_t length = coap_opt_parse(datagram.data() + at, datagram.size() - at, &parsed);
    if (length == 0) return malformedAt(at, "malformed option");
    number += parsed.delta;
    if (deltaWrapped(datagram[at], parsed.delta) || number > kLargestOptionNumber)
      return malformedAt(at, "option number above 65535");
    if (optionCount_ == kMaxOptions) return malformedAt(at, "too many options");
    std::construct_at(&options_.places[optionCount_++], static_cast<std::uint16_t>(number),
                      ByteView(parsed.value, parsed.length));
    at += length;
  }
  if (at == datagram.size()) return {};
  payload = datagram.subspan(at + 1);
  if (payload.empty()) return malformedAt(at, "payload marker without a payload");
  return {};
}

const OptionView* MessageView::find(std::uint16_t number) const {
  for (const OptionView& option : options())
    if (option.number >= number) return option.number == number ? &option : nullptr;
  return nullptr;
}

std::optional<std::uint32_t> MessageView::uintOption(std::uint16_t number) const {
  const OptionView* option = find(number);
  return option == nullptr ? std::nullopt : option->asUint();
}

std::vector<std::string_view> MessageView::textOptions(std::uint16_t number) const {
  std::vector<std::string_view> texts;
  for (const OptionView& option : options())
    if (option.number == number) texts.push_back(option.asText());
  return texts;
}

OptionList& OptionList::add(std::uint16_t number, ByteView value) {
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), number,
                                      [](std::uint16_t wanted, const Entry& entry) { return wanted < entry.number; });
  entries_.insert(after, Entry{number, Bytes(value.begin(), value.end())});
  return *this;
}

OptionList& OptionList::addUint(std::uint16_t number, std::uint32_t value) {
  std::array<std::uint8_t, sizeof(value)> encoded{};
  const std::size_t length = coap_encode_var_safe(encoded.data(), encoded.size(), value);
  return add(number, ByteView(encoded.data(), length));
}

OptionList& OptionList::addPath(std::uint16_t number, std::string_view path) {
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    if (!segment.empty()) add(number, segment);
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
  }
  return *this;
}

OptionList& OptionList::remove(std::uint16_t number) {
  std::erase_if(entries_, [number](const Entry& entry) { return entry.number == number; });
  return *this;
}

void serialize(Type type, Code code, std::uint16_t messageId, const Token& token, const OptionList& options,
               ByteView payload, Bytes& out) {
  const ByteView tokenBytes = token.bytes();
  out.push_back(static_cast<std::uint8_t>(kVersion << 6U | static_cast<unsigned>(type) << 4U | tokenBytes.size()));
  out.push_back(code.raw);
  out.push_back(static_cast<std::uint8_t>(messageId >> 8U));
  out.push_back(static_cast<std::uint8_t>(messageId));
  out.insert(out.end(), tokenBytes.begin(), tokenBytes.end());
  std::uint16_t previous = 0;
  for (const OptionList::Entry& entry : options.entries()) {
    const auto delta = static_cast<std::uint16_t>(entry.number - previous);
    const std::size_t at = out.size();
    out.resize(at + coap_opt_encode_size(delta, entry.value.size()));
    coap_opt_encode(out.data() + at, out.size() - at, delta, entry.value.data(), entry.value.size());
    previous = entry.number;
  }
  if (payload.empty()) return;
  out.push_back(kPayloadMarker);
  out.insert(out.end(), payload.begin(), payload.end());
}

}  // namespace isthmus::lwm2m::coap
