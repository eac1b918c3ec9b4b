#pragma once

#include "ipe/app/loop.h"
#include "ipe/proxy/history.h"
#include "ipe/status/device_access.h"

#include <memory>
#include <mutex>

namespace isthmus::app {

// The devices as the REST API reaches them: requests go to the loop's queues of commands, their outcomes come back from
// there; what is long over is read from the database.
class DeviceAdapter final : public status::DeviceAccess {
 public:
  struct Parts {
    Loop& loop;
    lwm2m::Server& server;
    proxy::Proxy& proxy;
    const Clock& clock;
    std::unique_ptr<proxy::HistoryReader> history;
  };

  explicit DeviceAdapter(Parts parts) : parts_(std::move(parts)) {}

  void submit(status::DeviceRequest request, Progress progress, Wanted wanted) override;
  void detach(const std::string& id) override;
  Result<status::CommandView> command(const std::string& id) override;
  Result<std::vector<status::CommandView>> commands(const status::CommandQuery& query) override;
  Result<void> withdraw(const std::string& id) override;
  Result<std::vector<status::DecodeErrorView>> decodeErrors(const std::string& endpoint) override;

 private:
  struct Asking {
    status::DeviceRequest request;
    Progress progress;
    Wanted wanted;
    WallTime since{};
  };

  // On the loop's thread:
  void start(const Asking& asking);
  void findAccount(const Asking& asking, const lwm2m::Registration& registration);
  void onAccounts(const Asking& asking, std::uint32_t lifetime, const Result<lwm2m::OperationOutcome>& answer);
  Result<const lwm2m::Device*> registered(const std::string& endpoint) const;
  std::string endpointOf(std::uint32_t device) const;
  status::CommandView present(const proxy::CommandStatus& stored) const;

  Result<std::uint32_t> indexOf(const std::string& endpoint);

  Parts parts_;
  std::mutex historyMutex_;
};

}  // namespace isthmus::app
