#include "onem2m/mqtt/mqtt_session.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <map>
#include <mosquitto.h>
#include <mutex>
#include <thread>
#include <utility>

namespace isthmus::onem2m {
namespace {

constexpr int kQos = 1;  // TS-0010 6.3: not 2
constexpr int kKeepAliveSeconds = 30;
constexpr int kLoopMs = 500;
constexpr int kInFlight = 100;
constexpr std::chrono::seconds kConnectPatience{10};
constexpr std::chrono::milliseconds kRetryFirst{250}, kRetryMost{4000};
constexpr int kDenied = 128;  // MQTT 3.1.1 3.9.3

std::string reasonOf(int code) { return code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code); }

std::string refusalText(int connack) {
  std::string text = std::string("the broker refuses the connection: ") + mosquitto_connack_string(connack);
  if (connack == 4 || connack == 5) text += "; onem2m.auth takes user and password";  // MQTT 3.1.1 3.2.2.3
  return text;
}

// OpenSSL, which libmosquitto uses, writes without MSG_NOSIGNAL.
void blockSigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

struct Destroy {
  void operator()(mosquitto* client) const { mosquitto_destroy(client); }
};

tl::unexpected<Error> misconfigured(std::string message, std::string pointer) {
  return fail(Errc::configuration, std::move(message), std::move(pointer));
}

}  // namespace

struct MqttSession::Impl {
  enum class State { connecting, ready, down };

  explicit Impl(MqttSettings with, Receive to) : settings(std::move(with)), receive(std::move(to)) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    if (!thread.joinable()) return;
    mosquitto_disconnect(client.get());
    thread.join();
  }

  Result<void> open();
  Result<void> openTls();
  void run();
  void connectOnce(bool first);
  bool loops();
  void waitToRetry();

  void connected(int code);
  void subscribed(int mid, int count, const int* granted);
  void goDown(std::string why);
  std::string tlsFault();
  bool isStopping() {
    const std::lock_guard lock(mutex);
    return stopping;
  }

  const MqttSettings settings;
  const Receive receive;
  std::unique_ptr<mosquitto, Destroy> client;
  std::thread thread;

  std::mutex mutex;
  std::condition_variable changed;
  State state = State::connecting;
  std::string problem;  // why it is down
  bool stopping = false;
  std::chrono::milliseconds retryAfter = kRetryFirst;
  Deadline connectUntil{};
  int firstSubscription = 0;  // message id of all filters at once

  struct Held {
    unsigned count = 0;
    int mid = 0;
    bool granted = false, denied = false;
  };
  std::map<std::string, Held> held;

  std::mutex logMutex;
  std::string libraryLog;  // the last error line of libmosquitto: only there TLS says what is wrong
};

