#include "onem2m/mqtt/mqtt_binding.h"

#include "ipe/base/mailbox.h"
#include "onem2m/codec/primitive_text.h"
#include "onem2m/mqtt/exchanges.h"
#include "onem2m/mqtt/mqtt_session.h"
#include "onem2m/mqtt/topics.h"

#include <atomic>
#include <charconv>
#include <filesystem>
#include <mutex>
#include <thread>

namespace isthmus::onem2m {
namespace {

using Deadline = MqttSession::Deadline;

constexpr std::uint16_t kPort = 1883, kTlsPort = 8883;  // TS-0010 6.6
constexpr std::string_view kSystemAuthorities = "/etc/ssl/certs";

struct Broker {
  std::string host;
  std::uint16_t port = kPort;
  bool tls = false;
  std::string prefix;  // of topics, without a slash at its end
};

// "mqtts://broker.example:8883/site/1"; the loader has looked at it already, but others call this too.
Result<Broker> parseBroker(std::string_view url) {
  const auto refuse = [given = std::string(url)] {
    return fail(Errc::configuration, "not an MQTT URL such as mqtt://127.0.0.1:1883: " + given, "/onem2m/cse");
  };
  Broker broker;
  broker.tls = url.starts_with("mqtts://");
  if (!broker.tls && !url.starts_with("mqtt://")) return refuse();
  url.remove_prefix(broker.tls ? 8 : 7);
  const std::size_t slash = url.find('/');
  std::string_view authority = url.substr(0, slash);
  if (slash != std::string_view::npos) broker.prefix = url.substr(slash + 1);
  while (broker.prefix.ends_with('/')) broker.prefix.pop_back();
  broker.port = broker.tls ? kTlsPort : kPort;
  const bool v6 = authority.starts_with('[');
  const std::size_t end = v6 ? authority.find(']') : authority.find(':');
  broker.host = v6 ? authority.substr(1, end == std::string_view::npos ? end : end - 1) : authority.substr(0, end);
  std::string_view rest = end == std::string_view::npos ? std::string_view() : authority.substr(end + (v6 ? 1 : 0));
  if (broker.host.empty() || (v6 && end == std::string_view::npos)) return refuse();
  if (rest.empty()) return broker;
  rest.remove_prefix(1);
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), broker.port);
  if (error != std::errc() || stop != rest.data() + rest.size() || broker.port == 0) return refuse();
  return broker;
}

MqttSettings settingsOf(const MqttOptions& options, const Broker& broker) {
  MqttSettings settings;
  settings.host = broker.host;
  settings.port = broker.port;
  settings.tls = broker.tls;
  const std::string ca = options.tls.ca.empty() ? std::string(kSystemAuthorities) : options.tls.ca;
  std::error_code ignored;
  (std::filesystem::is_directory(ca, ignored) ? settings.caFolder : settings.caFile) = ca;
  settings.cert = options.tls.cert;
  settings.key = options.tls.key;
  settings.verify = options.tls.verify;
  settings.user = options.user;
  settings.password = options.password;
  settings.clientId = "A::" + topicId(options.originator);  // TS-0010 6.3.1
  settings.cleanSession = options.cleanSession;
  const std::string self = topicId(options.originator);
  settings.filters = {topicFilter(broker.prefix, Topic::Kind::response, self, "+"),
                      topicFilter(broker.prefix, Topic::Kind::request, "+", self)};
  return settings;
}

}  // namespace

// What the binding and its connections share.
class MqttBinding::Peer : public std::enable_shared_from_this<Peer> {
 public:
  Peer(MqttOptions options, std::string prefix)
      : options_(std::move(options)), prefix_(std::move(prefix)), self_(topicId(options_.originator)) {}

  Result<void> open(const MqttSettings& settings) {
    auto session = MqttSession::make(
        settings, [this](std::string_view topic, std::string_view payload) { received(topic, payload); });
    if (!session) return tl::unexpected(session.error());
    session_ = std::move(*session);
    return {};
  }

  ~Peer() {
    stopping_ = true;
    incoming_.post({});  // wakes the thread
    if (notifier_.joinable()) notifier_.join();
  }

  void start() {
    std::call_once(started_, [this] {
      notifier_ = std::thread([this] { run(); });
      session_->start();
    });
  }

  void setSink(NotificationSink* sink) {
    const std::lock_guard lock(sinkMutex_);
    sink_ = sink;
  }

  Result<ResponsePrimitive> exchange(const RequestPrimitive& request, milliseconds patience);

 private:
  void received(std::string_view topic, std::string_view payload);
  void run();
  void notified(const Topic& topic, std::string_view payload);

  struct Incoming {
    Topic topic;
    std::string payload;
  };
  void answer(const Topic& topic, const RequestPrimitive& request, ResponsePrimitive response);
  Result<ResponsePrimitive> send(const RequestPrimitive& request, const std::string& bytes, Deadline deadline);

  const MqttOptions options_;
  const std::string prefix_;
  const std::string self_;
  Exchanges exchanges_;
  std::mutex sinkMutex_;
  NotificationSink* sink_ = nullptr;
  std::once_flag started_;
  // A sink may ask the CSE something before it answers: that must not wait for itself, so it has a thread of its own.
  Mailbox<Incoming> incoming_;
  std::atomic<bool> stopping_ = false;
  std::thread notifier_;
  std::unique_ptr<MqttSession> session_;  // last: its thread uses the others
};

