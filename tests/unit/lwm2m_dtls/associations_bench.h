#pragma once

#include "dtls_client.h"
#include "fake_keys.h"
#include "lwm2m/coap/dtls/associations.h"
#include "tests/support/fake_clock.h"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::lwm2m::coap {

inline Address devicePort(std::uint16_t port) { return Address::ipv4(127, 0, 0, 1, port); }
inline Address secured(Address address) {
  address.transport = Transport::dtls;
  return address;
}

// The demultiplexer on one side, OpenSSL clients on the other, nothing in between but the test.
struct AssociationsBench {
  explicit AssociationsBench(const DtlsSettings& given = {}) : settings(given) { restart(); }

  // The server anew: nothing is left but its settings and keys.
  void restart() {
    associations.reset();
    context = std::move(TlsContext::make(keys, settings.ticketKey).value());
    associations.emplace(settings, Associations::Parts{*context, wire, listener, clock, [this] { beforeEnd(); }}, 7);
  }

  void hears(const Address& from, ByteView datagram) {
    associations->receive(from, datagram, take);
    associations->work([] { return true; }, take);
  }

  // Passes datagrams to and fro until neither side has anything to say. True: the client's handshake is complete.
  bool talk(testing::DtlsClient& client, const Address& at) {
    if (!client.established()) client.handshake();
    for (int turn = 0; turn < 20; ++turn) {
      if (const Bytes datagram = client.outgoing(); !datagram.empty()) hears(at, datagram);
      if (wire.sent.empty()) break;
      while (const auto next = wire.take())
        if (next->first == at) client.hears(next->second);
    }
    return client.established();
  }
  bool echoes(testing::DtlsClient& client, const Address& at, const std::string& what) {
    received.clear();
    hears(at, client.says(what));
    if (received.size() != 1 || received[0].second != what) return false;
    associations->send(secured(at), view("re: " + what));
    const auto answer = wire.take();
    if (!answer) return false;
    client.hears(answer->second);
    return client.reads() == "re: " + what;
  }
  const DtlsCounters& counters() const { return associations->counters(); }

  struct Wire final : Output {
    void send(const Address& to, ByteView record) override {
      Address plain = to;
      plain.transport = Transport::udp;
      sent.emplace_back(plain, Bytes(record.begin(), record.end()));
    }
    std::optional<std::pair<Address, Bytes>> take() {
      if (sent.empty()) return std::nullopt;
      auto first = std::move(sent.front());
      sent.pop_front();
      return first;
    }
    std::deque<std::pair<Address, Bytes>> sent;
  };

  DtlsSettings settings;
  FakeKeys keys;
  RecordingDtlsListener listener;
  testing::FakeClock clock;
  Wire wire;
  std::unique_ptr<TlsContext> context;
  std::optional<Associations> associations;
  std::vector<std::pair<Address, std::string>> received;
  std::function<void()> beforeEnd = [] {};
  Associations::Take take = [this](const Address& from, ByteView plaintext) {
    received.emplace_back(from, std::string(text(plaintext)));
  };
};

}  // namespace isthmus::lwm2m::coap
