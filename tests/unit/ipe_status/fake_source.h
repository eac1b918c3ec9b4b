#pragma once

#include "ipe/status/status_source.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::status {

// A proxy that says what it was told to say, and remembers what it was asked.
class FakeSource final : public StatusSource {
 public:
  StatusView statusView;
  AccountView accountView;
  std::map<std::string, DeviceDetail> details;
  std::vector<OutboxRowView> rows;
  MappingView mappingView;
  Result<void> forgetResult;
  Result<void> outboxResult;
  std::string fault;  // thrown by status() if not empty

  std::vector<std::string> forgotten;
  DeviceQuery asked;

  StatusView status() override {
    const std::lock_guard lock(mutex_);
    if (!fault.empty()) throw std::runtime_error(fault);
    return statusView;
  }
  AccountView accounting() override {
    const std::lock_guard lock(mutex_);
    return accountView;
  }
  std::vector<std::pair<std::string, AccountView>> accountingByEndpoint(const DeviceQuery& query) override {
    std::vector<std::pair<std::string, AccountView>> out;
    for (const DeviceView& device : devices(query).devices) out.emplace_back(device.endpoint, device.account);
    return out;
  }
  DevicePage devices(const DeviceQuery& query) override {
    const std::lock_guard lock(mutex_);
    asked = query;
    DevicePage page;
    for (const auto& [endpoint, detail] : details) {
      if (endpoint.find(query.search) == std::string::npos) continue;
      if (page.total >= query.offset && page.devices.size() < query.limit) page.devices.push_back(detail.device);
      ++page.total;
    }
    return page;
  }
  std::optional<DeviceDetail> device(const std::string& endpoint) override {
    const std::lock_guard lock(mutex_);
    const auto found = details.find(endpoint);
    return found == details.end() ? std::nullopt : std::optional(found->second);
  }
  Result<void> forget(const std::string& endpoint) override {
    const std::lock_guard lock(mutex_);
    if (!forgetResult) return forgetResult;
    forgotten.push_back(endpoint);
    details.erase(endpoint);
    return {};
  }
  Result<std::vector<OutboxRowView>> outbox(const std::string& state, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    if (!outboxResult) return tl::unexpected(outboxResult.error());
    std::vector<OutboxRowView> out;
    for (const OutboxRowView& row : rows)
      if (row.state == state && out.size() < limit) out.push_back(row);
    return out;
  }
  MappingView mapping() override {
    const std::lock_guard lock(mutex_);
    return mappingView;
  }

  std::shared_ptr<void> listen(std::function<void(const Event&)> sink) override {
    const std::lock_guard lock(mutex_);
    sink_ = std::make_shared<std::function<void(const Event&)>>(std::move(sink));
    ++listeners_;
    changed_.notify_all();
    return {sink_.get(), [this, keep = sink_](void*) {
              const std::lock_guard inner(mutex_);
              if (sink_ == keep) sink_.reset();
              --listeners_;
              changed_.notify_all();
            }};
  }

  void emit(const std::string& type, const std::string& json) {
    std::shared_ptr<std::function<void(const Event&)>> sink;
    {
      const std::lock_guard lock(mutex_);
      sink = sink_;
    }
    if (sink) (*sink)({type, json});
  }
  // True once exactly `count` listen; false if that does not come to pass in good time.
  bool waitForListeners(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(10), [&] { return listeners_ == count; });
  }
  // Changes what is said while a server may be asking.
  void change(const std::function<void()>& how) {
    const std::lock_guard lock(mutex_);
    how();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<std::function<void(const Event&)>> sink_;
  int listeners_ = 0;
};

}  // namespace isthmus::status
