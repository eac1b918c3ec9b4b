#pragma once

#include <cstdint>

namespace isthmus::load {

// The limit to compare a server with: recvmmsg and sendmmsg in batches of 256 and nothing between them but the answer's
// bytes (an empty ACK for a notification, a piggybacked success for a request). Says its port on stdout; ends with
// SIGTERM.
int runEcho(std::uint16_t port);

}  // namespace isthmus::load
