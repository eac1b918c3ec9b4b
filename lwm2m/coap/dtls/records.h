#pragma once

#include "ipe/base/bytes.h"

#include <cstdint>
#include <optional>

namespace isthmus::lwm2m::coap {

// RFC 6347 4.1; ContentType as in RFC 5246 6.2.1.
enum class RecordType : std::uint8_t { changeCipherSpec = 20, alert = 21, handshake = 22, applicationData = 23 };

// One record as it stands in a datagram. Borrows.
struct Record {
  RecordType type = RecordType::applicationData;
  std::uint16_t epoch = 0;
  ByteView bytes;     // with its header
  ByteView fragment;  // without
};

// Takes a datagram apart into its records: some peers put a whole flight, of two epochs, into one. Ends before the
// first that is cut short or no DTLS 1.x.
class RecordReader {
 public:
  explicit RecordReader(ByteView datagram) : rest_(datagram) {}
  std::optional<Record> next();

 private:
  ByteView rest_;
};

// A ClientHello in one piece, in the clear (RFC 6347 4.2.2); nothing else may ask for a cookie or a session.
bool isClientHello(const Record& record);
// Its 32 bytes of random, which tell one handshake of a peer from the next.
ByteView clientRandom(const Record& clientHello);

}  // namespace isthmus::lwm2m::coap
