#include "onem2m/mqtt/mqtt_binding.h"

#include "onem2m/codec/primitive_text.h"
#include "onem2m/mqtt/mqtt_session.h"
#include "onem2m/mqtt/topics.h"
#include "tests/unit/onem2m_mqtt/broker.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace isthmus::onem2m::testing {
namespace {

using std::chrono::steady_clock;

constexpr milliseconds kPatience{10'000};

MqttOptions optionsFor(const Broker& broker) {
  MqttOptions options;
  options.url = broker.url();
  options.originator = "CIsthmus";
  options.cseId = "/id-in";
  return options;
}

std::unique_ptr<MqttBinding> bindingOf(const MqttOptions& options) {
  auto made = MqttBinding::make(options);
  REQUIRE(made);
  return std::move(*made);
}

RequestPrimitive retrieval(std::string id, std::string from = "CIsthmus") {
  RequestPrimitive request;
  request.to = "cse-in";
  request.from = std::move(from);
  request.requestId = std::move(id);
  request.releaseVersion = "3";
  return request;
}

// The other end: takes what is meant for /id-in, and answers as the test has it.
class ScriptedCse {
 public:
  using Answer = std::function<std::vector<ResponsePrimitive>(const RequestPrimitive&)>;

  ScriptedCse(const Broker& broker, Answer answer, const std::string& prefix = "")
      : answer_(std::move(answer)), prefix_(prefix) {
    MqttSettings settings;
    settings.host = "127.0.0.1";
    settings.port = broker.port();
    settings.clientId = "C::id-in";
    settings.cleanSession = true;
    settings.filters = {topicFilter(prefix, Topic::Kind::request, "+", "id-in"),
                        topicFilter(prefix, Topic::Kind::response, "id-in", "+")};
    auto made = MqttSession::make(settings, [this](auto topic, auto payload) { received(topic, payload); });
    REQUIRE(made);
    session_ = std::move(*made);
    session_->start();
    REQUIRE(session_->awaitReady(steady_clock::now() + kPatience));
  }

  void notify(const std::string& payload, const std::string& to = "CIsthmus") {
    REQUIRE(session_->publish(topicText(prefix_, {Topic::Kind::request, "id-in", to, Serialisation::json}), payload));
  }

  ResponsePrimitive awaitAnswer() {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, kPatience, [this] { return !answers_.empty(); }));
    ResponsePrimitive first = answers_.front();
    answers_.erase(answers_.begin());
    return first;
  }

  std::atomic<int> requests = 0;

 private:
  void received(std::string_view text, std::string_view payload) {
    Topic topic = *parseTopic(prefix_, text);
    if (topic.kind == Topic::Kind::response) {
      const std::lock_guard lock(mutex_);
      answers_.push_back(*readResponse(topic.serialisation, payload));
      arrived_.notify_all();
      return;
    }
    ++requests;
    const auto request = readRequest(topic.serialisation, payload);
    topic.kind = Topic::Kind::response;
    for (const ResponsePrimitive& response : answer_(*request))
      (void)session_->publish(topicText(prefix_, topic),
                              *writeResponse(topic.serialisation, response, request->from, "/id-in", "3"));
  }

  Answer answer_;
  std::string prefix_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<ResponsePrimitive> answers_;
  std::unique_ptr<MqttSession> session_;  // last: its thread uses the others
};

std::vector<ResponsePrimitive> echo(const RequestPrimitive& request) {
  return {{2000, request.requestId, R"({"m2m:cb":{"rn":"cse-in","csi":")" + request.from + R"("}})"}};
}

class RecordingSink final : public NotificationSink {
 public:
  void notified(RequestPrimitive request, Answer answer) override {
    last = std::move(request);
    answer({2000, {}, {}});
  }
  RequestPrimitive last;
};

}  // namespace

TEST_CASE("a request is answered in each serialisation, and below a topic of the operator's") {
  Broker broker;
  broker.start();
  for (const std::string prefix : {"", "site/1"}) {
    ScriptedCse cse(broker, echo, prefix);
    for (const auto each : {Serialisation::json, Serialisation::xml, Serialisation::cbor}) {
      INFO(name(each) << " " << prefix);
      MqttOptions options = optionsFor(broker);
      options.serialisation = each;
      if (!prefix.empty()) options.url += "/" + prefix;
      const auto binding = bindingOf(options);
      const auto answer = binding->connect()->exchange(retrieval("r-1"), kPatience);
      REQUIRE(answer);
      CHECK(answer->status == 2000);
      CHECK(answer->content == R"({"m2m:cb":{"rn":"cse-in","csi":"CIsthmus"}})");
    }
  }
}

TEST_CASE("many threads share the connection, and each gets its own answer, whoever asks") {
  Broker broker;
  broker.start();
  ScriptedCse cse(broker, [](const RequestPrimitive& request) {
    auto answers = echo(request);
    answers.push_back(answers.front());  // Mobius says everything twice
    return answers;
  });
  const auto binding = bindingOf(optionsFor(broker));
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const auto connection = binding->connect();
      for (int i = 0; i < 20; ++i) {
        const std::string from = i % 2 == 0 ? "CIsthmus" : "Cbar-" + std::to_string(t % 4);
        const auto answer =
            connection->exchange(retrieval(std::to_string(t) + "-" + std::to_string(i), from), kPatience);
        if (answer && answer->content.find("\"" + from + "\"") != std::string::npos) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 160);
}

