#include "ipe/status/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace isthmus::status {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric sample(MetricType type, double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return metric;
}

MetricFamily family(std::string name, std::string help, MetricType type, double value) {
  return {"isthmus_" + std::move(name), std::move(help), type, {sample(type, value)}};
}

MetricFamily gauge(std::string name, std::string help, double value) {
  return family(std::move(name), std::move(help), MetricType::Gauge, value);
}

MetricFamily counter(std::string name, std::string help, std::uint64_t value) {
  return family(std::move(name), std::move(help), MetricType::Counter, static_cast<double>(value));
}

// A metric name may hold [a-zA-Z0-9_:] only; colons are kept for recording rules.
std::string metricName(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !(c == '_' || (c < 0x80 && std::isalnum(c) != 0)); }, '_');
  return name;
}

MetricFamily buildInfo(const std::string& version) {
  return {"isthmus_build_info",
          "The running version, as a label; always 1.",
          MetricType::Gauge,
          {sample(MetricType::Gauge, 1, {{"version", version}})}};
}

MetricFamily outcomes(const AccountView& account) {
  const std::pair<const char*, std::uint64_t> rows[] = {
      {"delivered", account.delivered},      {"filtered", account.filtered}, {"unmapped", account.unmapped},
      {"decode_error", account.decodeError}, {"rejected", account.rejected}, {"expired", account.expired}};
  MetricFamily out{"isthmus_readings_total", "Readings by the outcome they ended in.", MetricType::Counter, {}};
  for (const auto& [outcome, count] : rows)
    out.metric.push_back(sample(MetricType::Counter, static_cast<double>(count), {{"outcome", outcome}}));
  return out;
}

// Read at the moment of the scrape; nothing is counted here.
class StatusCollector final : public prometheus::Collectable {
 public:
  StatusCollector(const StatusView& status, const AccountView& account, const StreamFigures& streams)
      : status_(status), account_(account), streams_(streams) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> out = {buildInfo(status_.version)};
    addState(out);
    addReadings(out);
    out.push_back(gauge("event_streams", "Open /api/v1/events streams.", static_cast<double>(streams_.open)));
    out.push_back(counter("event_streams_lost_total", "Events dropped for readers that were too slow.", streams_.lost));
    addCounters(out);
    return out;
  }

 private:
  void addState(std::vector<MetricFamily>& out) const {
    const OutboxView& outbox = status_.outbox;
    out.push_back(gauge("uptime_seconds", "Time since the start.", status_.uptimeSeconds));
    out.push_back(gauge("devices_registered", "Devices whose registration is valid.", asDouble(status_.registered)));
    out.push_back(gauge("devices_known", "Devices that have a record here.", asDouble(status_.known)));
    out.push_back(gauge("outbox_rows", "Rows that wait for the CSE.", asDouble(outbox.pending)));
    out.push_back(gauge("outbox_oldest_seconds", "Age of the oldest waiting row.", outbox.oldestSeconds));
    out.push_back(gauge("outbox_max_rows", "Rows at which notifications stay unacknowledged.", asDouble(outbox.max)));
    out.push_back(gauge("outbox_refusing", "1 while new registrations are refused.", outbox.refusing ? 1 : 0));
    out.push_back(gauge("cse_reachable", "1 while the CSE answers.", status_.cse.reachable ? 1 : 0));
    out.push_back(
        gauge("cse_tree_jobs", "Devices whose place in the CSE is to be made.", asDouble(status_.cse.treeJobs)));
    out.push_back(gauge("storage_fine", "1 while the database takes writes.", status_.storageFine ? 1 : 0));
  }

  void addReadings(std::vector<MetricFamily>& out) const {
    out.push_back(counter("readings_received_total", "Readings received from devices, per target.", account_.received));
    out.push_back(outcomes(account_));
    out.push_back(gauge("readings_pending", "Readings that have no outcome yet.", asDouble(account_.pending)));
    out.push_back(
        counter("readings_in_doubt_total", "Delivered readings that may stand in the CSE twice.", account_.inDoubt));
  }

  void addCounters(std::vector<MetricFamily>& out) const {
    for (const auto& [given, value] : status_.counters) {
      const std::string name = metricName(given);
      const std::string full = "isthmus_" + name;
      const bool taken =
          std::any_of(out.begin(), out.end(), [&](const MetricFamily& other) { return other.name == full; });
      if (taken) continue;  // a name given twice would make the whole exposition invalid
      const bool counts = name.ends_with("_total");
      out.push_back(
          family(name, "Counted by the proxy.", counts ? MetricType::Counter : MetricType::Gauge, asDouble(value)));
    }
  }

  static double asDouble(std::uint64_t value) { return static_cast<double>(value); }

  const StatusView& status_;
  const AccountView& account_;
  const StreamFigures& streams_;
};

}  // namespace

std::string metricsText(const StatusView& status, const AccountView& account, const StreamFigures& streams) {
  return prometheus::TextSerializer().Serialize(StatusCollector(status, account, streams).Collect());
}

}  // namespace isthmus::status
