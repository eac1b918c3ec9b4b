#pragma once

#include "ipe/app/loop.h"
#include "ipe/app/notify_adapter.h"
#include "ipe/status/status_source.h"
#include "lwm2m/coap/dtls/dtls_carrier.h"
#include "onem2m/client/cse_client.h"

#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace isthmus::app {

// The running proxy as the status endpoint sees it: asks the loop, the outbox and, where nobody remembers, the CSE.
class StatusAdapter final : public status::StatusSource {
 public:
  struct Parts {
    Loop& loop;
    lwm2m::coap::Endpoint& endpoint;
    lwm2m::Server& server;
    proxy::Proxy& proxy;
    const Clock& clock;
    const onem2m::CseSettings& cse;
    const onem2m::CseProfile& profile;
    std::unique_ptr<proxy::OutboxReader> reader;
    std::unique_ptr<onem2m::CseClient> client;
    std::string cseUrl, lwm2mUrl, version;
    std::function<status::MappingView()> mapping;
    const lwm2m::coap::DtlsCarrier* secure = nullptr;  // null: no DTLS listener
    const NotifyAdapter* notify = nullptr;             // null: the CSE does not notify us
  };

  explicit StatusAdapter(Parts parts);
  ~StatusAdapter() override;

  status::StatusView status() override;
  status::AccountView accounting() override;
  std::vector<std::pair<std::string, status::AccountView>> accountingByEndpoint(
      const status::DeviceQuery& query) override;
  status::DevicePage devices(const status::DeviceQuery& query) override;
  std::optional<status::DeviceDetail> device(const std::string& endpoint) override;
  Result<void> forget(const std::string& endpoint) override;
  Result<std::vector<status::OutboxRowView>> outbox(const std::string& state, std::size_t limit) override;
  status::MappingView mapping() override { return parts_.mapping(); }
  std::shared_ptr<void> listen(std::function<void(const status::Event&)> sink) override;

 private:
  // On the loop's thread:
  std::vector<std::uint32_t> page(const status::DeviceQuery& query, std::size_t& total) const;
  std::optional<WallTime> lastSeen(const lwm2m::Device& device) const;
  status::DeviceView viewOf(const lwm2m::Device& device) const;
  status::ValueView viewOf(const std::string& device, const proxy::WatchedValue& value) const;
  std::vector<status::ValueView> valuesOf(const lwm2m::Device& device) const;
  std::vector<std::string> problemsOf(std::uint32_t device) const;
  std::string endpointOf(std::uint32_t device) const;
  std::string unitOf(const lwm2m::Device& device, const lwm2m::Path& path) const;

  // `units`: of observed[i].
  void completeFromCse(status::DeviceDetail& detail, const std::vector<std::string>& units);
  double oldestSeconds();
  void emit(const status::Event& event);
  bool mayEmitValue();
  void connectEvents();
  void connectCommands();

  using Sink = std::function<void(const status::Event&)>;
  struct Sinks {
    std::mutex mutex;
    std::list<Sink> list;
  };

  Parts parts_;
  const Instant started_;
  std::mutex readerMutex_, clientMutex_;
  std::shared_ptr<Sinks> sinks_ = std::make_shared<Sinks>();
  Instant secondStarted_{};
  unsigned valuesThisSecond_ = 0;
};

}  // namespace isthmus::app