Result<void> MqttSession::Impl::open() {
  static std::once_flag once;
  std::call_once(once, [] { mosquitto_lib_init(); });
  client.reset(mosquitto_new(settings.clientId.c_str(), settings.cleanSession, this));
  if (!client) return fail(Errc::internal, "libmosquitto gives no client");
  mosquitto_threaded_set(client.get(), true);
  mosquitto_int_option(client.get(), MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_int_option(client.get(), MOSQ_OPT_SEND_MAXIMUM, kInFlight);
  mosquitto_connect_callback_set(client.get(),
                                 [](mosquitto*, void* self, int code) { static_cast<Impl*>(self)->connected(code); });
  mosquitto_subscribe_callback_set(client.get(), [](mosquitto*, void* self, int mid, int count, const int* granted) {
    static_cast<Impl*>(self)->subscribed(mid, count, granted);
  });
  mosquitto_message_callback_set(client.get(), [](mosquitto*, void* self, const mosquitto_message* message) {
    const auto size = static_cast<std::size_t>(message->payloadlen);
    static_cast<Impl*>(self)->receive(message->topic, {static_cast<const char*>(message->payload), size});
  });
  mosquitto_log_callback_set(client.get(), [](mosquitto*, void* self, int level, const char* line) {
    if (level != MOSQ_LOG_ERR) return;
    auto& impl = *static_cast<Impl*>(self);
    const std::lock_guard lock(impl.logMutex);
    impl.libraryLog = line;
  });
  if (!settings.user.empty() &&
      mosquitto_username_pw_set(client.get(), settings.user.c_str(),
                                settings.password.empty() ? nullptr : settings.password.c_str()) != MOSQ_ERR_SUCCESS)
    return misconfigured("not a user name or password for MQTT", "/onem2m/auth");
  return settings.tls ? openTls() : Result<void>();
}

Result<void> MqttSession::Impl::openTls() {
  const auto orNull = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  const int set = mosquitto_tls_set(client.get(), orNull(settings.caFile), orNull(settings.caFolder),
                                    orNull(settings.cert), orNull(settings.key), nullptr);
  if (set != MOSQ_ERR_SUCCESS) return misconfigured("a certificate or key file cannot be read", "/onem2m/tls");
  mosquitto_tls_opts_set(client.get(), settings.verify ? 1 : 0, nullptr, nullptr);  // TLS 1.2 or newer
  mosquitto_tls_insecure_set(client.get(), !settings.verify);
  return {};
}

void MqttSession::Impl::run() {
  blockSigpipe();
  for (bool first = true; !isStopping(); first = false) {
    connectOnce(first);
    if (!isStopping()) waitToRetry();
  }
}

// Connects and stays until the connection is over.
void MqttSession::Impl::connectOnce(bool first) {
  {
    const std::lock_guard lock(mutex);
    state = State::connecting;
    connectUntil = std::chrono::steady_clock::now() + kConnectPatience;
  }
  errno = 0;
  int code = first ? mosquitto_connect_async(client.get(), settings.host.c_str(), settings.port, kKeepAliveSeconds)
                   : mosquitto_reconnect_async(client.get());
  while (code == MOSQ_ERR_SUCCESS && loops()) {
    errno = 0;
    code = mosquitto_loop(client.get(), kLoopMs, 1);
  }
  if (code != MOSQ_ERR_SUCCESS) goDown("no connection to the broker: " + reasonOf(code));
}

// False where the broker takes too long to let us in, refused, or nobody needs it any more.
bool MqttSession::Impl::loops() {
  const std::lock_guard lock(mutex);
  if (stopping || state == State::down) return false;
  if (state == State::ready || std::chrono::steady_clock::now() < connectUntil) return true;
  state = State::down;
  problem = "no connection to the broker: it does not answer";
  return false;
}

void MqttSession::Impl::goDown(std::string why) {
  if (const std::string fault = tlsFault(); !fault.empty()) why = fault;
  {
    const std::lock_guard lock(mutex);
    if (state != State::down) problem = std::move(why);  // a refusal said more
    state = State::down;
  }
  changed.notify_all();
}

std::string MqttSession::Impl::tlsFault() {
  const std::lock_guard lock(logMutex);
  const std::string line = std::exchange(libraryLog, {});
  if (line.find("certificate verify failed") != std::string::npos)
    return "the broker's certificate is not accepted; onem2m.tls.ca names the authority to trust";
  return line.find("OpenSSL") != std::string::npos ? "TLS with the broker fails: " + line : std::string();
}

void MqttSession::Impl::waitToRetry() {
  std::unique_lock lock(mutex);
  changed.notify_all();
  changed.wait_for(lock, retryAfter, [this] { return stopping; });
  retryAfter = std::min(2 * retryAfter, kRetryMost);
}

// The session's own subscriptions, and those that requests hold: the broker may have forgotten us.
void MqttSession::Impl::connected(int code) {
  if (code != 0) return goDown(refusalText(code));
  const std::lock_guard lock(mutex);
  std::vector<char*> filters;
  for (const std::string& filter : settings.filters) filters.push_back(const_cast<char*>(filter.c_str()));
  mosquitto_subscribe_multiple(client.get(), &firstSubscription, static_cast<int>(filters.size()), filters.data(), kQos,
                               0, nullptr);
  for (auto& [filter, entry] : held) {
    entry.granted = false;
    mosquitto_subscribe(client.get(), &entry.mid, filter.c_str(), kQos);
  }
}

void MqttSession::Impl::subscribed(int mid, int count, const int* granted) {
  const bool denied = std::any_of(granted, granted + count, [](int qos) { return qos >= kDenied; });
  if (mid == firstSubscription && denied)
    return goDown("the broker does not let us subscribe to " + settings.filters.front());
  {
    const std::lock_guard lock(mutex);
    if (mid == firstSubscription) {
      state = State::ready;
      retryAfter = kRetryFirst;
    }
    for (auto& [filter, entry] : held) {
      if (entry.mid != mid) continue;
      entry.granted = !denied;
      entry.denied = denied;
    }
  }
  changed.notify_all();
}

MqttSession::MqttSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MqttSession::~MqttSession() = default;

Result<std::unique_ptr<MqttSession>> MqttSession::make(const MqttSettings& settings, Receive receive) {
  auto impl = std::make_unique<Impl>(settings, std::move(receive));
  if (auto opened = impl->open(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<MqttSession>(new MqttSession(std::move(impl)));
}

void MqttSession::start() {
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

Result<void> MqttSession::awaitReady(Deadline deadline) {
  std::unique_lock lock(impl_->mutex);
  impl_->changed.wait_until(lock, deadline, [this] { return impl_->state != Impl::State::connecting; });
  if (impl_->state == Impl::State::ready) return {};
  const bool waiting = impl_->state == Impl::State::connecting;
  return fail(Errc::unavailable, waiting ? "no connection to the broker yet" : impl_->problem, impl_->settings.host);
}

Result<void> MqttSession::hold(const std::string& filter, Deadline deadline) {
  std::unique_lock lock(impl_->mutex);
  Impl::Held& entry = impl_->held[filter];
  if (++entry.count == 1) mosquitto_subscribe(impl_->client.get(), &entry.mid, filter.c_str(), kQos);
  impl_->changed.wait_until(lock, deadline, [&entry] { return entry.granted || entry.denied; });
  if (entry.granted) return {};
  const bool denied = entry.denied;
  lock.unlock();
  release(filter);
  return fail(Errc::unavailable, denied ? "the broker does not let us subscribe" : "the broker does not answer",
              filter);
}

void MqttSession::release(const std::string& filter) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->held.find(filter);
  if (found == impl_->held.end() || --found->second.count > 0) return;
  impl_->held.erase(found);
  mosquitto_unsubscribe(impl_->client.get(), nullptr, filter.c_str());
}

Result<void> MqttSession::publish(const std::string& topic, std::string_view payload) {
  const int code = mosquitto_publish(impl_->client.get(), nullptr, topic.c_str(), static_cast<int>(payload.size()),
                                     payload.data(), kQos, false);
  if (code == MOSQ_ERR_SUCCESS) return {};
  return fail(Errc::unavailable, "the message is not taken: " + reasonOf(code), topic);
}

}  // namespace isthmus::onem2m
