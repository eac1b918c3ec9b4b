#pragma once

#include "ipe/base/clock.h"
#include "lwm2m/server/device_operation.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::proxy {

using DeviceIndex = std::uint32_t;

// Where a command stands. accepted: not on disk yet; waiting: for the device, or for those before it; sent: the device
// may have it. The others are ends: each command comes to exactly one, and nothing of it is sent afterwards.
enum class CommandState : std::uint8_t { accepted, waiting, sent, succeeded, failed, expired };
std::string_view name(CommandState state);
constexpr bool isEnd(CommandState state) { return state >= CommandState::succeeded; }

// Which start of the process took the command (upper half), and the how manyth it was: never used again, ascending.
struct CommandId {
  std::uint64_t value = 0;
  std::string toString() const;  // "3-17"
  static std::optional<CommandId> parse(std::string_view text);
  constexpr auto operator<=>(const CommandId&) const = default;
};

// stored: on disk before it is sent, whatever happens to the process. transient: the caller waits for the answer and
// asks anew if there is none; what only reads is then never written. Anything else is stored all the same.
enum class CommandKeeping : std::uint8_t { stored, transient };

struct Command {
  DeviceIndex device = 0;
  lwm2m::DeviceOperation operation;
  WallTime deadline{};  // not sent afterwards
  std::string origin;   // who asks, for people: "api", "onem2m CAdmin 17"
  CommandKeeping keeping = CommandKeeping::stored;
};

// All that is told of a command.
struct CommandStatus {
  CommandId id;
  DeviceIndex device = 0;
  CommandState state = CommandState::accepted;
  WallTime submitted{}, deadline{}, changed{};
  std::string origin;
  std::string operation;      // JSON, see operation_json.h
  std::string code;           // the device's answer, "2.05"; "" for none
  std::string result;         // JSON, see outcomeToJson(); "" for none
  std::string reason;         // of a failure, for people; "" for none
  std::optional<Errc> error;  // of a failure without an answer, what kind it was: timeout, for one
  bool operator==(const CommandStatus&) const = default;
};

// Told of each change once it is on disk, so that what was told outlives a crash: waiting or sent first, an end last.
// Of a transient command at once. Called on the loop's thread; may submit and withdraw.
using CommandObserver = std::function<void(const CommandStatus&)>;

}  // namespace isthmus::proxy
