// The front of the demultiplexer: a hostile peer's datagrams are taken apart, and go to cookies and sessions. Nothing
// may crash, a record lies within its datagram, and who has no valid cookie leaves no memory.
#include "lwm2m/coap/dtls/associations.h"
#include "tests/support/fake_clock.h"

#include <algorithm>
#include <cstdlib>

using namespace isthmus;
using namespace isthmus::lwm2m::coap;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Wire final : Output {
  void send(const Address&, ByteView record) override { last.assign(record.begin(), record.end()); }
  Bytes last;
};

struct OneKey final : PskSource {
  ByteView keyOf(std::string_view identity) const override { return identity == "id" ? ByteView(key) : ByteView(); }
  Bytes key = Bytes(16, 1);
};

struct Nobody final : DtlsListener {
  void onFailed(const Address&, Failure, std::string_view) override {}
  void onEnded(const Address&) override {}
  void onRebooted(const Address&) override {}
};

void checkRecords(ByteView datagram) {
  RecordReader reader(datagram);
  std::size_t total = 0;
  while (const auto record = reader.next()) {
    total += record->bytes.size();
    require(record->bytes.data() >= datagram.data() && total <= datagram.size());
    require(record->bytes.size() == record->fragment.size() + 13);
    if (isClientHello(*record)) require(clientRandom(*record).size() == 32);
  }
}

// A cookie is hard to guess for a fuzzer: the ClientHello that was sent, with the one that came back put in (RFC 6347
// 4.2.1). An empty session id is taken for granted.
Bytes withCookie(ByteView hello, const Bytes& answer) {
  constexpr std::size_t kCookieAt = 13 + 12 + 2 + 32 + 1;  // its length byte
  constexpr std::size_t kGivenAt = 13 + 12 + 2;            // in the HelloVerifyRequest
  if (hello.size() <= kCookieAt || answer.size() <= kGivenAt || hello[kCookieAt] != 0) return {};
  const std::size_t length = answer[kGivenAt];
  if (answer.size() < kGivenAt + 1 + length) return {};
  Bytes out(hello.begin(), hello.end());
  out[kCookieAt] = static_cast<std::uint8_t>(length);
  out.insert(out.begin() + kCookieAt + 1, answer.begin() + kGivenAt + 1,
             answer.begin() + static_cast<std::ptrdiff_t>(kGivenAt + 1 + length));
  for (const std::size_t low : {std::size_t{12}, std::size_t{16}, std::size_t{24}}) {  // record, message, fragment
    const std::size_t size = static_cast<std::size_t>(out[low - 1]) * 256 + out[low] + length;
    out[low - 1] = static_cast<std::uint8_t>(size >> 8U);
    out[low] = static_cast<std::uint8_t>(size);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OneKey keys;
  static const auto context = std::move(TlsContext::make(keys, TicketKey{1}).value());
  Wire wire;
  Nobody nobody;
  isthmus::testing::FakeClock clock;
  DtlsSettings settings;
  settings.maxHalfOpen = 2;
  Associations associations(settings, {*context, wire, nobody, clock}, 1);
  const auto take = [](const Address&, ByteView) { std::abort(); };  // nobody here knows the key
  ByteView rest(data, size);
  while (rest.size() > 2) {
    const std::size_t length = std::min<std::size_t>(rest[0] * 256U + rest[1], rest.size() - 2);
    const ByteView datagram = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    const Address peer = Address::ipv4(10, 0, 0, 1, static_cast<std::uint16_t>(length % 3));
    checkRecords(datagram);
    wire.last.clear();
    associations.receive(peer, datagram, take);
    if (const Bytes again = withCookie(datagram, wire.last); !again.empty()) associations.receive(peer, again, take);
    associations.work([] { return true; }, take);
    require(associations.halfOpen() <= 2 && associations.sessions() == 0);
    clock.advance(milliseconds(500));
    associations.expire();
  }
  clock.advance(milliseconds(21'000));
  associations.expire();
  require(associations.halfOpen() == 0 && !associations.nextDeadline());
  return 0;
}
