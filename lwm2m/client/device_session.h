#pragma once

#include "ipe/base/timer_wheel.h"
#include "lwm2m/client/coap_stack.h"
#include "lwm2m/client/device_request.h"
#include "lwm2m/client/report_schedule.h"
#include "lwm2m/client/simulated_fleet.h"
#include "lwm2m/client/token.h"

#include <atomic>
#include <random>
#include <string>
#include <vector>

namespace isthmus::lwm2m {

struct FleetCounters {
  std::atomic<std::uint64_t> registered = 0, registrations = 0, registrationFailures = 0, updates = 0, requests = 0,
                             observations = 0, notifications = 0, sends = 0, failed = 0, unresolved = 0;
};

class DeviceSession;

struct FleetServer {
  coap_address_t address{};
  bool secure = false;
};

// One device as all its servers see it: its own objects, then those of the end devices behind it.
struct FleetDevice {
  std::vector<SimulatedDevice> places;
  std::vector<DeviceSession*> sessions;  // by account
};

// What the sessions of a fleet share. One thread.
struct FleetShared {
  coap_context_t* context = nullptr;
  std::vector<FleetServer> servers;  // by account
  std::optional<FleetKey> key;       // over DTLS
  TimerWheel timers;
  FleetCounters counters;
  SimulatedFleet::Talk talk;
  bool obeysAttributes = false, keepsRequests = false;
  std::vector<DeviceSession*> changed;  // values of theirs have changed: reportDue() at the end of the turn
  Instant now{};
  WallTime wall{};
  std::mt19937 random{std::random_device{}()};
  std::uint64_t resolvedEpoch = 0;  // goes up whenever nothing is under way in the whole fleet

  explicit FleetShared(Instant start) : timers(start), now(start) {}
};

// One device towards one server: registration, observations, notifications, over one libcoap client session.
// Owned by the fleet's thread; libcoap's callbacks come in on it too.
class DeviceSession {
 public:
  using Completion = std::function<void(Result<std::uint8_t>)>;  // the server's answer; called once
  static constexpr std::uint32_t kTimers = 3;                    // of the shared wheel, for each session

  // Which device it is, at which of its servers; `number` counts the fleet's sessions.
  struct Place {
    std::uint32_t number = 0, device = 0;
    std::uint16_t account = 0;
  };
  // `shared` and `device` must outlive it. The session's address is its identity for libcoap: it does not move.
  DeviceSession(FleetShared& shared, FleetDevice& device, Place place);
  DeviceSession(const DeviceSession&) = delete;
  DeviceSession& operator=(const DeviceSession&) = delete;
  ~DeviceSession();

  Result<void> open(milliseconds registerIn);
  void due(std::uint32_t timer);  // one of its timers has fired
  void reportDue();               // notifies what is due by the observations' attributes
  bool notify();                  // false: no one observes anything that changes, or an answer is awaited first
  void leave();                   // de-registers, once a registration under way is answered; the last thing it does
  bool isGone() const { return state_ == State::offline; }
  Result<void> reboot();  // the whole device: at all its servers

  // For DeviceControl.
  SimulatedDevice* place(std::string_view prefix);
  void valuesChanged();
  void updateNow(Completion done);
  void registerNow(Completion done);
  void deregisterNow(Completion done);
  void send(const SimulatedDevice& device, std::vector<Path> paths, Completion done);
  void sendRecords(const SimulatedDevice& device, std::span<const Record> records, ContentFormat format,
                   Completion done);
  void sendWord(const DeviceWord& word, Completion done);
  Result<void> notifyWord(const SimulatedDevice& device, const Path& observed, const DeviceWord& word);
  Result<void> notifyRecords(const SimulatedDevice& device, const Path& observed, std::span<const Record> records);
  void answerNext(DeviceWord word) { nextAnswer_ = std::move(word); }
  void sleep();  // the whole device
  void wake();
  Result<void> move(const std::string& localAddress);
  DeviceState state() const;
  std::vector<AskedRequest> takeAsked() { return std::exchange(asked_, {}); }

  void onRequest(coap_resource_t* resource, const coap_pdu_t* request, const coap_string_t* query,
                 coap_pdu_t* response);
  coap_response_t onResponse(const coap_pdu_t* received);
  void onFailure(const coap_pdu_t* sent, coap_nack_reason_t reason);