TEST_CASE("without a broker a request was certainly not sent, and that is known at once") {
  const Broker broker;  // not started
  const auto binding = bindingOf(optionsFor(broker));
  const auto began = steady_clock::now();
  const auto answer = binding->connect()->exchange(retrieval("r-1"), kPatience);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(answer.error().message.find("refused") != std::string::npos);
  CHECK(steady_clock::now() - began < kPatience);
}

TEST_CASE("a CSE that says nothing leaves the request in doubt") {
  Broker broker;
  broker.start();
  ScriptedCse cse(broker, [](const RequestPrimitive&) { return std::vector<ResponsePrimitive>(); });
  const auto binding = bindingOf(optionsFor(broker));
  const auto connection = binding->connect();
  const auto answer = connection->exchange(retrieval("r-1"), milliseconds(3000));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
  CHECK(cse.requests == 1);
}

TEST_CASE("an answer to something else, and what is no answer, is passed over") {
  Broker broker;
  broker.start();
  ScriptedCse cse(broker, [](const RequestPrimitive& request) {
    return std::vector<ResponsePrimitive>{{2000, "other", {}}, {4004, request.requestId, {}}};
  });
  const auto binding = bindingOf(optionsFor(broker));
  CHECK(binding->connect()->exchange(retrieval("r-1"), kPatience)->status == 4004);
}

TEST_CASE("after a restart of the broker requests go through again") {
  Broker broker;
  broker.start();
  ScriptedCse cse(broker, echo);
  const auto binding = bindingOf(optionsFor(broker));
  const auto connection = binding->connect();
  REQUIRE(connection->exchange(retrieval("r-1"), kPatience));
  broker.stop();
  const auto deadline = steady_clock::now() + kPatience;
  int n = 0;
  const auto ask = [&] { return connection->exchange(retrieval("down-" + std::to_string(++n)), milliseconds(500)); };
  while (ask()) REQUIRE(steady_clock::now() < deadline);
  broker.start();
  const auto again = steady_clock::now() + kPatience;
  while (!ask()) REQUIRE(steady_clock::now() < again);
}

TEST_CASE("a notification reaches the sink and is answered; without a sink it is 5103") {
  Broker broker;
  broker.start();
  ScriptedCse cse(broker, echo);
  const auto binding = bindingOf(optionsFor(broker));
  REQUIRE(binding->connect()->exchange(retrieval("r-1"), kPatience));
  const std::string notification =
      R"({"op":5,"to":"CIsthmus","fr":"/id-in","rqi":"n-1","rvi":"3","rqet":"5000","pc":{"m2m:sgn":{"sur":"s"}}})";
  cse.notify(notification);
  const ResponsePrimitive refused = cse.awaitAnswer();
  CHECK(refused.status == 5103);
  CHECK(refused.requestId == "n-1");

  RecordingSink sink;
  binding->setSink(&sink);
  cse.notify(notification);
  CHECK(cse.awaitAnswer().status == 2000);
  CHECK(sink.last.content == R"({"m2m:sgn":{"sur":"s"}})");
  CHECK(sink.last.expiration == "5000");
  CHECK(sink.last.from == "/id-in");

  cse.notify(R"({"m2m:sgn":{"sur":"bare"}})");  // tinyIoT: nothing to answer to
  cse.notify(R"({"op":2,"to":"CIsthmus","fr":"/id-in","rqi":"n-2"})");
  const ResponsePrimitive retrieved = cse.awaitAnswer();
  CHECK(retrieved.requestId == "n-2");
  CHECK(retrieved.status == 4005);
  CHECK(sink.last.content == R"({"m2m:sgn":{"sur":"bare"}})");
  binding->setSink(nullptr);
}

TEST_CASE("what the broker refuses is told with what to do") {
  Broker closed("allow_anonymous false\n");
  closed.start();
  const auto stranger = bindingOf(optionsFor(closed))->connect()->exchange(retrieval("r-1"), kPatience);
  REQUIRE_FALSE(stranger);
  CHECK(stranger.error().code == Errc::unavailable);
  INFO(stranger.error().text());
  CHECK(stranger.error().message.find("onem2m.auth") != std::string::npos);

  Broker strict("allow_anonymous true\nacl_file %F/acl\n");
  std::ofstream(strict.folder() / "acl") << "topic read nothing\n";
  strict.start();
  const auto denied = bindingOf(optionsFor(strict))->connect()->exchange(retrieval("r-1"), milliseconds(1500));
  REQUIRE_FALSE(denied);  // mosquitto grants the subscription and delivers nothing: in doubt
  CHECK((denied.error().code == Errc::unavailable || denied.error().code == Errc::timeout));
}

TEST_CASE("settings that cannot work are refused before anything is sent") {
  const Broker broker;
  for (const char* const url : {"http://h", "mqtt://", "mqtt://h:0", "mqtt://h:x", "mqtt://[::1", "mqtt:/h"}) {
    INFO(url);
    MqttOptions options = optionsFor(broker);
    options.url = url;
    const auto made = MqttBinding::make(options);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::configuration);
    CHECK(made.error().where == "/onem2m/cse");
  }
  MqttOptions options = optionsFor(broker);
  options.url = broker.url("mqtts");
  options.tls.ca = "/does/not/exist.pem";
  const auto made = MqttBinding::make(options);
  REQUIRE_FALSE(made);
  CHECK(made.error().where == "/onem2m/tls");
}

}  // namespace isthmus::onem2m::testing
