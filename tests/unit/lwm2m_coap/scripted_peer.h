#pragma once

#include "lwm2m/coap/block_option.h"
#include "lwm2m/coap/endpoint.h"
#include "tests/support/fake_clock.h"

#include <catch2/catch.hpp>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::lwm2m::coap::testing {

// A message as a test reads it.
struct Message {
  Type type = Type::confirmable;
  Code code;
  std::uint16_t messageId = 0;
  std::string token;  // hex
  std::vector<std::pair<std::uint16_t, std::string>> options;
  std::string payload;

  std::optional<std::string> option(std::uint16_t number) const {
    for (const auto& [have, value] : options)
      if (have == number) return value;
    return std::nullopt;
  }
  // "num/more/size", empty when absent
  std::string block(std::uint16_t number) const {
    const auto value = option(number);
    if (!value) return "";
    const auto decoded = BlockOption::decode({number, view(*value)}).value();
    return std::to_string(decoded.number) + "/" + (decoded.more ? "1" : "0") + "/" + std::to_string(decoded.size());
  }
  std::string path() const {
    std::string joined;
    for (const auto& [number, value] : options)
      if (number == option::kUriPath) joined += "/" + value;
    return joined;
  }
  // "ACK 2.05 7", the way a script is written down
  std::string summary() const {
    constexpr const char* kTypes[] = {"CON", "NON", "ACK", "RST"};
    return std::string(kTypes[static_cast<int>(type)]) + " " + code.toString() + " " + std::to_string(messageId);
  }
};

inline Message read(ByteView datagram) {
  const MessageView view = MessageView::parse(datagram).value();
  Message message{view.type, view.code, view.messageId, toHex(view.token.bytes()), {}, std::string(text(view.payload))};
  for (const OptionView& option : view.options()) message.options.emplace_back(option.number, option.asText());
  return message;
}

inline Bytes write(const Message& message) {
  OptionList options;
  for (const auto& [number, value] : message.options) options.add(number, value);
  Bytes out;
  serialize(message.type, message.code, message.messageId, Token(fromHex(message.token).value()), options,
            view(message.payload), out);
  return out;
}

inline std::pair<std::uint16_t, std::string> uintOption(std::uint16_t number, std::uint32_t value) {
  OptionList list;
  list.addUint(number, value);
  return {number, std::string(text(list.entries()[0].value))};
}

inline std::pair<std::uint16_t, std::string> blockOption(std::uint16_t number, std::uint32_t block, bool more,
                                                         std::size_t size) {
  return uintOption(number, BlockOption{block, more, BlockOption::szxFor(size)}.encoded());
}

struct Sent {
  Address to;
  Message message;
};

class RecordingOutput final : public Output {
 public:
  void send(const Address& to, ByteView datagram) override { sent.push_back({to, read(datagram)}); }
  std::deque<Sent> sent;
};

// A handler that answers as the test tells it and writes down what it was asked.
class ScriptedHandler final : public Handler {
 public:
  struct Request {
    ExchangeKey key;
    Code code;
    std::string path, payload;
    std::optional<std::uint32_t> contentFormat;
  };
  struct Notification {
    ExchangeKey key;
    std::string token, payload;
  };

  Response onRequest(const IncomingRequest& request) override {
    std::string path;
    for (const auto segment : request.message.textOptions(option::kUriPath)) path += "/" + std::string(segment);
    requests.push_back({request.key, request.message.code, path, std::string(text(request.payload)),
                        request.message.uintOption(option::kContentFormat)});
    return duringRequest ? duringRequest(request) : response;
  }
  Response rebuild(const Address&, Code answer, std::uint32_t rebuildKey) override {
    rebuilt.emplace_back(answer, rebuildKey);
    return response;
  }
  Verdict onNotification(const IncomingNotification& notification) override {
    notifications.push_back(
        {notification.key, toHex(notification.message.token.bytes()), std::string(text(notification.payload))});
    return duringNotification ? duringNotification(notification) : verdict;
  }
  bool knowsToken(const Address&, const Token& token) override { return toHex(token.bytes()) != unknownToken; }
  std::optional<OutgoingRequest> requestForRest(const IncomingNotification&) override { return restRequest; }

