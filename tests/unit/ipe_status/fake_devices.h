#pragma once

#include "ipe/status/device_access.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace isthmus::status {

// Devices that answer what they were told to, or not at all, and remember what they were asked.
class FakeDevices final : public DeviceAccess {
 public:
  // What is said to a request, each in turn; without any, it is left without a word until release().
  std::function<std::vector<Result<CommandView>>(const DeviceRequest&)> answer = [](const DeviceRequest&) {
    return std::vector<Result<CommandView>>{succeeded("")};
  };
  std::map<std::string, CommandView> kept;
  std::map<std::string, std::vector<DecodeErrorView>> errors;
  Result<void> withdrawResult;

  static CommandView view(std::string state) {
    CommandView out;
    out.id = "3-17";
    out.endpoint = "urn:plant/7";
    out.origin = "api";
    out.operation = R"({"op":"read","path":"/3303/0/5700"})";
    out.state = std::move(state);
    return out;
  }
  static CommandView succeeded(std::string result) {
    CommandView out = view("succeeded");
    out.code = "2.05";
    out.result = std::move(result);
    return out;
  }
  static CommandView refused(std::string code, std::string reason = "") {
    CommandView out = view("failed");
    out.code = std::move(code);
    out.reason = std::move(reason);
    return out;
  }

  void submit(DeviceRequest request, Progress progress, Wanted wanted) override {
    std::vector<Result<CommandView>> words;
    {
      const std::lock_guard lock(mutex_);
      words = answer(request);
      asked_.push_back(std::move(request));
      if (words.empty()) silent_.push_back({progress, std::move(wanted)});
      changed_.notify_all();
    }
    for (auto& word : words) progress(std::move(word));
  }
  void detach(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    detached_.push_back(id);
  }
  Result<CommandView> command(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    const auto found = kept.find(id);
    if (found == kept.end()) return fail(Errc::notFound, "There is no such command.", id);
    return found->second;
  }
  Result<std::vector<CommandView>> commands(const CommandQuery& query) override {
    const std::lock_guard lock(mutex_);
    std::vector<CommandView> out;
    for (const auto& [id, one] : kept)
      if ((query.endpoint.empty() || one.endpoint == query.endpoint) && out.size() < query.limit) out.push_back(one);
    return out;
  }
  Result<void> withdraw(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    if (!withdrawResult) return withdrawResult;
    withdrawn_.push_back(id);
    kept.erase(id);
    return {};
  }
  Result<std::vector<DecodeErrorView>> decodeErrors(const std::string& endpoint) override {
    const std::lock_guard lock(mutex_);
    const auto found = errors.find(endpoint);
    if (found == errors.end()) return fail(Errc::notFound, "There is no such device.", endpoint);
    return found->second;
  }

  std::vector<DeviceRequest> asked() const { return locked(asked_); }
  std::vector<std::string> detached() const { return locked(detached_); }
  std::vector<std::string> withdrawn() const { return locked(withdrawn_); }
  DeviceRequest last() const {
    const std::lock_guard lock(mutex_);
    return asked_.empty() ? DeviceRequest{} : asked_.back();
  }
  // True once so many were left without a word; false if that does not come to pass in good time.
  bool waitForSilent(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(20), [&] { return silent_.size() >= count; });
  }
  // Those that were left without a word get this one, as far as they still want one; how many did.
  std::size_t release(const Result<CommandView>& word) {
    std::vector<Silent> all;
    {
      const std::lock_guard lock(mutex_);
      all = std::exchange(silent_, {});
    }
    std::size_t told = 0;
    for (const Silent& one : all) {
      if (!one.wanted()) continue;
      one.progress(word);
      ++told;
    }
    return told;
  }

 private:
  struct Silent {
    Progress progress;
    Wanted wanted;
  };

  template <class Values>
  Values locked(const Values& values) const {
    const std::lock_guard lock(mutex_);
    return values;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<DeviceRequest> asked_;
  std::vector<Silent> silent_;
  std::vector<std::string> detached_, withdrawn_;
};

}  // namespace isthmus::status
