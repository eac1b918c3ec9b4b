#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/recurring.h"
#include "ipe/base/timer_wheel.h"
#include "lwm2m/coap/endpoint.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/codec/link_format.h"
#include "lwm2m/server/asking.h"
#include "lwm2m/server/device_operation.h"
#include "lwm2m/server/device_table.h"
#include "lwm2m/server/gateway.h"
#include "lwm2m/server/observation_token.h"
#include "lwm2m/server/operation_request.h"
#include "lwm2m/server/peer_security.h"
#include "lwm2m/server/registration.h"
#include "lwm2m/server/registration_request.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace isthmus::lwm2m {

// How values came. A notification's key is to be kept with the batch, as answered by an empty ACK. Nothing of the first
// answer to an Observe is acknowledged by us; of a Send onAnswered() tells.
enum class ReportKind : std::uint8_t { notification, firstAnswer, send };

// Values that a device sent of itself, or as the first answer to an Observe.
struct Report {
  const Registration& registration;
  DeviceModel model;
  Path observed;  // the root: several paths, or a Send
  std::span<const Record> records;
  const coap::ExchangeKey& key;
  ReportKind kind = ReportKind::notification;
  ByteView payload = {};                       // as the device sent it; empty where it speaks of several devices
  ContentFormat format = ContentFormat::text;  // of the payload
};

// A payload that could not be decoded.
struct BadReport {
  const Registration& registration;
  Path observed;
  std::optional<std::uint16_t> contentFormat;
  ByteView payload;
  const Error& error;
  const coap::ExchangeKey& key;
  ReportKind kind = ReportKind::notification;
};

struct Admission {
  bool admitted = true;
  seconds retryAfter{0};  // 5.03 with this Max-Age
};

// What becomes of devices and what they report: the consumer's side. Called on the server's thread; must not call back
// into the server.
class DeviceListener {
 public:
  virtual ~DeviceListener() = default;

  virtual Admission admit(std::string_view endpoint) = 0;
  // Which paths to observe on a device that declares these objects.
  virtual std::vector<Observation> plan(const Registration& registration, const DeviceModel& model,
                                        std::span<const DeclaredInstance> instances) = 0;
  // The registration, an address, lifetime, binding or object list changed, or it ended: to be written before the
  // answer leaves.
  virtual void onChanged(const Registration& registration, RegistrationState before) = 0;
  // A Register or Send was answered; its key is to be kept with the batch.
  virtual void onAnswered(const coap::AnsweredExchange& exchange) = 0;
  // What one message brought, by device: several parts in a gateway's Send. All are taken, or none. withhold: not
  // acknowledged; the device will send it again.
  virtual coap::Verdict onReport(std::span<const Report> parts) = 0;
  virtual coap::Verdict onBadReport(const BadReport& report) = 0;
  // The device ended it, or refused to take it up again (0.00: without an answer that says why). One by an operator is
  // given up, which onChanged tells as well.
  virtual void onObservationEnded(const Registration& /*registration*/, const Observation& /*observation*/,
                                  coap::Code /*why*/) {}
  // May new observations be made now?
  virtual bool mayObserve() = 0;
  // The device can be reached now and could not be before, or what was on its way to it was dropped: it registered,
  // moved to another address, or is a queue-mode device that slept and was heard. Called from turn(), after the answer
  // to what it said; unlike the others, may call operate().
  virtual void onAwake(const Registration& /*registration*/) {}
};

struct ServerSettings {
  std::uint64_t tokenSecret = 0;
  seconds grace{10};                         // a registration lives this much longer than it asked for
  std::size_t observesAtOnce = 256;          // Observe requests under way, over all devices
  std::optional<ContentFormat> accept = {};  // absent: by what the device supports
  seconds awakeTime{93};  // a queue-mode device listens this long after it was heard: MAX_TRANSMIT_WAIT, RFC 7252 4.8.2
};

struct ServerCounters {
  std::uint64_t registers = 0, updates = 0, deregisters = 0, expiries = 0, refused = 0, notifications = 0,
                strayNotifications = 0, foreignNotifications = 0, observesSent = 0, observesFailed = 0,
                observationsEnded = 0, badReports = 0, operations = 0, operationsRefused = 0, operationsFailed = 0,
                sends = 0, sendsRefused = 0, wakeUps = 0;
};

// A LwM2M server (Core 1.0 to 1.2): the registration interface, observations and reading. Does no I/O: requests come in
// as a coap Handler, go out through the Endpoint; what lasts goes to the listener. Owned by the loop's thread.
class Server final : public coap::Handler {
 public:
  // All must outlive the server.
  Server(const ServerSettings& settings, coap::Endpoint& endpoint, DeviceListener& listener,
         const ObjectRegistry& registry, const Clock& clock);

  // Who may act for which endpoint; must outlive the server. Before the first request. Without it anybody may.
  void setSecurity(const PeerSecurity& security) { security_ = &security; }

  // At start: a device as it was stored. A registered one counts as refreshed now; its tokens are valid.
  void restore(Registration registration);

