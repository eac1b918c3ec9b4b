// What applications change in flexContainers and mgmtObjs, blocking updates among it (TS-0004 7.4.8.2.1).
#include "ipe/base/located_json.h"
#include "ipe/proxy/applications.h"
#include "mapping/engine/target_detail.h"

#include <algorithm>
#include <charconv>

namespace isthmus::proxy {
namespace {

namespace rsc = onem2m::rsc;

constexpr milliseconds kMargin{500};  // an answer leaves so long before the CSE would give up

std::string_view stemOf(std::string_view aeId) { return aeId.substr(aeId.rfind('/') + 1); }

int statusOf(const Error& refusal) {
  switch (refusal.code) {
    case Errc::notFound: return rsc::kNotFound;
    case Errc::refused: return rsc::kOperationNotAllowed;
    default: return rsc::kBadRequest;
  }
}

struct Asked {
  bool blocking = false;
  Result<std::vector<mapping::DeviceChange>> changes = fail(Errc::notFound, "no rule leads there");
};

lwm2m::DeviceOperation readOf(const lwm2m::Path& path) {
  lwm2m::DeviceOperation operation;
  operation.paths = {path};
  return operation;
}

// Whether a read gave that value.
bool says(const CommandStatus& status, const lwm2m::Value& value) {
  const json::Document result(status.result, "result");
  const auto read = result.root().member("value");
  return read && read->text() == lwm2m::toText(value);
}

// What a change of that resource means; `root` tells a flexContainer from a mgmtObj of the same path.
Asked changesOf(const mapping::Engine& engine, const mapping::DeviceFacts& facts,
                std::span<const lwm2m::Path> instances, const std::string& path,
                const onem2m::NotifiedResource& resource) {
  std::vector<mapping::AttributeValue> changed;
  for (const auto& [name, json] : resource.attributes) changed.push_back({name, json});
  Asked asked;
  std::optional<mapping::Form> form;
  for (const mapping::Place& place : engine.places(facts, instances)) {
    const bool isAttribute = place.form == mapping::Form::flexContainer || place.form == mapping::Form::mgmtObj;
    if (!isAttribute || place.path != path) continue;
    if (mapping::TargetDetail::parse(place.detail).className != resource.root) continue;
    form = place.form;
    asked.blocking = asked.blocking || place.blocking;
  }
  if (form) asked.changes = engine.changesFor(facts, instances, *form, path, changed);
  return asked;
}

}  // namespace

void Applications::update(DeviceIndex device, const Notice& notice, Answer answer) {
  if (!notice.notification.resource || stemOf(notice.from) == stemOf(settings_.originator)) {
    ++counters_.own;
    return answer({});
  }
  Asked asked;
  const std::vector<lwm2m::Path> instances = devices_.instancesOf(device);
  devices_.describe(device, [&](const mapping::DeviceFacts& facts) {
    asked = changesOf(*engine_, facts, instances, notice.place.path, *notice.notification.resource);
  });
  if (!asked.changes) {
    ++counters_.refused;
    return answer({statusOf(asked.changes.error()), asked.changes.error().text()});
  }
  if (asked.changes->empty()) return answer({});
  if (asked.blocking && !devices_.isAwake(device)) {
    ++counters_.refused;
    return answer({rsc::kTargetNotReachable, "the device sleeps"});
  }
  if (const auto admitted = downlink_.admits(device); !admitted) {
    ++counters_.refused;
    return answer({rsc::kTargetNotReachable, admitted.error().text()});
  }
  startUpdate(device, notice, std::move(*asked.changes), asked.blocking, std::move(answer));
}

void Applications::startUpdate(DeviceIndex device, const Notice& notice, std::vector<mapping::DeviceChange> changes,
                               bool blocking, Answer answer) {
  std::string id;
  json::appendQuoted(id, notice.requestId);
  const auto update = std::make_shared<HeldUpdate>();
  update->device = device;
  update->origin = textOf({notice.from, notice.place.path + "/" + notice.requestId, id});
  update->left = std::move(changes);
  update->due = dueOf(notice);
  update->deadline = clock_.wall() + (blocking ? update->due - clock_.now() : milliseconds(kCommandLife));
  if (blocking) {
    ++counters_.blocking;
    update->answer = [answer = std::move(answer)](int status, std::string reason) {
      answer({status, std::move(reason)});
    };
    held_.push_back(update);
  }
  step(update);
  if (blocking) return;
  if (open_) {
    answers_.emplace_back(std::move(answer), NoticeAnswer{});
  } else {
    answer({});
  }
}

// The next of the changes, once the one before it is done.
void Applications::step(const std::shared_ptr<HeldUpdate>& update) {
  const auto finish = [update](int status, std::string reason) {
    if (update->answer) std::exchange(update->answer, {})(status, std::move(reason));
  };
  if (update->left.empty()) return finish(rsc::kOk, {});
  const mapping::DeviceChange change = update->left.front();
  Command command;
  command.device = update->device;
  command.operation = change.once ? readOf(change.once->path) : operationOf(change);
  command.deadline = update->deadline;
  command.origin = update->origin;
  if (change.once) {
    update->left.front().once.reset();
  } else {
    update->left.erase(update->left.begin());
  }
  const auto submitted = downlink_.submit(std::move(command), [=, this](const CommandStatus& status) {
    if (!isEnd(status.state)) return;
    if (status.state != CommandState::succeeded) return finish(proxy::statusOf(status), status.reason);
    if (!change.once || says(status, change.once->value)) return step(update);
    finish(rsc::kOperationNotAllowed, "not before " + change.once->path.toString() + " is " +
                                          lwm2m::toText(change.once->value) + "; ask again then");
  });
  if (!submitted) return finish(rsc::kTargetNotReachable, submitted.error().text());
  ++counters_.commands;
}

// The request's own time, or the CSE's patience; less a margin, so that the answer is there in time.
Instant Applications::dueOf(const Notice& notice) const {
  milliseconds left = settings_.requestTimeout;
  const std::string& text = notice.expiration;
  std::int64_t span = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), span);
  if (!text.empty() && fault == std::errc() && stop == text.data() + text.size()) {
    left = milliseconds(std::clamp<std::int64_t>(span, 0, settings_.requestTimeout.count()));
  } else if (const auto until = parseTime(text)) {
    left = std::clamp(*until - clock_.wall(), milliseconds(0), left);
  }
  return clock_.now() + std::max(left - kMargin, left / 2);
}

void Applications::turn() {
  std::erase_if(held_, [&](const std::shared_ptr<HeldUpdate>& update) {
    if (update->answer && update->due <= clock_.now())
      std::exchange(update->answer, {})(rsc::kTargetNotReachable, "the device did not answer in time");
    return !update->answer;
  });
}

}  // namespace isthmus::proxy
