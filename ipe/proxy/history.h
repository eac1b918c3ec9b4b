#pragma once

#include "ipe/base/bytes.h"
#include "ipe/proxy/command.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::proxy {

// A payload that no decoder took, kept for the operator.
struct BadPayload {
  WallTime at{};
  DeviceIndex device = 0;
  std::string path;                            // what it was to be about
  std::optional<std::uint16_t> contentFormat;  // absent if the device said none
  std::string error;
  Bytes payload;           // at most kBadPayloadBytes
  std::uint64_t size = 0;  // of the whole payload
  bool operator==(const BadPayload&) const = default;
};
inline constexpr std::size_t kBadPayloadBytes = 4096;
inline constexpr std::size_t kBadPayloads = 1000;  // the newest are kept

// Ended commands are kept so long, and the newest so many at most.
inline constexpr std::size_t kEndedCommands = 10'000;
inline constexpr std::chrono::hours kEndedCommandLife{7 * 24};

// Reads beside the loop what was stored, on a connection of its own. Owned by one thread. Live commands are there as
// they were last written; what the loop's own memory says of them (Downlink::find) is newer.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;
  // Error: notFound, also of one that ended too long ago.
  virtual Result<CommandStatus> command(CommandId id) = 0;
  // Newest first; of one device only, if one is given.
  virtual Result<std::vector<CommandStatus>> commands(std::optional<DeviceIndex> device, std::size_t limit) = 0;
  virtual Result<std::vector<BadPayload>> badPayloads(std::optional<DeviceIndex> device, std::size_t limit) = 0;
};

}  // namespace isthmus::proxy
