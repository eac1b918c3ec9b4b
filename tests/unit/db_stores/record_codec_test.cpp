#include "db/stores/record_codec.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::db;
using lwm2m::coap::Address;
using lwm2m::coap::AnsweredExchange;

namespace {

Bytes bytesOf(const BlobWriter& writer) { return {writer.bytes().begin(), writer.bytes().end()}; }

Address secure(Address it) {
  it.transport = lwm2m::coap::Transport::dtls;
  return it;
}

Address address(std::uint8_t first, std::uint16_t port, std::uint32_t scope = 0) {
  Address it;
  it.ip[0] = first;
  it.ip[15] = 1;
  it.port = port;
  it.scope = scope;
  return it;
}

const std::vector<AnsweredExchange> kAnswered = {
    {{Address::ipv4(192, 0, 2, 255, 65535), 0, 0}, lwm2m::coap::code::kEmpty, 0},
    {{address(0x20, 5683), 65535, UINT64_MAX}, lwm2m::coap::code::kCreated, UINT32_MAX},
    {{address(0xfe, 1, 7), 256, 1}, lwm2m::coap::code::kServiceUnavailable, 128},
    {{Address{}, 1, 2}, lwm2m::coap::code::kChanged, 127},
    {{secure(Address::ipv4(192, 0, 2, 1, 5684)), 3, 4}, lwm2m::coap::code::kCreated, 1},
    {{secure(address(0xfe, 1, 7)), 5, 6}, lwm2m::coap::code::kChanged, 0}};

std::vector<proxy::AccountChange> changes() {
  std::vector<proxy::AccountChange> all(4);
  all[1].device = UINT32_MAX;
  all[1].change.received = 1;
  all[1].change.inDoubt = UINT64_MAX;  // -1
  all[2].device = 300;
  all[2].change.fates = {UINT64_MAX, 2, 3, 4, 5, 6, 1U};
  all[3].change.fates[6] = std::uint64_t{1} << 63U;
  return all;
}

bool same(const AnsweredExchange& a, const AnsweredExchange& b) {
  return a.key == b.key && a.answer == b.answer && a.rebuildKey == b.rebuildKey;
}

}  // namespace

TEST_CASE("Numbers of every length come back, and take the bytes they need") {
  const std::pair<std::uint64_t, std::size_t> rows[] = {{0, 1},           {127, 1},          {128, 2},
                                                        {16383, 2},       {16384, 3},        {UINT32_MAX, 5},
                                                        {1ULL << 62U, 9}, {1ULL << 63U, 10}, {UINT64_MAX, 10}};
  for (const auto& [value, size] : rows) {
    INFO(value);
    BlobWriter writer;
    writer.number(value);
    CHECK(writer.bytes().size() == size);
    BlobReader reader(writer.bytes());
    CHECK(reader.number() == value);
    CHECK(reader.ok());
    CHECK_FALSE(reader.more());
    for (std::size_t cut = 0; cut < size; ++cut) {
      BlobReader truncated(writer.bytes().first(cut));
      truncated.number();
      CHECK_FALSE(truncated.ok());
    }
  }
}

TEST_CASE("Changes of either sign come back, small ones are short") {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX, UINT64_MAX - 62, std::uint64_t{63},
                                    std::uint64_t{1} << 63U, (std::uint64_t{1} << 63U) - 1}) {
    INFO(value);
    BlobWriter writer;
    writer.change(value);
    if (value + 63 < 127) CHECK(writer.bytes().size() == 1);
    CHECK(BlobReader(writer.bytes()).change() == value);
  }
}

TEST_CASE("A number that does not fit 64 bits is refused") {
  for (const std::uint8_t last : {std::uint8_t{2}, std::uint8_t{0x7f}, std::uint8_t{0x81}}) {
    Bytes bytes(9, 0xff);
    bytes.push_back(last);
    bytes.push_back(0);
    BlobReader reader{ByteView(bytes)};
    CHECK(reader.number() == 0);
    CHECK_FALSE(reader.ok());
  }
}

TEST_CASE("A reader that ran over its end gives nothing more") {
  const Bytes bytes = {1, 2, 3};
  BlobReader reader{ByteView(bytes)};
  CHECK(reader.u32() == 0);
  CHECK_FALSE(reader.ok());
  CHECK(reader.u8() == 0);
  CHECK(reader.text().empty());
}

TEST_CASE("Answered messages come back, and every truncation is noticed or ends between two") {
  BlobWriter writer;
  std::vector<std::size_t> ends = {0};
  for (const auto& exchange : kAnswered) {
    encodeAnswered({&exchange, 1}, writer);
    ends.push_back(writer.bytes().size());
  }
  CHECK(ends[1] == 19);  // an IPv4 peer without a rebuild key
  const Bytes bytes = bytesOf(writer);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    INFO(cut);
    std::vector<AnsweredExchange> back;
    const bool sound = decodeAnswered(ByteView(bytes).first(cut), [&](const auto& it) { back.push_back(it); });
    CHECK(sound == (std::find(ends.begin(), ends.end(), cut) != ends.end()));
    for (std::size_t i = 0; i < back.size(); ++i) CHECK(same(back[i], kAnswered[i]));
    if (cut == bytes.size()) CHECK(back.size() == kAnswered.size());
  }
}

