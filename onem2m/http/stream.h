#pragma once

#include "ipe/base/result.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace isthmus::onem2m {

using Deadline = std::chrono::steady_clock::time_point;

// What is left until then; never below zero.
std::chrono::microseconds remainingUntil(Deadline deadline);

// A connected byte stream, plain or TLS. Used by one thread; no call outlasts its deadline by more than a twentieth.
class Stream {
 public:
  virtual ~Stream() = default;

  // All of it. An error means that at least the end did not leave.
  virtual Result<> send(std::string_view bytes, Deadline deadline) = 0;
  // At least one byte; 0 when the peer has closed. Errors: timeout, io.
  virtual Result<std::size_t> receive(std::span<char> buffer, Deadline deadline) = 0;
  // False if the peer closed it meanwhile or sent what nobody asked for.
  virtual bool isQuiet() = 0;
};

}  // namespace isthmus::onem2m