  Response response{code::kChanged, {}, {}, 0};
  Verdict verdict = Verdict::acknowledge;
  std::optional<OutgoingRequest> restRequest;
  std::string unknownToken = "none";
  std::function<Response(const IncomingRequest&)> duringRequest;
  std::function<Verdict(const IncomingNotification&)> duringNotification;

  std::vector<Request> requests;
  std::vector<Notification> notifications;
  std::vector<std::pair<Code, std::uint32_t>> rebuilt;
};

// An answer to a request of ours, as the completion gave it.
struct Outcome {
  Result<Code> code = fail(Errc::internal, "not called");
  std::string token, payload;
  std::optional<std::uint32_t> observe, contentFormat;
  std::vector<std::string> locationPath;
  int calls = 0;

  Completion completion() {
    return [this](const Result<IncomingResponse>& result) {
      ++calls;
      if (!result) {
        code = tl::unexpected(result.error());
        return;
      }
      code = result->code;
      token = toHex(result->token.bytes());
      payload = text(result->payload);
      observe = result->observe;
      contentFormat = result->contentFormat;
      locationPath = result->locationPath;
    };
  }
  Errc error() const {
    REQUIRE(calls == 1);
    REQUIRE_FALSE(code.has_value());
    return code.error().code;
  }
};

// An endpoint with everything around it, and the device's side of the conversation.
class Conversation {
 public:
  explicit Conversation(Limits limits = {}) : limits_(limits), endpoint(limits, output, clock, 42) {
    endpoint.setHandler(handler);
  }

  void says(const Message& message) { saysFrom(device, message); }
  void saysFrom(const Address& from, const Message& message) { endpoint.receive(from, write(message)); }
  void saysBytes(std::string_view hex) { endpoint.receive(device, fromHex(hex).value()); }

  // The next message to the device; fails the test if there is none.
  Message hears() {
    REQUIRE_FALSE(output.sent.empty());
    const Sent sent = output.sent.front();
    output.sent.pop_front();
    return sent.message;
  }
  bool silent() const { return output.sent.empty(); }

  // Moves the clock in the steps that the endpoint asks for.
  void wait(milliseconds time) {
    const Instant end = clock.now() + time;
    while (true) {
      const auto next = endpoint.nextDeadline();
      if (!next || *next > end) break;
      if (*next > clock.now()) clock.advance(*next - clock.now());
      endpoint.expire();
    }
    clock.advance(end - clock.now());
    endpoint.expire();
  }

  void get(std::string_view path, Outcome& outcome, Type type = Type::confirmable) {
    OutgoingRequest request;
    request.options.addPath(option::kUriPath, path);
    request.type = type;
    endpoint.send(device, std::move(request), outcome.completion());
  }

  const Limits limits_;
  ::isthmus::testing::FakeClock clock;
  RecordingOutput output;
  ScriptedHandler handler;
  Endpoint endpoint;
  Address device = Address::ipv4(10, 0, 0, 1, 5683);
};

inline Message ack(std::uint16_t messageId) { return {Type::acknowledgement, code::kEmpty, messageId, "", {}, ""}; }
inline Message reset(std::uint16_t messageId) { return {Type::reset, code::kEmpty, messageId, "", {}, ""}; }
inline Message piggybacked(const Message& request, Code code, std::string payload = "") {
  return {Type::acknowledgement, code, request.messageId, request.token, {}, std::move(payload)};
}
inline Message separate(Type type, std::uint16_t messageId, const Message& request, Code code,
                        std::string payload = "") {
  return {type, code, messageId, request.token, {}, std::move(payload)};
}
inline Message notification(Type type, std::uint16_t messageId, std::string token, std::string payload) {
  return {type, code::kContent, messageId, std::move(token), {uintOption(option::kObserve, 5)}, std::move(payload)};
}

// Bytes that tell where a piece of them came from.
inline std::string bodyOf(std::size_t size) {
  std::string body;
  for (std::size_t i = 0; body.size() < size; ++i) body += std::to_string(i) + ",";
  return body.substr(0, size);
}

}  // namespace isthmus::lwm2m::coap::testing