 private:
  enum class State : std::uint8_t { offline, registering, registered, updating, deregistering };
  enum Timer : std::uint32_t { life, report, drowsy };
  struct Observation {
    std::size_t place = 0;
    Token token;
    ContentFormat format = ContentFormat::tlv;
    bool composite = false;
    std::uint32_t sequence = 1;
    ReportSchedule schedule;
    coap_resource_t* resource = nullptr;
  };
  struct Awaited {
    Token token;
    Completion done;
  };

  SimulatedDevice& own() { return places_.front(); }
  const SimulatedDevice& own() const { return places_.front(); }
  seconds lifetime() const { return own().lifetime(account_); }
  DeviceSession& sessionAt(std::uint16_t account) { return *device_.sessions.at(account); }
  const DeviceTraits& traits() const { return own().profile().traits; }

  // device_session.cpp: the registration's life
  static Token tokenOf(const coap_pdu_t* pdu);
  Result<void> connect(const coap_address_t* local);
  coap_session_t* newSession(const coap_address_t* local) const;
  coap_pdu_t* newRequest(coap_pdu_code_t code, const std::vector<std::string>& path, Token& token);
  void sendRegister();
  void sendUpdate();
  void sendDeregister();
  void onRegistered(const coap_pdu_t* received);
  void onDeregistered();
  void onRegistrationAnswer(const coap_pdu_t* received);
  void onRequestFailed(std::string_view why, std::optional<seconds> wait = {});
  void settle(Result<std::uint8_t> outcome);
  void lifeDue();
  Result<void> begin();
  void fallAsleep();
  void drowsyDue();
  void stayAwake();
  void enter(State state);
  void arm(milliseconds in, Timer timer = life);
  milliseconds untilUpdate();
  double between(double low, double high);
  void say(const std::string& what) const;

  // device_serving.cpp: what the server asks
  // False: the block before the last one; the answer is set.
  bool assemble(const coap_pdu_t* request, coap_pdu_t* response, DeviceRequest& out);
  std::size_t placeOf(std::string_view path) const;
  DeviceResponse answerTo(const DeviceRequest& request, std::size_t place);
  void respond(coap_resource_t* resource, const coap_pdu_t* request, const coap_string_t* query, coap_pdu_t* response,
               DeviceResponse answered);
  void takeEffect(Effect effect, std::string_view path);
  void takeOwnEffect(Effect effect);
  void remember(const DeviceRequest& request, std::optional<std::uint32_t> observe, std::uint8_t answer);
  bool observe(coap_resource_t* resource, const coap_pdu_t* request, std::size_t place, const DeviceResponse& answered,
               bool composite);

  // device_reporting.cpp: what it tells the server
  void dropObservations();
  bool forgetObservation(const Token& token);
  void armReport();
  bool sendNotification(Observation& observation);
  void transmit(Observation& observation, const DeviceWord& word);
  void addFirstBlock(const Observation& observation, const DeviceWord& word, coap_pdu_t* pdu);
  Observation* observationAt(const SimulatedDevice& device, const Path& path);
  bool mayNotify();
  void settleSend(const Token& token, Result<std::uint8_t> outcome);

  FleetShared& shared_;
  FleetDevice& device_;
  const std::uint32_t number_, index_;
  const std::uint16_t account_;
  std::vector<SimulatedDevice>& places_;
  CoapSession session_;
  coap_address_t local_{};  // while it sleeps: where it will wake
  State state_ = State::offline;
  std::vector<std::string> location_;
  Token awaited_;  // of the registration interface's request under way
  Completion settled_;
  std::vector<Awaited> sends_;
  unsigned failures_ = 0;
  bool lifetimeChanged_ = false;
  bool objectsChanged_ = false;
  bool rebootDue_ = false;
  bool disableDue_ = false;
  bool staysAway_ = false;  // de-registered by DeviceControl
  bool leaving_ = false;
  bool asleep_ = false;
  bool unreachable_ = false;  // the last thing heard of the server was an ICMP error
  std::vector<Observation> observations_;
  std::size_t nextObservation_ = 0;
  std::uint64_t notifications_ = 0;
  Bytes body_;  // of a block-wise request
  std::optional<DeviceWord> nextAnswer_;
  std::vector<AskedRequest> asked_;
  std::uint64_t epoch_ = 0;
  unsigned sentInEpoch_ = 0;
  Instant epochStart_{};
};

}  // namespace isthmus::lwm2m
