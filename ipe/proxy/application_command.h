#pragma once

#include "ipe/base/clock.h"
#include "ipe/base/result.h"
#include "ipe/proxy/command.h"
#include "mapping/engine/engine.h"

#include <optional>
#include <string>
#include <string_view>

namespace isthmus::proxy {

// What an application puts into a container of commands:
//
//   {"id": "17", "op": "write", "path": "/3/0/14", "value": "+02", "expires": 600}
//
// op: read, write, execute, create, delete, discover. Values are the application's own, as the rules have them; a
// resource alone, or {"5700": 1} for an instance. "expires": seconds from now, or a time (ISO 8601 or m2m:timestamp);
// absent: a day. "mode": "update" merges, "arguments" go with execute.
struct ApplicationCommand {
  lwm2m::DeviceOperation operation;
  WallTime deadline{};
};

inline constexpr seconds kCommandLife{24 * 3600};

// "id" as JSON text; "" if the content has none, or none that could be told back (a text or a number of at most 128
// characters).
std::string commandIdIn(std::string_view content);

// Error: malformed, for people, with the JSON pointer of the fault.
Result<ApplicationCommand> readCommand(std::string_view content, const mapping::DeviceFacts& device,
                                       const mapping::Engine& engine, WallTime now);

// "2026-11-26T10:15:00Z" or m2m:timestamp, "20261126T101500,250".
std::optional<WallTime> parseTime(std::string_view text);

// The application's text as a Write of one resource.
Result<lwm2m::DeviceOperation> writeOperation(std::string_view content, const lwm2m::Path& resource,
                                              const mapping::DeviceFacts& device, const mapping::Engine& engine);

// What an application reads of the state of its command: {"id","state","code","value","reason"}, without those that are
// not known. `id` is JSON text. The value of a read is converted by the rules, as reports are.
std::string statusContent(std::string_view id, const CommandStatus& status, const mapping::DeviceFacts& device,
                          const mapping::Engine& engine);

}  // namespace isthmus::proxy
