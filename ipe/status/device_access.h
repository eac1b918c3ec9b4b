#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::status {

// What an operator asks of devices, and what became of it. Plain values.

enum class DeviceAction : std::uint8_t {
  read,
  write,
  execute,
  create,
  remove,
  discover,
  writeAttributes,
  observe,
  cancelObservation,
  kick,  // asks the device to update its registration: Execute of Registration Update Trigger, /1/x/8, of our account
};

struct AttributeChange {
  std::string name;                  // "pmin"
  std::optional<std::string> value;  // nothing: taken away
};

struct DeviceRequest {
  std::string endpoint;
  DeviceAction action = DeviceAction::read;
  bool composite = false;                   // read, write, observe, cancelObservation: of several paths at once
  std::vector<std::string> paths;           // "/3303/0/5700"; one, unless composite; none for kick
  std::string content;                      // write and create: JSON
  std::string arguments;                    // execute, as LwM2M Core 6.3.5 writes them: "0='a',1"
  std::string format;                       // "senml-cbor"; empty: what suits the device
  bool update = false;                      // write: merges instead of replacing
  bool passive = false;                     // cancelObservation: by a reset of the next notification
  std::vector<AttributeChange> attributes;  // writeAttributes; observe: for this observation
  std::optional<unsigned> depth;            // discover
  std::optional<std::uint16_t> server;      // kick: by which Short Server ID the device knows us
  milliseconds timeout{10'000};             // how long an answer is waited for
  std::optional<milliseconds> keep;         // how long it is kept for a device that sleeps; absent: only `timeout`
};

struct CommandView {
  std::string id, endpoint;
  std::string origin;     // who asked: "api", "onem2m CAdmin 17"
  std::string operation;  // JSON: {"op":"read","path":"/3303/0/5700"}
  std::string state;      // accepted, waiting, sent, succeeded, failed, expired
  std::string code;       // "2.05": what the device answered; empty without an answer
  std::string result;     // JSON: {"path","value","time"}, {"path","links"}; empty if there is none
  std::string reason;     // the device's own words to a refusal, or why there is no answer
  std::string error;      // of a failure without an answer, its kind: "timeout"; empty otherwise
  WallTime accepted{};
  std::optional<WallTime> changed, expires;  // of the present state; when it is given up if it still waits
  bool asleep = false;                       // it waits for a device that sleeps
  bool kept = false;                         // it is sent even after the request's timeout

  bool over() const { return state == "succeeded" || state == "failed" || state == "expired"; }
};

struct CommandQuery {
  std::string endpoint;  // empty: of all
  std::size_t limit = 100;
};

struct DecodeErrorView {
  WallTime time{};
  std::string path, format, hex, error;  // what it was about, "senml-cbor", its bytes, where it breaks
};

// The devices as the REST API reaches them. Thread-safe; no call waits for a device.
class DeviceAccess {
 public:
  // Told of each change of a command's state, at last of its end. Until that, only id, state, asleep and kept need be
  // filled in. Error (then it is the only call): notFound (no such device, or not registered), malformed or unsupported
  // (a request that cannot be), unavailable (too many wait).
  using Progress = std::function<void(Result<CommandView>)>;
  // Asked once, right before the request becomes a command; false: the asker was told already that nothing will be
  // done, and so it must be. After true a first word of progress follows at once.
  using Wanted = std::function<bool()>;

  virtual ~DeviceAccess() = default;

  // Hands a request over; its times count from now. Both are called on any thread, maybe before this returns.
  virtual void submit(DeviceRequest request, Progress progress, Wanted wanted) = 0;
  // Nobody waits for the command any more: its outcome is to be found by command().
  virtual void detach(const std::string& id) = 0;
  // Error: notFound.
  virtual Result<CommandView> command(const std::string& id) = 0;
  // The newest first.
  virtual Result<std::vector<CommandView>> commands(const CommandQuery& query) = 0;
  // Takes back a command that still waits: it is never sent. Error: notFound, conflict (sent already, or over).
  virtual Result<void> withdraw(const std::string& id) = 0;
  // What could not be decoded of what the device sent, the newest first. Error: notFound.
  virtual Result<std::vector<DecodeErrorView>> decodeErrors(const std::string& endpoint) = 0;
};

}  // namespace isthmus::status
