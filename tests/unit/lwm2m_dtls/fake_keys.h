#pragma once

#include "lwm2m/coap/dtls/dtls_settings.h"
#include "lwm2m/coap/dtls/psk_source.h"

#include <map>
#include <string>
#include <vector>

namespace isthmus::lwm2m::coap {

// The keys of a test.
class FakeKeys final : public PskSource {
 public:
  ByteView keyOf(std::string_view identity) const override {
    const auto found = keys.find(std::string(identity));
    return found == keys.end() ? ByteView() : ByteView(found->second);
  }
  std::map<std::string, Bytes> keys{{"id-1", Bytes(16, 0x11)}, {"id-2", Bytes(16, 0x22)}};
};

// Remembers what it was told.
class RecordingDtlsListener final : public DtlsListener {
 public:
  void onFailed(const Address&, Failure why, std::string_view identity) override {
    failures.push_back((why == Failure::wrongKey ? "wrong key of " : "unknown ") + std::string(identity));
  }
  void onEnded(const Address& peer) override { ended.push_back(peer.toString()); }

  void onRebooted(const Address& peer) override { rebooted.push_back(peer.toString()); }

  std::vector<std::string> failures, ended, rebooted;
};

}  // namespace isthmus::lwm2m::coap
