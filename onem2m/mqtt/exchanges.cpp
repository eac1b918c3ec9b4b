#include "onem2m/mqtt/exchanges.h"

namespace isthmus::onem2m {

void Exchanges::open(const std::string& requestId) {
  const std::lock_guard lock(mutex_);
  waiting_.insert_or_assign(requestId, std::nullopt);
}

std::optional<ResponsePrimitive> Exchanges::take(const std::string& requestId, Deadline deadline) {
  std::unique_lock lock(mutex_);
  settled_.wait_until(lock, deadline, [&] { return waiting_[requestId].has_value(); });
  std::optional<ResponsePrimitive> answer = std::move(waiting_[requestId]);
  waiting_.erase(requestId);
  return answer;
}

void Exchanges::close(const std::string& requestId) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(requestId);
}

bool Exchanges::settle(ResponsePrimitive answer) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(answer.requestId);
    if (found == waiting_.end() || found->second) return false;
    found->second = std::move(answer);
  }
  settled_.notify_all();
  return true;
}

}  // namespace isthmus::onem2m
