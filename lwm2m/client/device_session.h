#pragma once

#include "ipe/base/timer_wheel.h"
#include "lwm2m/client/coap_stack.h"
#include "lwm2m/client/device_request.h"
#include "lwm2m/client/simulated_fleet.h"

#include <array>
#include <atomic>
#include <random>
#include <string>
#include <vector>

namespace isthmus::lwm2m {

struct FleetCounters {
  std::atomic<std::uint64_t> registered = 0, registrations = 0, registrationFailures = 0, updates = 0, requests = 0,
                             observations = 0, notifications = 0, failed = 0, unresolved = 0;
};

// What the sessions of a fleet share. One thread.
struct FleetShared {
  coap_context_t* context = nullptr;
  coap_address_t server{};
  TimerWheel timers;
  FleetCounters counters;
  SimulatedFleet::Talk talk;
  Instant now{};
  WallTime wall{};
  std::mt19937 random{std::random_device{}()};
  std::uint64_t resolvedEpoch = 0;  // goes up whenever nothing is under way in the whole fleet

  explicit FleetShared(Instant start) : timers(start), now(start) {}
};

// One device towards the server: registration, observations, notifications, over one libcoap client session.
// Owned by the fleet's thread; libcoap's callbacks come in on it too.
class DeviceSession {
 public:
  // `shared` must outlive it. The session's address is its identity for libcoap: it does not move.
  DeviceSession(FleetShared& shared, std::uint32_t index, SimulatedDevice device);
  DeviceSession(const DeviceSession&) = delete;
  DeviceSession& operator=(const DeviceSession&) = delete;
  ~DeviceSession();

  Result<void> open(milliseconds registerIn);
  void due();         // its timer has fired
  bool notify();      // false: no one observes anything that changes, or an answer is awaited first
  void deregister();  // now, or once a registration under way is answered; the last thing it does
  bool isGone() const { return state_ == State::offline; }
  Result<void> reboot();

  void onRequest(coap_resource_t* resource, const coap_pdu_t* request, const coap_string_t* query,
                 coap_pdu_t* response);
  coap_response_t onResponse(const coap_pdu_t* received);
  void onFailure(const coap_pdu_t* sent, coap_nack_reason_t reason);

 private:
  enum class State : std::uint8_t { offline, registering, registered, updating, deregistering };
  struct Token {
    std::size_t length = 0;
    std::array<std::uint8_t, 8> bytes{};
    bool operator==(const Token&) const = default;
  };
  struct Observation {
    Path target;
    Token token;
    ContentFormat format = ContentFormat::tlv;
    std::uint32_t sequence = 1;
  };

  static Token tokenOf(const coap_pdu_t* pdu);
  coap_pdu_t* newRequest(coap_pdu_code_t code, const std::vector<std::string>& path);
  void sendRegister();
  void sendUpdate();
  void onRegistered(const coap_pdu_t* received);
  void onRequestFailed(std::string_view why, std::optional<seconds> wait = {});
  void enter(State state);
  void arm(milliseconds in);
  milliseconds untilUpdate();
  double between(double low, double high);
  void say(const std::string& what) const;

  // False: the block before the last one; the answer is set.
  bool assemble(const coap_pdu_t* request, coap_pdu_t* response, DeviceRequest& out);
  bool observe(const coap_pdu_t* request, const Path& target, ContentFormat format);
  void dropObservations();
  bool forgetObservation(const Token& token);
  void sendNotification(Observation& observation);
  bool mayNotify();

  FleetShared& shared_;
  std::uint32_t index_;
  SimulatedDevice device_;
  CoapSession session_;
  State state_ = State::offline;
  std::vector<std::string> location_;
  Token awaited_;  // of the request under way
  unsigned failures_ = 0;
  bool lifetimeChanged_ = false;
  bool rebootDue_ = false;
  bool leaving_ = false;
  bool unreachable_ = false;  // the last thing heard of the server was an ICMP error
  std::vector<Observation> observations_;
  std::size_t nextObservation_ = 0;
  Bytes body_;  // of a block-wise request
  std::uint64_t epoch_ = 0;
  unsigned sentInEpoch_ = 0;
  Instant epochStart_{};
};

}  // namespace isthmus::lwm2m