TEST_CASE("An answered message of no known kind, or with too long a key, is refused") {
  BlobWriter writer;
  encodeAnswered({kAnswered.data(), 1}, writer);
  Bytes bytes = bytesOf(writer);
  bytes[0] = 3;
  CHECK_FALSE(decodeAnswered(bytes, [](const auto&) {}));
  bytes[0] = 0;
  bytes.pop_back();
  bytes.insert(bytes.end(), {0x80, 0x80, 0x80, 0x80, 0x10});
  CHECK_FALSE(decodeAnswered(bytes, [](const auto&) {}));
}

TEST_CASE("Account changes come back, and every truncation is noticed or ends between two") {
  const auto all = changes();
  BlobWriter writer;
  std::vector<std::size_t> ends = {0};
  for (const auto& account : all) {
    encodeAccounts({&account, 1}, writer);
    ends.push_back(writer.bytes().size());
  }
  const Bytes bytes = bytesOf(writer);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    INFO(cut);
    std::vector<proxy::AccountChange> back;
    const bool sound = decodeAccounts(ByteView(bytes).first(cut), [&](const auto& it) { back.push_back(it); });
    CHECK(sound == (std::find(ends.begin(), ends.end(), cut) != ends.end()));
    for (std::size_t i = 0; i < back.size(); ++i) {
      CHECK(back[i].device == all[i].device);
      CHECK(back[i].change == all[i].change);
    }
  }
}

TEST_CASE("Account changes with unknown figures or too large a device are refused") {
  const Bytes figure = {1, 0x80, 0x04, 1};
  CHECK_FALSE(decodeAccounts(figure, [](const auto&) {}));
  const Bytes device = {0x80, 0x80, 0x80, 0x80, 0x10, 0};
  CHECK_FALSE(decodeAccounts(device, [](const auto&) {}));
}

namespace {

using lwm2m::Observation;
using lwm2m::Path;

Bytes observationsOf(const lwm2m::Registration& registration) {
  BlobWriter writer;
  encodeObservations(registration, writer);
  return bytesOf(writer);
}

lwm2m::Registration observedAt(std::vector<Observation> observations) {
  lwm2m::Registration registration;
  registration.observations = std::move(observations);
  return registration;
}

}  // namespace

TEST_CASE("Observations come back with their slots") {
  const lwm2m::Registration all =
      observedAt({{Path(), "pmin=1"}, {Path(3303, 0, 5700, 2), ""}, {Path(65534), std::string(300, 'x')}});
  const Bytes bytes = observationsOf(all);
  lwm2m::Registration back;
  REQUIRE(decodeObservations(bytes, back));
  CHECK(back == all);
  CHECK_FALSE(decodeObservations(ByteView(bytes).first(bytes.size() - 1), back));
  REQUIRE(decodeObservations({}, back));
  CHECK(back.observations.empty());
}

TEST_CASE("Observations by an operator and the gateway before a device come back; cut ones are refused") {
  lwm2m::Registration all = observedAt({{Path(3303, 0, 5700), "pmin=1"},
                                        Observation(),
                                        Observation::byOperator({Path(3, 0)}, false, "gt=1"),
                                        Observation::together({Path(3303, 0, 5700), Path(3304, 0)}),
                                        Observation::byOperator({Path(3, 0, 9), Path()}, true, "")});
  const Bytes composite = observationsOf(all);
  lwm2m::Registration back;
  for (std::size_t cut = 1; cut <= 10; ++cut)
    CHECK_FALSE(decodeObservations(ByteView(composite).first(composite.size() - cut), back));
  all.observing = true;
  all.leave = lwm2m::Leave::disabled;
  all.gateway = 70'000;
  all.prefix = "dev1";
  const Bytes behindGateway = observationsOf(all);
  REQUIRE(decodeObservations(behindGateway, back));
  CHECK(back == all);
  CHECK(back.observations[3].isComposite());
  CHECK_FALSE(back.observations[3].isByOperator());
  CHECK(back.observations[4].isByOperator());
  for (std::size_t cut = 1; cut <= 10; ++cut)
    CHECK_FALSE(decodeObservations(ByteView(behindGateway).first(behindGateway.size() - cut), back));
}

TEST_CASE("Observations as they were written before operators had any are still read") {
  // A packed path, the length of the attributes, the attributes; a free slot.
  const Bytes old = *fromHex(
      "ffff44160000e70c"
      "06"
      "706d696e3d31"
      "ffffffffffffffff"
      "00");
  lwm2m::Registration back;
  REQUIRE(decodeObservations(old, back));
  CHECK(back == observedAt({{Path(3303, 0, 5700), "pmin=1"}, Observation()}));
}

TEST_CASE("An address takes 22 bytes, no less and no more") {
  BlobWriter writer;
  encodeAddress(address(0xfe, 5684, UINT32_MAX), writer);
  Bytes bytes = bytesOf(writer);
  REQUIRE(bytes.size() == 22);
  Address back;
  REQUIRE(decodeAddress(bytes, back));
  CHECK(back == address(0xfe, 5684, UINT32_MAX));
  CHECK_FALSE(decodeAddress(ByteView(bytes).first(21), back));
  bytes.push_back(0);
  CHECK_FALSE(decodeAddress(bytes, back));
}

TEST_CASE("A stored address says that it is reached over DTLS; one without a word of it is reached over UDP") {
  const Address plain = Address::ipv4(192, 0, 2, 1, 5684);
  BlobWriter writer;
  encodeAddress(plain, writer);
  const Bytes older = bytesOf(writer);
  CHECK(older.size() == 22);
  writer.clear();
  encodeAddress(secure(plain), writer);
  Address back;
  REQUIRE(decodeAddress(writer.bytes(), back));
  CHECK(back == secure(plain));
  REQUIRE(decodeAddress(older, back));
  CHECK(back == plain);
}
