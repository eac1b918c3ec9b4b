#include "onem2m/client/cse_client.h"

#include "onem2m/client/device_place.h"
#include "onem2m/client/naming.h"
#include "onem2m/client/proxy_place.h"
#include "onem2m/codec/answer.h"
#include "onem2m/codec/representation.h"

namespace isthmus::onem2m {

namespace {

// m2m:timestamp with so many thousandths or millionths of its second: "20260101T000000,123"
std::string timestampOf(WallTime time, std::int64_t fraction, std::int64_t parts) {
  std::string digits = std::to_string(parts + fraction);
  digits.front() = ',';
  return toM2mTimestamp(std::chrono::floor<seconds>(time)) + digits;
}

std::string exactTime(WallTime time) {
  return timestampOf(time, (time - std::chrono::floor<seconds>(time)).count(), 1000);
}

}  // namespace

CseClient::CseClient(std::unique_ptr<Connection> connection, const CseSettings& settings, CseProfile& profile,
                     const Clock& clock)
    : requester_(std::move(connection), settings, clock), settings_(settings), profile_(profile) {
  instance_.operation = Operation::create;
  instance_.type = ResourceType::contentInstance;
  instance_.query = {{"rcn", "0"}};  // nothing back: the status says it all
  series_ = instance_;
  series_.type = ResourceType::timeSeriesInstance;
}

std::string CseClient::devicePath(const CseSettings& settings, const std::string& device) {
  return onem2m::devicePath(settings, device);
}

Attempt CseClient::post(const InstanceRequest& request) {
  std::string& to = instance_.to;
  to.assign(settings_.base);
  if (settings_.layout == Layout::singleAe) to.append("/").append(settings_.name);
  to.append("/").append(request.device).append("/").append(request.parent);
  instance_.from = settings_.originator;
  std::string link;
  if (!request.objectLink.empty()) {
    link = settings_.cseId + "/" + onem2m::devicePath(settings_, request.device) + "/" + request.objectLink;
  }
  writeJson(instance_.content,
            ContentInstance{request.name, request.content, request.contentInfo, &request.labels, link});
  return attemptOf(requester_.send(instance_));
}

// Where another has that time, the counter takes the place of the milliseconds: of a device whose clock stands still, a
// million values find a place in each second.
Attempt CseClient::post(const SeriesRequest& request) {
  Attempt attempt = postAt(request, exactTime(request.time));
  const bool isTaken = attempt.outcome == Outcome::rejected && outcomeOf(attempt.status) == Outcome::alreadyThere;
  if (!isTaken) return attempt;
  return postAt(request, timestampOf(request.time, request.counter % 1'000'000, 1'000'000));
}

// A CSE may refuse a second instance with the same dgt (ACME: 4105, as for a name that is taken). Names are ours, so
// one that is not there tells the two apart.
Attempt CseClient::postAt(const SeriesRequest& request, const std::string& time) {
  series_.to = onem2m::devicePath(settings_, request.device).append("/").append(request.parent);
  series_.from = settings_.originator;
  writeJson(series_.content, TimeSeriesInstance{request.name, request.content, time});
  Attempt attempt = attemptOf(requester_.send(series_));
  if (attempt.outcome != Outcome::alreadyThere) return attempt;
  Attempt own = attemptOf(requester_.retrieve(series_.to + "/" + request.name, settings_.originator));
  if (own.outcome == Outcome::done) return attempt;
  if (own.outcome != Outcome::noParent) return own;
  attempt.outcome = Outcome::rejected;
  attempt.reason += "; another value has its time, " + time;
  return attempt;
}

Attempt CseClient::syncProxy() { return ProxyPlace(requester_, settings_, profile_).sync(); }

Attempt CseClient::syncDevice(const DeviceTree& tree) {
  return DevicePlace(requester_, settings_, profile_, tree.name, tree.endpoint).sync(tree);
}

Attempt CseClient::ensureContainer(const std::string& device, const DeviceTree::Container& container,
                                   const std::string& endpoint) {
  return DevicePlace(requester_, settings_, profile_, device, endpoint).ensure(container);
}

Attempt CseClient::ensureTarget(const std::string& device, const DeviceTree::Target& target,
                                const std::string& endpoint) {
  Attempt attempt = DevicePlace(requester_, settings_, profile_, device, endpoint).ensure(target);
  if (attempt.outcome == Outcome::alreadyThere) attempt = {Outcome::done, attempt.status, {}};
  return attempt;
}

Attempt CseClient::set(const std::string& device, const DeviceTree::Target& target) {
  Attempt attempt = DevicePlace(requester_, settings_, profile_, device, {}).set(target);
  attempt.repeatable = true;
  return attempt;
}

Attempt CseClient::removeDevice(const std::string& device) {
  const std::string path = devicePath(settings_, device);
  const bool hasAe = settings_.layout == Layout::ts0014;
  Attempt attempt = attemptOf(requester_.remove(path, settings_.originator));
  if (hasAe && attempt.outcome == Outcome::notAllowed) {
    attempt = attemptOf(requester_.remove(path, "C" + device));
  }
  if (attempt.outcome == Outcome::noParent) attempt = {Outcome::done, attempt.status, {}};
  profile_.kept.forgetBelow(path);
  profile_.kept.forgetBelow(nodePath(settings_, device));
  if (attempt.outcome == Outcome::done && hasAe && !settings_.nodeOriginator.empty()) {
    (void)requester_.remove(nodePath(settings_, device), settings_.nodeOriginator);
  }
  return attempt;
}

Result<std::optional<CseClient::Latest>> CseClient::latest(const std::string& device, const std::string& parent) {
  const std::string path = devicePath(settings_, device) + "/" + parent + "/la";
  const auto answer = requester_.retrieve(path, settings_.originator);
  if (!answer) return tl::unexpected(answer.error());
  const Attempt attempt = attemptOf(answer);
  if (attempt.outcome == Outcome::noParent) return std::nullopt;
  if (attempt.outcome != Outcome::done) {
    const bool later = attempt.outcome == Outcome::busy;
    return fail(later ? Errc::unavailable : Errc::refused, attempt.reason, path);
  }
  auto content = readContent(answer->content);
  if (!content) return tl::unexpected(content.error());
  const auto name = readResourceName(answer->content);
  return Latest{std::move(*content), name ? commitTimeIn(*name) : std::nullopt};
}

Result<std::optional<NotifiedPlace>> CseClient::placeOf(const std::string& subscription) {
  if (auto place = placeInAddress(settings_, subscription)) return place;
  const auto answer = requester_.retrieve(subscription, settings_.originator);
  if (!answer) return tl::unexpected(answer.error());
  const Attempt attempt = attemptOf(answer);
  if (attempt.outcome == Outcome::noParent || attempt.outcome == Outcome::notAllowed) return std::nullopt;
  if (attempt.outcome != Outcome::done) return fail(Errc::unavailable, attempt.reason, subscription);
  const auto labels = readLabels(answer->content);
  if (!labels) return tl::unexpected(labels.error());
  return placeInLabels(*labels);
}

Result<std::optional<std::string>> CseClient::subscriptionAt(const NotifiedPlace& place) {
  const std::string path = devicePath(settings_, place.device) + "/" + place.path + "/" + settings_.name;
  const auto answer = requester_.retrieve(path, settings_.originator);
  if (!answer) return fail(Errc::unavailable, answer.error().text(), path);
  const Attempt attempt = attemptOf(answer);
  if (attempt.outcome == Outcome::noParent) return std::nullopt;
  if (attempt.outcome == Outcome::busy) return fail(Errc::unavailable, attempt.reason, path);
  if (attempt.outcome != Outcome::done) return fail(Errc::refused, attempt.reason, path);
  const auto id = readResourceId(answer->content);
  if (!id) return tl::unexpected(id.error());
  return settings_.cseId + "/" + *id;
}

Attempt CseClient::probe() {
  Attempt attempt = attemptOf(requester_.retrieve(settings_.base, settings_.originator));
  // Who may not read the CSEBase has found it all the same.
  if (attempt.outcome == Outcome::notAllowed && attempt.status >= 1000) attempt.outcome = Outcome::done;
  return attempt.outcome == Outcome::noParent ? withoutBase(settings_, std::move(attempt)) : attempt;
}

}  // namespace isthmus::onem2m
