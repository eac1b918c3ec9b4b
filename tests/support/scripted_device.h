#pragma once

#include "lwm2m/coap/endpoint.h"

#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::testing {

// A datagram that the server sent, taken apart and kept.
struct Sent {
  lwm2m::coap::Address to;
  Bytes bytes;
  lwm2m::coap::MessageView message() const { return *lwm2m::coap::MessageView::parse(bytes); }
};

// What leaves the endpoint, in order.
class Wire final : public lwm2m::coap::Output {
 public:
  void send(const lwm2m::coap::Address& to, ByteView datagram) override {
    sent.push_back({to, Bytes(datagram.begin(), datagram.end())});
  }
  std::optional<Sent> take() {
    if (sent.empty()) return std::nullopt;
    Sent first = std::move(sent.front());
    sent.pop_front();
    return first;
  }
  std::deque<Sent> sent;
};

// A device that says exactly what a test has it say: "send these bytes, expect those".
class ScriptedDevice {
 public:
  ScriptedDevice(lwm2m::coap::Endpoint& server, Wire& wire, lwm2m::coap::Address address)
      : server_(server), wire_(wire), address_(address) {}

  // A request; the answer that the server gave at once, if any.
  std::optional<Sent> request(lwm2m::coap::Code code, std::string_view path,
                              std::initializer_list<std::string_view> query, std::string_view payload = {},
                              std::optional<std::uint32_t> contentFormat = {}) {
    lwm2m::coap::OptionList options;
    options.addPath(lwm2m::coap::option::kUriPath, path);
    if (contentFormat) options.addUint(lwm2m::coap::option::kContentFormat, *contentFormat);
    for (const std::string_view item : query) options.add(lwm2m::coap::option::kUriQuery, item);
    return requestWith(code, options, payload);
  }
  std::optional<Sent> requestWith(lwm2m::coap::Code code, const lwm2m::coap::OptionList& options,
                                  std::string_view payload = {}) {
    return send(lwm2m::coap::Type::confirmable, code, lwm2m::coap::Token(view("tk")), options, view(payload));
  }

  std::optional<Sent> registers(std::initializer_list<std::string_view> query, std::string_view links = "</3303/0>") {
    return request(lwm2m::coap::code::kPost, "rd", query, links, 40);
  }

  // The piggybacked answer to a request of the server's.
  void answer(const Sent& request, lwm2m::coap::Code code, std::string_view payload = {},
              std::optional<std::uint32_t> contentFormat = {}, std::optional<std::uint32_t> observe = {}) {
    lwm2m::coap::OptionList options;
    if (observe) options.addUint(lwm2m::coap::option::kObserve, *observe);
    if (contentFormat) options.addUint(lwm2m::coap::option::kContentFormat, *contentFormat);
    answerWith(request, code, options, payload);
  }
  void answerWith(const Sent& request, lwm2m::coap::Code code, const lwm2m::coap::OptionList& options,
                  std::string_view payload = {}) {
    const lwm2m::coap::MessageView message = request.message();
    deliver(lwm2m::coap::Type::acknowledgement, code, message.messageId, message.token, options, view(payload));
  }
  // An empty ACK: an answer may follow, or not.
  void acknowledges(const Sent& request) {
    deliver(lwm2m::coap::Type::acknowledgement, {}, request.message().messageId, {}, {}, {});
  }

  std::optional<Sent> notifies(const lwm2m::coap::Token& token, std::string_view payload,
                               std::optional<std::uint32_t> contentFormat = 0,
                               lwm2m::coap::Type type = lwm2m::coap::Type::confirmable,
                               lwm2m::coap::Code code = lwm2m::coap::code::kContent) {
    lwm2m::coap::OptionList options;
    options.addUint(lwm2m::coap::option::kObserve, ++observe_);
    if (contentFormat) options.addUint(lwm2m::coap::option::kContentFormat, *contentFormat);
    return send(type, code, token, options, view(payload));
  }

  void moveTo(const lwm2m::coap::Address& address) { address_ = address; }
  // The last datagram once more, byte for byte.
  std::optional<Sent> repeats() {
    const std::size_t before = wire_.sent.size();
    server_.receive(address_, last_);
    return takeAfter(before);
  }

 private:
  std::optional<Sent> send(lwm2m::coap::Type type, lwm2m::coap::Code code, const lwm2m::coap::Token& token,
                           const lwm2m::coap::OptionList& options, ByteView payload) {
    const std::size_t before = wire_.sent.size();
    deliver(type, code, ++messageId_, token, options, payload);
    return takeAfter(before);
  }

  void deliver(lwm2m::coap::Type type, lwm2m::coap::Code code, std::uint16_t messageId, const lwm2m::coap::Token& token,
               const lwm2m::coap::OptionList& options, ByteView payload) {
    last_.clear();
    lwm2m::coap::serialize(type, code, messageId, token, options, payload, last_);
    server_.receive(address_, last_);
  }

  std::optional<Sent> takeAfter(std::size_t before) {
    if (wire_.sent.size() <= before) return std::nullopt;
    Sent answer = std::move(wire_.sent[before]);
    wire_.sent.erase(wire_.sent.begin() + static_cast<std::ptrdiff_t>(before));
    return answer;
  }

  lwm2m::coap::Endpoint& server_;
  Wire& wire_;
  lwm2m::coap::Address address_;
  std::uint16_t messageId_ = 100;
  std::uint32_t observe_ = 10;
  Bytes last_;
};

}  // namespace isthmus::testing