Result<ResponsePrimitive> MqttBinding::Peer::exchange(const RequestPrimitive& request, milliseconds patience) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  const auto bytes = writeRequest(options_.serialisation, request);
  if (!bytes) return fail(Errc::unsupported, "cannot be sent: " + bytes.error().text());
  if (auto ready = session_->awaitReady(deadline); !ready) return tl::unexpected(ready.error());
  const std::string from = topicId(request.from);
  if (from == self_) return send(request, *bytes, deadline);
  // The answer goes to who asks: an AE that registers, whoever makes nodes.
  const std::string filter = topicFilter(prefix_, Topic::Kind::response, from, topicId(options_.cseId));
  if (auto held = session_->hold(filter, deadline); !held) return tl::unexpected(held.error());
  auto answer = send(request, *bytes, deadline);
  session_->release(filter);
  return answer;
}

Result<ResponsePrimitive> MqttBinding::Peer::send(const RequestPrimitive& request, const std::string& bytes,
                                                  Deadline deadline) {
  const Topic topic{Topic::Kind::request, topicId(request.from), topicId(options_.cseId), options_.serialisation};
  exchanges_.open(request.requestId);
  if (auto sent = session_->publish(topicText(prefix_, topic), bytes); !sent) {
    exchanges_.close(request.requestId);
    return tl::unexpected(sent.error());
  }
  auto answer = exchanges_.take(request.requestId, deadline);
  if (answer) return std::move(*answer);
  return fail(Errc::timeout, "no answer in time; does the CSE listen at this broker?", topicText(prefix_, topic));
}

void MqttBinding::Peer::received(std::string_view text, std::string_view payload) {
  const auto topic = parseTopic(prefix_, text);
  if (!topic || payload.size() > options_.maxBody) return;
  if (topic->kind == Topic::Kind::request) return incoming_.post({*topic, std::string(payload)});
  // One that cannot be read belongs to nobody: whoever waits for it is in doubt, as it should be.
  if (auto answer = readResponse(topic->serialisation, payload)) exchanges_.settle(std::move(*answer));
}

void MqttBinding::Peer::run() {
  while (!stopping_) {
    for (const Incoming& each : incoming_.waitAndDrain(milliseconds(1000))) {
      if (stopping_) return;
      notified(each.topic, each.payload);
    }
  }
}

void MqttBinding::Peer::notified(const Topic& topic, std::string_view payload) {
  auto request = readRequest(topic.serialisation, payload);
  if (!request) return answer(topic, {}, {rsc::kBadRequest, {}, R"({"m2m:dbg":"not a oneM2M request"})"});
  if (request->operation != Operation::notify) return answer(topic, *request, {rsc::kOperationNotAllowed, {}, {}});
  const std::lock_guard lock(sinkMutex_);
  if (sink_ == nullptr) return answer(topic, *request, {rsc::kTargetNotReachable, {}, {}});
  RequestPrimitive head = *request;
  head.content.clear();
  sink_->notified(*std::move(request), [weak = weak_from_this(), topic, head](ResponsePrimitive response) {
    if (const auto peer = weak.lock()) peer->answer(topic, head, std::move(response));
  });
}

// Nothing to a request without an identifier: tinyIoT's notifications want no answer.
void MqttBinding::Peer::answer(const Topic& topic, const RequestPrimitive& request, ResponsePrimitive response) {
  if (request.requestId.empty()) return;
  response.requestId = request.requestId;
  const auto bytes =
      writeResponse(topic.serialisation, response, request.from, options_.originator, request.releaseVersion);
  if (!bytes) return;
  Topic back = topic;
  back.kind = Topic::Kind::response;
  (void)session_->publish(topicText(prefix_, back), *bytes);  // without an answer the CSE asks again
}

class MqttBinding::PeerConnection final : public Connection {
 public:
  explicit PeerConnection(std::shared_ptr<Peer> peer) : peer_(std::move(peer)) {}
  Result<ResponsePrimitive> exchange(const RequestPrimitive& request, milliseconds patience) override {
    return peer_->exchange(request, patience);
  }

 private:
  std::shared_ptr<Peer> peer_;
};

MqttBinding::MqttBinding(std::shared_ptr<Peer> peer) : peer_(std::move(peer)) {}
MqttBinding::~MqttBinding() { peer_->setSink(nullptr); }

Result<std::unique_ptr<MqttBinding>> MqttBinding::make(const MqttOptions& options) {
  const auto broker = parseBroker(options.url);
  if (!broker) return tl::unexpected(broker.error());
  if (options.tls.cert.empty() != options.tls.key.empty())
    return fail(Errc::configuration, "a client certificate needs both cert and key", "/onem2m/tls");
  auto peer = std::make_shared<Peer>(options, broker->prefix);
  if (auto opened = peer->open(settingsOf(options, *broker)); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<MqttBinding>(new MqttBinding(std::move(peer)));
}

std::unique_ptr<Connection> MqttBinding::connect() {
  peer_->start();
  return std::make_unique<PeerConnection>(peer_);
}

void MqttBinding::setSink(NotificationSink* sink) {
  peer_->setSink(sink);
  if (sink != nullptr) peer_->start();
}

}  // namespace isthmus::onem2m
