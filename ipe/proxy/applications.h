#pragma once

#include "ipe/proxy/application_command.h"
#include "ipe/proxy/downlink.h"
#include "ipe/proxy/held_update.h"
#include "onem2m/client/notified_place.h"
#include "onem2m/codec/notification.h"
#include "onem2m/model/primitive.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace isthmus::proxy {

inline constexpr std::string_view kCommandContainer = "cmd";
inline constexpr std::string_view kStatusContainer = "cmd-status";
// Behind the name of a resource's container, where a rule wants one for commands to that resource alone.
inline constexpr std::string_view kCommandSuffix = "-cmd";

// One notification of a subscription of ours.
struct Notice {
  onem2m::NotifiedPlace place;
  onem2m::Notification notification;
  std::string from;  // the CSE; of a blocking update who asks for it
  std::string requestId;
  std::string expiration;  // until when an answer is of use, as RequestPrimitive has it
};

struct ApplicationSettings {
  std::string originator = "CIsthmus";  // what it creates and updates is no command
  milliseconds requestTimeout{10'000};  // how long the CSE waits for the answer to a blocking update
};

// What becomes of it: a responseStatusCode, and for people why.
struct NoticeAnswer {
  int status = onem2m::rsc::kOk;
  std::string reason = {};
};

// What the applications' side asks about devices. Called on the loop's thread.
class ApplicationDevices {
 public:
  virtual ~ApplicationDevices() = default;
  virtual std::optional<DeviceIndex> deviceNamed(std::string_view resourceName) const = 0;
  // Calls `with` at once, unless there is no such device (any more).
  virtual void describe(DeviceIndex device, const std::function<void(const mapping::DeviceFacts&)>& with) const = 0;
  // A contentInstance for the device's container of states, in the open batch.
  virtual void addStatus(DeviceIndex device, std::string content) = 0;
  virtual std::vector<lwm2m::Path> instancesOf(DeviceIndex device) const = 0;
  virtual bool isAwake(DeviceIndex device) const = 0;
  // A subscription of ours is gone: the device's place is to be looked at again.
  virtual void placeLost(DeviceIndex device) = 0;
};

struct ApplicationCounters {
  std::uint64_t notifications = 0;  // for a place of ours
  std::uint64_t unknown = 0;        // of a device, or a place, that is not there
  std::uint64_t repeated = 0;       // of what was told before: nothing is done
  std::uint64_t own = 0;            // of what the proxy itself has written
  std::uint64_t overtaken = 0;      // of a value that a newer one was told before
  std::uint64_t blocking = 0;       // updates whose answer was held
  std::uint64_t commands = 0;       // taken
  std::uint64_t refused = 0;        // faulty, or more than can wait
};

// What applications do in oneM2M becomes commands for devices, and what becomes of those is told where applications see
// it. A notification is answered once what it asks for is on disk; one that comes again, also after a restart, does
// nothing more. Pure logic between the ports; owned by the loop's thread.
class Applications {
 public:
  using Answer = std::function<void(NoticeAnswer)>;

  // All must outlive it; it becomes the downlink's recorder.
  Applications(const ApplicationSettings& settings, const mapping::Engine& engine, ApplicationDevices& devices,
               Downlink& downlink, const Clock& clock);

  // From now on values go by these rules, which must outlive their use.
  void use(const mapping::Engine& engine) { engine_ = &engine; }

  // At start: who asked for a command that is kept (Recovery::asked).
  void restore(DeviceIndex device, std::string_view origin);

  void notified(const Notice& notice, Answer answer);
  // Something that the proxy needs of the device's place is gone.
  void placeLost(const std::string& resourceName);
  void turn();       // once a turn, before the commit: answers what was held too long
  void committed();  // the batch is on disk

  const ApplicationCounters& counters() const { return counters_; }

 private:
  struct Origin {
    std::string creator, resource, id;  // `resource`: "cmd/<id of the contentInstance>"; `id`: JSON text
  };
  static std::string textOf(const Origin& origin);
  static std::optional<Origin> originIn(std::string_view text);

  // A value or a command that stands in a container of a single resource.
  struct Written {
    lwm2m::Path resource;
    bool executes = false;
  };

  NoticeAnswer act(DeviceIndex device, const Notice& notice);
  NoticeAnswer created(DeviceIndex device, const Notice& notice, const onem2m::NotifiedResource& instance);
  bool isOwn(const onem2m::NotifiedResource& instance) const;
  bool isOvertaken(DeviceIndex device, const Notice& notice, const onem2m::NotifiedResource& instance);
  std::optional<Written> writtenAt(DeviceIndex device, const std::string& path) const;
  Result<ApplicationCommand> commandFor(const Written& written, DeviceIndex device, std::string_view content) const;
  void update(DeviceIndex device, const Notice& notice, Answer answer);
  void startUpdate(DeviceIndex device, const Notice& notice, std::vector<mapping::DeviceChange> changes, bool blocking,
                   Answer answer);
  Instant dueOf(const Notice& notice) const;
  void step(const std::shared_ptr<HeldUpdate>& update);
  void command(DeviceIndex device, const onem2m::NotifiedResource& instance, const Origin& origin);
  void submit(DeviceIndex device, ApplicationCommand command, const Origin& origin);
  void refuse(DeviceIndex device, const Origin& origin, CommandState state, const Error& why);
  void record(const CommandStatus& status);
  void tell(std::string_view id, const CommandStatus& status);
  bool isNew(DeviceIndex device, std::string_view resource);

  const ApplicationSettings settings_;
  const mapping::Engine* engine_;
  ApplicationDevices& devices_;
  Downlink& downlink_;
  const Clock& clock_;
  ApplicationCounters counters_;
  std::unordered_set<std::uint64_t> known_;  // hashes of what was told already
  std::deque<std::uint64_t> knownInOrder_;
  std::unordered_map<std::uint64_t, std::string> newest_;  // of each container of values: the creation time of the last
  std::vector<std::shared_ptr<HeldUpdate>> held_;
  bool open_ = false;                                     // the batch has something of ours
  std::vector<std::pair<Answer, NoticeAnswer>> answers_;  // that wait for it
};

}  // namespace isthmus::proxy
