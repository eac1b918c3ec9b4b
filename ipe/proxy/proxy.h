#pragma once

#include "ipe/base/log.h"
#include "ipe/proxy/accounts.h"
#include "ipe/proxy/applications.h"
#include "ipe/proxy/changes.h"
#include "ipe/proxy/delivery.h"
#include "ipe/proxy/device_names.h"
#include "ipe/proxy/downlink.h"
#include "ipe/proxy/journal.h"
#include "ipe/proxy/server_devices.h"
#include "ipe/proxy/watch.h"
#include "lwm2m/server/server.h"
#include "mapping/engine/engine.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::proxy {

struct ProxySettings {
  std::uint64_t outboxMax = 1'000'000;  // rows; above, reports stay unacknowledged
  std::uint64_t outboxHigh = 800'000;   // above, no new registrations and observations
  std::uint64_t outboxLow = 600'000;    // below, what was missed is observed anew
  std::string proxyName = "isthmus";
  std::uint64_t layoutHash = 0;  // changes when trees have to be looked at again
  ApplicationSettings applications = {};
  bool commands = false;   // the CSE can notify us: devices get a container of commands
  seconds retryAfter{60};  // in a 5.03
  DeliverySettings delivery = {};
  DownlinkSettings downlink = {};
};

// Something the operator should see, newest last.
struct Problem {
  WallTime at{};
  DeviceIndex device = 0;
  std::string text;
};

// What the status endpoint hears of as it happens; each may be empty. Called on the loop's thread.
struct ProxyEvents {
  std::function<void(const lwm2m::Registration&, lwm2m::RegistrationState before)> device;
  std::function<void(const CseState&)> cse;
};

// The interworking itself: a device's registration becomes its place in the CSE, its reports become rows on their way
// there. Pure logic between the ports DeviceListener (devices) and Delivery (the CSE); what must last is put into the
// batch that the loop commits. Owned by the loop's thread.
class Proxy final : public lwm2m::DeviceListener, public DeviceDirectory, private ApplicationDevices {
 public:
  // All must outlive the proxy.
  Proxy(const ProxySettings& settings, const mapping::Engine& engine, const Clock& clock, Log& log);

  // At start: before anything else, the journal's facts; then what it recovers; then the server's devices.
  void open(const JournalFacts& facts);
  Recovery recovery(lwm2m::Server& server);
  void attach(lwm2m::Server& server);

  // From now on, values go by this set of rules, and each device whose plan is another by it is observed accordingly,
  // some per turn. The engine must outlive its use: until the next call has returned. `rules` is the set's number,
  // which goes into the batch once all devices are observed by it.
  void use(const mapping::Engine& engine, std::uint32_t rules);

  void setEvents(ProxyEvents events) { events_ = std::move(events); }

  Batch& batch() { return batch_; }
  Delivery& delivery() { return delivery_; }
  Applications& applications() { return applications_; }
  Downlink& downlink() { return downlink_; }
  const Accounts& accounts() const { return accounts_; }
  Watch& watch() { return watch_; }

  // Once a turn, before the commit: re-observes what was missed, as far as there is room again.
  void turn();
  bool hasWork() const { return !toReplan_.empty(); }
  // Devices that are still to be looked at after use().
  std::size_t toReplan() const { return toReplan_.size() + replanLater_.size(); }
  // The batch is on disk: its rows are delivery's now, and it is empty again.
  void committed();

  // The device is gone, here and (later) in the CSE. Error: notFound.
  Result<void> forget(std::string_view endpoint);

  bool refusing() const { return outboxRows() >= settings_.outboxHigh; }
  const ProxySettings& settings() const { return settings_; }
  const std::deque<Problem>& problems() const { return problems_; }
  std::uint64_t withheld() const { return withheld_; }

