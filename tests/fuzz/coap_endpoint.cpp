// A conversation with hostile devices: the input is a script of datagrams, pauses and requests of ours. Nothing may
// crash, every completion is called exactly once, and after a long silence nothing is left.
#include "lwm2m/coap/endpoint.h"
#include "tests/support/fake_clock.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace isthmus;
using namespace isthmus::lwm2m::coap;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Wire final : Output {
  void send(const Address&, ByteView datagram) override {
    require(MessageView::parse(datagram).has_value());  // what leaves is well formed
    last.assign(datagram.begin(), datagram.end());
  }
  Bytes last;
};

class Script final : public Handler {
 public:
  explicit Script(ByteView input) : input_(input) {}
  std::uint8_t byte() {
    if (input_.empty()) return 0;
    const std::uint8_t first = input_.front();
    input_ = input_.subspan(1);
    return first;
  }
  ByteView bytes() {
    const ByteView taken = input_.first(std::min<std::size_t>(byte(), input_.size()));
    input_ = input_.subspan(taken.size());
    return taken;
  }
  bool ended() const { return input_.empty(); }

  Response onRequest(const IncomingRequest&) override { return response(); }
  Response rebuild(const Address&, Code, std::uint32_t) override { return response(); }
  Verdict onNotification(const IncomingNotification&) override { return static_cast<Verdict>(byte() % 3); }
  std::optional<OutgoingRequest> requestForRest(const IncomingNotification&) override {
    if (byte() % 2 == 0) return std::nullopt;
    return OutgoingRequest{};
  }

 private:
  Response response() {
    Response answer;
    answer.code.raw = byte();
    answer.payload.resize(byte() * 16U);
    return answer;
  }
  ByteView input_;
};

Limits smallLimits() {
  Limits limits;
  limits.maxBody = 2000;
  limits.maxTransfers = 3;
  limits.maxTransferBytes = 3000;
  limits.queuedPerPeer = 4;
  limits.blockSize = 64;
  limits.maxPeers = 3;
  return limits;
}

// An answer to what was sent last: its ids are hard to guess for a fuzzer.
Bytes answerTo(const Bytes& sent, ByteView change) {
  Bytes answer = sent;
  if (answer.size() < 4) return answer;
  answer[0] = static_cast<std::uint8_t>((answer[0] & 0xCFU) | 0x20U);
  for (std::size_t i = 0; i + 1 < change.size(); i += 2) answer[change[i] % answer.size()] = change[i + 1];
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Script script(ByteView(data, size));
  Wire wire;
  isthmus::testing::FakeClock clock;
  Endpoint endpoint(smallLimits(), wire, clock, 1);
  endpoint.setHandler(script);
  std::size_t asked = 0, completed = 0;
  while (!script.ended()) {
    const std::uint8_t step = script.byte();
    const Address peer = Address::ipv4(10, 0, 0, step >> 4U & 3U, 5683);
    switch (step % 6) {
      case 0:
      case 1: endpoint.receive(peer, script.bytes()); break;
      case 2: endpoint.receive(peer, answerTo(wire.last, script.bytes())); break;
      case 3: {
        OutgoingRequest request;
        request.code.raw = static_cast<std::uint8_t>(1 + script.byte() % 7);
        request.payload.resize(script.byte() * 4U);
        request.type = script.byte() % 2 == 0 ? Type::confirmable : Type::nonConfirmable;
        ++asked;
        endpoint.send(peer, std::move(request), [&](const Result<IncomingResponse>&) { ++completed; });
        break;
      }
      case 4:
        clock.advance(milliseconds(script.byte() * 500));
        endpoint.expire();
        break;
      default: endpoint.cancel(peer); break;
    }
  }
  for (int i = 0; i < 40; ++i) {
    clock.advance(seconds(200));
    endpoint.expire();
  }
  require(completed == asked);
  require(endpoint.peers() == 0);
  return 0;
}
