#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// CoAP datagrams (RFC 7252 3) for the load generator. Written apart from the server on purpose: the two ends share no
// code, and so no mistakes.
namespace isthmus::load {

using ByteSpan = std::span<const std::uint8_t>;

enum class Type : std::uint8_t { con, non, ack, rst };

constexpr std::uint8_t code(unsigned major, unsigned minor) { return static_cast<std::uint8_t>(major << 5 | minor); }
inline constexpr std::uint8_t kEmpty = 0, kGet = 1, kPost = 2, kPut = 3, kDelete = 4;
inline constexpr std::uint8_t kCreated = code(2, 1), kDeleted = code(2, 2), kChanged = code(2, 4),
                              kContent = code(2, 5), kNotFound = code(4, 4), kNotAllowed = code(4, 5),
                              kNotAcceptable = code(4, 6);

inline constexpr std::uint16_t kObserve = 6, kLocationPath = 8, kUriPath = 11, kContentFormat = 12, kMaxAge = 14,
                               kUriQuery = 15, kAccept = 17;
inline constexpr std::uint16_t kText = 0, kLink = 40, kTlv = 11542;

struct Token {
  std::uint8_t length = 0;
  std::array<std::uint8_t, 8> bytes{};
  bool operator==(const Token&) const = default;
};

// A received datagram, as far as a device of ours cares.
struct Message {
  Type type = Type::con;
  std::uint8_t code = kEmpty;
  std::uint16_t mid = 0;
  Token token;
  std::optional<std::uint32_t> observe, accept, maxAge;
  std::string path;      // "/3303/0"
  std::string location;  // "/rd/7"

  bool isRequest() const { return code != kEmpty && code < 32; }
  bool isResponse() const { return code >= 64; }
};

// False if the bytes are no CoAP message.
bool parse(ByteSpan datagram, Message& message);

// Options go in ascending order. What does not fit is dropped and fits() says so.
class Writer {
 public:
  Writer(Type type, std::uint8_t code, std::uint16_t mid, const Token& token = {});

  Writer& option(std::uint16_t number, std::string_view value);
  Writer& option(std::uint16_t number, std::uint32_t value);
  Writer& segments(std::uint16_t number, std::string_view path);  // "/rd/7": one option per segment
  Writer& payload(ByteSpan bytes);

  ByteSpan bytes() const { return {buffer_.data(), size_}; }
  bool fits() const { return fits_; }

 private:
  void put(std::uint8_t byte);

  std::array<std::uint8_t, 512> buffer_;
  std::size_t size_ = 0;
  std::uint16_t lastOption_ = 0;
  bool fits_ = true;
};

}  // namespace isthmus::load