  // lwm2m::DeviceListener
  lwm2m::Admission admit(std::string_view endpoint) override;
  std::vector<lwm2m::Observation> plan(const lwm2m::Registration& registration, const lwm2m::DeviceModel& model,
                                       std::span<const lwm2m::DeclaredInstance> instances) override;
  void onChanged(const lwm2m::Registration& registration, lwm2m::RegistrationState before) override;
  void onAnswered(const lwm2m::coap::AnsweredExchange& exchange) override;
  lwm2m::coap::Verdict onReport(std::span<const lwm2m::Report> parts) override;
  lwm2m::coap::Verdict onBadReport(const lwm2m::BadReport& report) override;
  void onObservationEnded(const lwm2m::Registration& registration, const lwm2m::Observation& observation,
                          lwm2m::coap::Code why) override;
  bool mayObserve() override { return !refusing(); }
  void onAwake(const lwm2m::Registration& registration) override { downlink_.onAwake(registration.device); }

  // DeviceDirectory
  std::string resourceName(DeviceIndex device) const override;
  std::string endpointOf(DeviceIndex device) const override;
  std::string ruleOf(DeviceIndex device, std::uint64_t source) const override;
  onem2m::DeviceTree treeOf(DeviceIndex device) const override;

 private:
  // ApplicationDevices
  std::optional<DeviceIndex> deviceNamed(std::string_view resourceName) const override;
  void describe(DeviceIndex device, const std::function<void(const mapping::DeviceFacts&)>& with) const override;
  void addStatus(DeviceIndex device, std::string content) override;
  std::vector<lwm2m::Path> instancesOf(DeviceIndex device) const override;
  bool isAwake(DeviceIndex device) const override { return devices_.reach(device) == DevicePort::Reach::awake; }
  void placeLost(DeviceIndex device) override { delivery_.rebuild(device); }

  std::uint64_t outboxRows() const { return delivery_.pending() + batch_.rows.size(); }
  // What a reading became, for who watches.
  struct Sent {
    std::string target = {};  // "": unmapped, or not by itself
    Fate fate = Fate::pending;
    std::uint64_t row = 0;  // 0: none
  };
  std::optional<Sent> uplinkWhole(const lwm2m::Report& report);  // nothing: no rule wants it whole
  void uplink(const lwm2m::Report& report, const lwm2m::Record& record, const std::optional<Sent>& whole);
  Sent pass(DeviceIndex device, mapping::Mapped mapped, bool passes, const lwm2m::Path& source, WallTime time);
  Sent sentOf(DeviceIndex device, const lwm2m::Path& path) const;
  void emit(DeviceIndex device, RowKind kind, mapping::Mapped mapped, const lwm2m::Path& source, WallTime time);
  void show(const lwm2m::Report& report, const lwm2m::Record& record, const Sent& sent);
  void miss(DeviceIndex device);
  void dropRows(DeviceIndex device);
  void replanSome();
  void wantTree(DeviceIndex device);
  void tellOfCse();
  void problem(DeviceIndex device, std::string text);
  void name(const lwm2m::Registration& registration);
  void addWritable(const lwm2m::Device& device, onem2m::DeviceTree& tree) const;
  std::uint64_t nameHash(DeviceIndex device) const;
  std::uint64_t treeHash(const lwm2m::Registration& registration) const;
  Changes& changesOf(DeviceIndex device);

  const ProxySettings settings_;
  const mapping::Engine* engine_;
  const Clock& clock_;
  Log& log_;
  lwm2m::Server* server_ = nullptr;
  Batch batch_;
  Accounts accounts_;
  Delivery delivery_;
  ServerDevices devices_;
  Downlink downlink_;
  Applications applications_;
  DeviceNames names_;
  FlatIndex byName_;  // with `commands`: the hash of a resource name -> the device that has it
  Watch watch_;
  ProxyEvents events_;
  bool cseWasReachable_ = false, cseWasKnown_ = false;
  std::vector<Changes> changes_;
  std::vector<bool> missed_;
  std::deque<DeviceIndex> toReobserve_, toReplan_, replanLater_;
  Instant replanAgain_{};
  std::optional<std::uint32_t> rulesToPlan_;  // number of the set that use() gave
  std::deque<Problem> problems_;
  std::uint64_t nextRow_ = 1;
  std::int64_t lastCommittedMs_ = 0;
  std::uint32_t run_ = 0;
  std::uint64_t withheld_ = 0;
};

}  // namespace isthmus::proxy