  // What is known of the device's objects, in the versions that it has.
  DeviceModel modelOf(const Device& device) const;

  // Once per turn of the loop, after datagrams were read: expiry, and at most `budget` new Observe requests.
  void turn(std::size_t budget);
  std::optional<Instant> nextDeadline() const;
  bool hasWork() const { return !toObserve_.empty() || !woken_.empty(); }

  // Asks the device. `done` is called once, later or before this returns; it may call operate() again. Nothing is sent
  // to a device that sleeps: unavailable at once. What the device refuses in one format is asked in the next one that
  // suits (4.06, 4.15), unless the operation names its format.
  void operate(std::uint32_t device, DeviceOperation operation, OperationCompletion done);

  // Can the device be reached? A registered one always can, save in queue mode: then while its awake time lasts, which
  // starts anew with whatever is heard of it, and ends early when a request of ours goes unanswered. No device is after
  // it was told to disable itself (/1/x/4), until it registers or updates.
  bool awake(std::uint32_t device) const;
  // The listener is told (onAwake) when the device can be reached, whatever kept it away. operate() does so by itself.
  void awaitAwake(std::uint32_t device);
  // Does it sleep between what it says? Of a device behind a gateway: does the gateway?
  bool queueMode(std::uint32_t device) const;
  // When a queue-mode device that is awake will sleep. Nothing: it is asleep, or never sleeps. Nobody is called then.
  std::optional<Instant> awakeUntil(std::uint32_t device) const;
  // The awake time of this device, where it is known to have one of its own; 0: until a request goes unanswered. Holds
  // while the program runs.
  void setAwakeTime(std::uint32_t device, std::optional<seconds> time);
  // The device left, or is about to, because it was told to (disable, reboot): it will be back.
  bool willReturn(std::uint32_t device) const;

  // Makes the device's observations once more, under new tokens.
  void reobserve(std::uint32_t device);
  // The listener plans otherwise now: only paths that are new in the plan, or have other attributes, are observed, as
  // turn() allows; the others keep their tokens. False: the device is being observed, ask again later.
  bool replan(std::uint32_t device);
  // Devices that are not observed by their new plan yet. What of them is to end is not known after a restart, until
  // they are planned once more.
  std::size_t replanning() const { return revisions_.size(); }
  void forget(std::uint32_t device);

  const DeviceTable& devices() const { return devices_; }
  std::size_t registered() const { return registered_; }
  seconds grace() const { return settings_.grace; }
  const ServerCounters& counters() const { return counters_; }

  // coap::Handler
  coap::Response onRequest(const coap::IncomingRequest& request) override;
  coap::Response rebuild(const coap::Address& peer, coap::Code answer, std::uint32_t rebuildKey) override;
  coap::Verdict onNotification(const coap::IncomingNotification& notification) override;
  bool knowsToken(const coap::Address& peer, const coap::Token& token) override;
  std::optional<coap::OutgoingRequest> requestForRest(const coap::IncomingNotification& firstBlock) override;

 private:
  coap::Response onRegister(const coap::IncomingRequest& request);
  coap::Response onUpdate(Device& device, const coap::IncomingRequest& request);
  coap::Response onDeregister(Device& device);
  coap::Response onSend(const coap::IncomingRequest& request);
  Result<std::vector<EndDeviceRecords>> decodeSend(const Device& device, std::optional<std::uint16_t> format,
                                                   ByteView payload);
  std::optional<Refusal> refusalOfSend(Device& device, std::span<const EndDeviceRecords> groups);
  coap::Response takeSend(Device& device, std::span<const EndDeviceRecords> groups,
                          const coap::IncomingRequest& request, ContentFormat format);
  Device* senderOf(const coap::Address& peer);
  Device* registeredAt(const Location& location);
  bool mayActFor(const Device& device, const coap::Address& peer) const;
  bool provesToBe(const Device& device, const coap::Address& peer) const;
  void follow(Device& device, const coap::Address& to);
  bool isFrom(Device& device, const coap::Address& peer);
  coap::Verdict stray();

  void begin(Device& device, const coap::IncomingRequest& request, RegistrationParameters parameters,
             const ObjectList& objects);
  bool applyParameters(Device& device, const coap::Address& from, RegistrationParameters parameters);
  void applyObjects(Device& device, const ObjectList& objects);
  void replan(Device& device, std::span<const DeclaredInstance> instances);
  SharedText shared(std::string_view text);
  SharedArray<Observation> shared(std::span<const Observation> observations);
  std::vector<Observation> planFor(const Device& device, std::span<const DeclaredInstance> instances);
  void end(Device& device, RegistrationState state);
  void refresh(Device& device);
  void expire(std::uint32_t index);

