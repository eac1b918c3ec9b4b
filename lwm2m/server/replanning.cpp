// Another plan for a device that is observed already: what stays in the plan keeps its token and is not asked for
// again; what leaves it is heard until what comes instead is set up, so that no value falls between the two.
#include "lwm2m/server/server.h"

#include <algorithm>
#include <utility>

namespace isthmus::lwm2m {
namespace {

// What the device was told and is not to hold any more.
std::vector<std::string> attributesLost(const Observation& before, const Observation& after) {
  const Result<AttributeChange> old = parseAttributes(before.attributes()), next = parseAttributes(after.attributes());
  if (!old) return {};
  std::vector<std::string> lost;
  const auto kept = next ? toPairs(next->set) : decltype(toPairs(old->set))();
  for (const auto& [name, value] : toPairs(old->set)) {
    const auto same = [&name = name](const auto& pair) { return pair.first == name; };
    if (std::ranges::none_of(kept, same)) lost.emplace_back(name);
  }
  return lost;
}

}  // namespace

bool Server::replan(std::uint32_t index) {
  Device* device = devices_.at(index);
  if (device == nullptr || device->registration.state != RegistrationState::registered) return true;
  if (device->observing) return false;
  const Result<ObjectList> objects = parseObjectList(device->registration.objectLinks);
  if (objects) revise(*device, planFor(*device, objects->instances));
  return true;
}

// What was not set up yet stays to be set up, also from a revision before this one.
Server::Revision Server::revisionOf(const Device& device) const {
  const auto known = revisions_.find(device.registration.device);
  if (known != revisions_.end()) return known->second;
  Revision revision;
  const std::size_t all = device.registration.observations.size();
  for (std::size_t slot = std::min<std::size_t>(device.nextSlot, device.unheard); slot < all; ++slot)
    revision.todo.insert(static_cast<std::uint16_t>(slot));
  return revision;
}

void Server::revise(Device& device, std::vector<Observation> planned) {
  std::vector<Observation> all = device.registration.observations.toVector();
  const std::size_t before = all.size();
  Revision revision = revisionOf(device);
  bool changed = false;
  for (std::uint16_t slot = 0; slot < before; ++slot)
    if (!all[slot].isFree()) changed = reviseSlot(all[slot], slot, planned, revision) || changed;
  if (!changed && planned.empty()) return;
  if (before + planned.size() > kMostObservations) {
    device.registration.observations = all;
    revisions_.insert_or_assign(device.registration.device, std::move(revision));
    return observeAsPlanned(device, std::move(planned));
  }
  for (Observation& added : planned) {
    revision.todo.insert(static_cast<std::uint16_t>(all.size()));
    all.push_back(std::move(added));
  }
  device.registration.observations = shared(all);
  device.unheard = kNoSlot;
  device.nextSlot = revision.todo.empty() ? static_cast<std::uint16_t>(all.size()) : *revision.todo.begin();
  device.registration.observing = !revision.todo.empty();
  const bool done = revision.todo.empty();
  revisions_.insert_or_assign(device.registration.device, std::move(revision));
  if (done) endRevision(device);
  listener_.onChanged(device.registration, device.registration.state);
  queueObserving(device);
}

// True if the slot's part in the plan is another now. Takes its own out of `planned`.
bool Server::reviseSlot(Observation& kept, std::uint16_t slot, std::vector<Observation>& planned, Revision& revision) {
  const auto same = std::ranges::find_if(
      planned, [&](const Observation& other) { return other.isAt(kept.paths(), kept.isComposite()); });
  if (kept.isByOperator()) {
    if (same != planned.end()) planned.erase(same);
    return false;
  }
  if (same == planned.end()) {
    revision.todo.erase(slot);
    return revision.retiring.insert(slot).second;
  }
  bool changed = revision.retiring.erase(slot) > 0;
  if (same->attributes() != kept.attributes()) {
    revision.unset[slot] = attributesLost(kept, *same);
    kept = std::move(*same);
    revision.todo.insert(slot);
    changed = true;
  }
  planned.erase(same);
  return changed;
}

// More paths than slots: everything anew, under new tokens. `added` is what the slots do not hold yet.
void Server::observeAsPlanned(Device& device, std::vector<Observation> added) {
  endRevision(device);
  std::vector<Observation> all = device.registration.observations.toVector();
  std::erase_if(all, [](const Observation& it) { return it.isFree(); });
  for (Observation& observation : added)
    if (all.size() < kMostObservations) all.push_back(std::move(observation));
  device.registration.observations = shared(all);
  device.unheard = kNoSlot;
  observeAnew(device);
  listener_.onChanged(device.registration, device.registration.state);
}

// What left the plan is heard no more: its next notification gets RST.
void Server::endRevision(Device& device) {
  const auto revision = revisions_.find(device.registration.device);
  if (revision == revisions_.end()) return;
  std::vector<Observation> all = device.registration.observations.toVector();
  for (const std::uint16_t slot : revision->second.retiring)
    if (!all[slot].isByOperator()) all[slot] = Observation();  // one that an operator took over meanwhile stays
  device.registration.observations = shared(all);
  revisions_.erase(revision);
}

bool Server::isToBeObserved(const Device& device, std::uint16_t slot) const {
  if (device.registration.observations[slot].isFree()) return false;
  const auto revision = revisions_.find(device.registration.device);
  return revision == revisions_.end() || revision->second.todo.contains(slot);
}

std::vector<std::string> Server::attributesToUnset(const Device& device) const {
  const auto revision = revisions_.find(device.registration.device);
  if (revision == revisions_.end()) return {};
  const auto names = revision->second.unset.find(device.nextSlot);
  return names == revision->second.unset.end() ? std::vector<std::string>() : names->second;
}

void Server::slotAnswered(Device& device) {
  const auto revision = revisions_.find(device.registration.device);
  if (revision != revisions_.end()) revision->second.todo.erase(device.nextSlot);
  ++device.nextSlot;
}

}  // namespace isthmus::lwm2m
