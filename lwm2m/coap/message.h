#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::lwm2m::coap {

enum class Type : std::uint8_t { confirmable = 0, nonConfirmable = 1, acknowledgement = 2, reset = 3 };

// RFC 7252 3: three bits of class, five of detail; 4.04 is Code(4, 4).
struct Code {
  std::uint8_t raw = 0;
  constexpr Code() = default;
  constexpr Code(unsigned cls, unsigned detail) : raw(static_cast<std::uint8_t>(cls << 5 | detail)) {}
  constexpr unsigned cls() const { return raw >> 5U; }
  constexpr unsigned detail() const { return raw & 31U; }
  constexpr bool isRequest() const { return cls() == 0 && raw != 0; }
  constexpr bool isResponse() const { return cls() >= 2 && cls() <= 5; }
  constexpr bool isSuccess() const { return cls() == 2; }
  std::string toString() const;  // "4.04"
  constexpr auto operator<=>(const Code&) const = default;
};

namespace code {
inline constexpr Code kEmpty{0, 0}, kGet{0, 1}, kPost{0, 2}, kPut{0, 3}, kDelete{0, 4}, kFetch{0, 5}, kPatch{0, 6},
    kIPatch{0, 7};
inline constexpr Code kCreated{2, 1}, kDeleted{2, 2}, kValid{2, 3}, kChanged{2, 4}, kContent{2, 5}, kContinue{2, 31};
inline constexpr Code kBadRequest{4, 0}, kUnauthorized{4, 1}, kBadOption{4, 2}, kForbidden{4, 3}, kNotFound{4, 4},
    kMethodNotAllowed{4, 5}, kNotAcceptable{4, 6}, kRequestEntityIncomplete{4, 8}, kConflict{4, 9},
    kPreconditionFailed{4, 12}, kRequestEntityTooLarge{4, 13}, kUnsupportedContentFormat{4, 15};
inline constexpr Code kInternalServerError{5, 0}, kNotImplemented{5, 1}, kServiceUnavailable{5, 3};
}  // namespace code

namespace option {
inline constexpr std::uint16_t kIfMatch = 1, kUriHost = 3, kETag = 4, kObserve = 6, kUriPort = 7, kLocationPath = 8,
                               kUriPath = 11, kContentFormat = 12, kMaxAge = 14, kUriQuery = 15, kAccept = 17,
                               kLocationQuery = 20, kBlock2 = 23, kBlock1 = 27, kSize2 = 28, kSize1 = 60,
                               kRequestTag = 292;
}  // namespace option

// Up to 8 bytes; compares by content.
class Token {
 public:
  Token() = default;
  explicit Token(ByteView bytes);               // at most 8 bytes
  static Token fromUint(std::uint64_t value);   // 8 bytes, big-endian
  std::optional<std::uint64_t> asUint() const;  // of an 8-byte token
  ByteView bytes() const { return {bytes_.data(), size_}; }
  bool operator==(const Token&) const = default;

 private:
  std::uint8_t size_ = 0;
  std::array<std::uint8_t, 8> bytes_{};
};

struct OptionView {
  std::uint16_t number = 0;
  ByteView value;
  std::string_view asText() const { return text(value); }
  std::optional<std::uint32_t> asUint() const;  // at most 4 bytes, else nothing
};

// A datagram taken apart. Borrows the datagram.
class MessageView {
 public:
  static constexpr std::size_t kMaxOptions = 40;

  // RFC 7252 3. Error: malformed, `where` is the byte offset. A header that can still be answered with RST
  // (version 1, four bytes) is told apart by peekHeader.
  static Result<MessageView> parse(ByteView datagram);

  Type type = Type::confirmable;
  Code code;
  std::uint16_t messageId = 0;
  Token token;
  ByteView payload;

  std::span<const OptionView> options() const { return {options_.places.data(), optionCount_}; }
  const OptionView* find(std::uint16_t number) const;  // the first of that number
  std::optional<std::uint32_t> uintOption(std::uint16_t number) const;
  std::vector<std::string_view> textOptions(std::uint16_t number) const;  // all of that number, in order

 private:
  Result<> parseOptions(ByteView datagram, std::size_t at);

  // Only the places in use are written: to clear all forty would cost more than to parse a notification.
  union Options {
    Options() {}
    std::array<OptionView, kMaxOptions> places;
  };

  Options options_;
  std::size_t optionCount_ = 0;
};

struct Header {
  Type type = Type::confirmable;
  Code code;
  std::uint16_t messageId = 0;
};
std::optional<Header> peekHeader(ByteView datagram);

// Options to be sent; kept ascending, repeatable ones in the order of adding.
class OptionList {
 public:
  OptionList& add(std::uint16_t number, ByteView value);
  OptionList& add(std::uint16_t number, std::string_view value) { return add(number, view(value)); }
  OptionList& addUint(std::uint16_t number, std::uint32_t value);    // shortest form, RFC 7252 3.2
  OptionList& addPath(std::uint16_t number, std::string_view path);  // one option a segment
  OptionList& remove(std::uint16_t number);

  struct Entry {
    std::uint16_t number;
    Bytes value;
    bool operator==(const Entry&) const = default;
  };
  std::span<const Entry> entries() const { return entries_; }
  bool operator==(const OptionList&) const = default;

 private:
  std::vector<Entry> entries_;
};

// The header and options of an outgoing message with its payload, appended to `out`.
void serialize(Type type, Code code, std::uint16_t messageId, const Token& token, const OptionList& options,
               ByteView payload, Bytes& out);

}  // namespace isthmus::lwm2m::coap
