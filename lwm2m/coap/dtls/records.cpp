#include "lwm2m/coap/dtls/records.h"

namespace isthmus::lwm2m::coap {
namespace {

constexpr std::size_t kHeader = 13;           // type, version, epoch, sequence number, length (RFC 6347 4.1)
constexpr std::size_t kHandshakeHeader = 12;  // RFC 6347 4.2.2
constexpr std::size_t kRandomAt = kHandshakeHeader + 2;
constexpr std::size_t kRandomSize = 32;
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kMajorVersion = 0xFE;

std::size_t u16(ByteView bytes, std::size_t at) {
  return static_cast<std::size_t>(bytes[at]) << 8U | static_cast<std::size_t>(bytes[at + 1]);
}

std::size_t u24(ByteView bytes, std::size_t at) {
  return static_cast<std::size_t>(bytes[at]) << 16U | u16(bytes, at + 1);
}

}  // namespace

std::optional<Record> RecordReader::next() {
  if (rest_.size() < kHeader || rest_[1] != kMajorVersion) return std::nullopt;
  if (rest_[0] < static_cast<std::uint8_t>(RecordType::changeCipherSpec) ||
      rest_[0] > static_cast<std::uint8_t>(RecordType::applicationData))
    return std::nullopt;
  const std::size_t length = u16(rest_, 11);
  if (rest_.size() - kHeader < length) return std::nullopt;
  Record record{static_cast<RecordType>(rest_[0]), static_cast<std::uint16_t>(u16(rest_, 3)),
                rest_.first(kHeader + length), rest_.subspan(kHeader, length)};
  rest_ = rest_.subspan(kHeader + length);
  return record;
}

bool isClientHello(const Record& record) {
  const ByteView body = record.fragment;
  return record.type == RecordType::handshake && record.epoch == 0 && body.size() >= kRandomAt + kRandomSize &&
         body[0] == kClientHello && u24(body, 6) == 0 && u24(body, 1) == u24(body, 9) &&
         u24(body, 9) == body.size() - kHandshakeHeader;
}

ByteView clientRandom(const Record& clientHello) { return clientHello.fragment.subspan(kRandomAt, kRandomSize); }

}  // namespace isthmus::lwm2m::coap