  // Of a device behind a gateway, the gateway: its address, session and presence are the device's.
  const Device& holderOf(const Device& device) const;
  Device& holderOf(Device& device);
  void onEndDevices(Device& gateway, std::span<const Record> records);
  static std::string endpointOf(const Device& gateway, const EndDevice& end);
  void beginEndDevice(Device& gateway, const EndDevice& end);
  void registerBehind(const Device& gateway, Device& device, const EndDevice& end);
  void endDevices(const Device& gateway, RegistrationState state);
  void moveEndDevices(const Device& gateway);
  void settleEndDevices(const Device& gateway);
  void readEndDevices(std::uint32_t gateway);
  bool mayLeaveGateway(std::string_view endpoint, const coap::Address& peer) const;
  void leaveGateway(Device& device);
  Device* endDeviceAt(const Device& gateway, std::string_view prefix);

  bool isAwake(const Device& device) const;
  void heard(Device& device);
  void tellAwake(Device& device);
  void wakeUp();
  bool fallsAsleep(Device& device);

  void ask(std::uint32_t device, DeviceOperation operation, std::optional<coap::Token> token, Asking::Done done);
  void askNext(const std::shared_ptr<Asking>& asking);
  void onAnswer(const std::shared_ptr<Asking>& asking, const Result<coap::IncomingResponse>& answer);
  static void learnFormat(Device& device, const Asking& asking);
  void finish(const Result<coap::IncomingResponse>& answer, const Asking& asking, const OperationCompletion& done);
  void applySuccess(Device& device, const DeviceOperation& operation);
  void applyWritten(Device& device, std::span<const Record> records);
  OperationContext contextOf(const Device& device) const;

  coap::Token tokenOf(const Device& device, std::size_t slot) const;
  std::optional<std::uint16_t> slotAt(const Device& device, const DeviceOperation& operation) const;
  std::optional<std::uint16_t> takeSlot(Device& device, const DeviceOperation& operation);
  void dropFreeSlots(Device& device);
  static void setObservation(Device& device, std::size_t slot, Observation observation);
  void freeSlot(Device& device, std::size_t slot);
  void beginObservation(Device& device, DeviceOperation operation, OperationCompletion done);
  void onOperatorObserved(const Result<coap::IncomingResponse>& answer, const Asking& asking, bool isNew);
  void applyObserved(Device& device, std::size_t slot, const DeviceOperation& operation);
  void cancelObservation(Device& device, DeviceOperation operation, OperationCompletion done);

  // A plan that is changed while it is in force. Slots, as in Registration::observations.
  struct Revision {
    std::set<std::uint16_t> todo, retiring;
    std::map<std::uint16_t, std::vector<std::string>> unset;  // attributes to be taken from the device
  };
  Revision revisionOf(const Device& device) const;
  void revise(Device& device, std::vector<Observation> planned);
  static bool reviseSlot(Observation& kept, std::uint16_t slot, std::vector<Observation>& planned, Revision& revision);
  void observeAsPlanned(Device& device, std::vector<Observation> added);
  void endRevision(Device& device);
  bool isToBeObserved(const Device& device, std::uint16_t slot) const;
  std::vector<std::string> attributesToUnset(const Device& device) const;
  void slotAnswered(Device& device);

  void queueObserving(Device& device);
  void observeAnew(Device& device);
  void allObserved(Device& device);
  void observeNext(std::uint32_t index);
  void endObserving(std::uint32_t index);
  void writeAttributes(std::uint32_t index, std::uint8_t generation);
  void observe(std::uint32_t index, std::uint8_t generation);
  void takeApart(Device& device);
  void onObserved(std::uint32_t index, std::uint8_t generation, const Result<coap::IncomingResponse>& answer,
                  ContentFormat asked);
  void endObservation(Device& device, std::uint16_t slot, coap::Code why);
  Device* stillObserving(std::uint32_t index, std::uint8_t generation);
  void observeAgainLater(Device& device);
  void onUnheard(Device& device);
  void resumeObserving(Device& device);
  void stopObserving(Device& device);
  const Observation* observationOf(const ObservationToken& token, const Device& device) const;

  // A payload with values, and what is known of it.
  struct Received {
    std::span<const Path> paths;
    std::optional<std::uint16_t> format;
    ContentFormat asked;
    ByteView payload;
    const coap::ExchangeKey& key;
    ReportKind kind;
  };
  coap::Verdict report(Device& device, const Received& received);

  const ServerSettings settings_;
  coap::Endpoint& endpoint_;
  DeviceListener& listener_;
  const ObjectRegistry& registry_;
  const Clock& clock_;
  const PeerSecurity* security_ = nullptr;
  DeviceTable devices_;
  Recurring<SharedText> texts_;
  Recurring<SharedArray<Observation>> plans_;
  Gateways gateways_;
  TimerWheel expiry_;
  std::deque<std::uint32_t> toObserve_;
  std::deque<std::uint32_t> woken_;
  std::unordered_map<std::uint32_t, Revision> revisions_;
  std::size_t observing_ = 0;
  std::size_t registered_ = 0;
  std::uint64_t locations_;  // feeds the registrations' own part of a location
  ServerCounters counters_;
};

}  // namespace isthmus::lwm2m
