#pragma once

#include "onem2m/model/primitive.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace isthmus::onem2m {

// Which requests wait for an answer, by request identifier. Thread-safe.
class Exchanges {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  // From now on an answer to it is kept.
  void open(const std::string& requestId);
  // The answer, once it is there; nothing if the time ran out. Either way nobody waits for it any more.
  std::optional<ResponsePrimitive> take(const std::string& requestId, Deadline deadline);
  void close(const std::string& requestId);

  // An answer that nobody waits for, or the second one to a request, is dropped: false.
  bool settle(ResponsePrimitive answer);

 private:
  std::mutex mutex_;
  std::condition_variable settled_;
  std::unordered_map<std::string, std::optional<ResponsePrimitive>> waiting_;
};

}  // namespace isthmus::onem2m
