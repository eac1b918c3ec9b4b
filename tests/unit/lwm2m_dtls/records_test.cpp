#include "lwm2m/coap/dtls/records.h"

#include "tests/support/vectors.h"

#include <catch2/catch.hpp>

#include <vector>

namespace isthmus::lwm2m::coap {
namespace {

Bytes record(std::uint8_t type, std::uint16_t epoch, std::size_t length) {
  Bytes bytes{type, 0xFE, 0xFD, static_cast<std::uint8_t>(epoch >> 8U), static_cast<std::uint8_t>(epoch)};
  bytes.insert(bytes.end(), 6, 0);
  bytes.push_back(static_cast<std::uint8_t>(length >> 8U));
  bytes.push_back(static_cast<std::uint8_t>(length));
  bytes.resize(bytes.size() + length, 0xAA);
  return bytes;
}

// A ClientHello in one fragment, its random counting up from 0.
Bytes clientHello() {
  constexpr std::uint8_t kBody = 40;
  Bytes bytes = record(22, 0, 12 + kBody);
  const Bytes header{1, 0, 0, kBody, 0, 0, 0, 0, 0, 0, 0, kBody, 0xFE, 0xFD};
  std::copy(header.begin(), header.end(), bytes.begin() + 13);
  for (std::uint8_t i = 0; i < 32; ++i) bytes[27U + i] = i;
  return bytes;
}

std::vector<Record> all(ByteView datagram) {
  std::vector<Record> records;
  RecordReader reader(datagram);
  while (const auto next = reader.next()) records.push_back(*next);
  return records;
}

}  // namespace

TEST_CASE("A datagram is taken apart into its records, of whatever epochs") {
  Bytes datagram = record(22, 0, 30);
  for (const Bytes& more : {record(20, 0, 1), record(22, 1, 0), record(23, 0x0102, 300)})
    datagram.insert(datagram.end(), more.begin(), more.end());
  const auto records = all(datagram);
  REQUIRE(records.size() == 4);
  CHECK(records[0].type == RecordType::handshake);
  CHECK(records[0].bytes.size() == 43);
  CHECK(records[1].type == RecordType::changeCipherSpec);
  CHECK(records[2].epoch == 1);
  CHECK(records[2].fragment.empty());
  CHECK(records[3].epoch == 0x0102);
  CHECK(records[3].fragment.size() == 300);
  CHECK(records[3].bytes.data() == datagram.data() + 43 + 14 + 13);
}

TEST_CASE("A record that is cut short is none, and ends its datagram") {
  Bytes two = record(23, 1, 20);
  const Bytes second = record(23, 1, 5);
  two.insert(two.end(), second.begin(), second.end());
  testing::everyTruncation(two, [&](ByteView cut) { CHECK(all(cut).size() == (cut.size() >= 33 ? 1 : 0)); });
  CHECK(all(two).size() == 2);
}

TEST_CASE("What is no DTLS 1.x record is left alone") {
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) {
    for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{19}, std::uint8_t{24}, std::uint8_t{0x03},
                                     std::uint8_t{0x40}, std::uint8_t{0xFF}}) {
      Bytes bytes = record(23, 1, 20);
      bytes[at] = value;
      CHECK(all(bytes).empty());
    }
  }
}

TEST_CASE("Only a whole ClientHello in the clear counts as one") {
  const Bytes hello = clientHello();
  REQUIRE(all(hello).size() == 1);
  REQUIRE(isClientHello(all(hello)[0]));
  CHECK(clientRandom(all(hello)[0]).size() == 32);
  CHECK(clientRandom(all(hello)[0])[0] == 0);
  CHECK(clientRandom(all(hello)[0])[31] == 31);
  // content type, epoch, handshake type, message length, fragment offset, fragment length
  for (const std::size_t at : {0U, 4U, 13U, 16U, 21U, 24U}) {
    INFO(at);
    Bytes changed = hello;
    ++changed[at];
    const auto records = all(changed);
    CHECK((records.empty() || !isClientHello(records[0])));
  }
  Bytes tooShort = hello;
  tooShort[12] = 12 + 33;
  CHECK_FALSE(isClientHello(all(tooShort)[0]));
}

}  // namespace isthmus::lwm2m::coap
