#include "fleet.h"

#include <algorithm>
#include <random>

namespace isthmus::load {

Observation* Device::observing(const Target& target) {
  const auto found = std::find_if(observations.begin(), observations.end(),
                                  [&](const Observation& entry) { return entry.target.contains(target); });
  return found == observations.end() ? nullptr : &*found;
}

void Device::forget() {
  registered = false;
  location.clear();
  observations.clear();
}

bool Device::forgetObservation(const Token& token) {
  return std::erase_if(observations, [&](const Observation& entry) { return entry.token == token; }) > 0;
}

Fleet::Fleet(std::uint32_t devices, std::string prefix) : prefix_(std::move(prefix)), devices_(devices) {
  std::mt19937 random{std::random_device{}()};
  for (auto& device : devices_) device.nextMid = static_cast<std::uint16_t>(random());
}

std::vector<std::uint32_t> Fleet::observed(const Target& target) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < size(); ++i)
    if (devices_[i].observing(target)) found.push_back(i);
  return found;
}

Writer Fleet::reply(Device& device, const Message& request, std::uint8_t code) const {
  const bool piggyback = request.type == Type::con;
  return {piggyback ? Type::ack : Type::non, code, piggyback ? request.mid : device.nextMid++, request.token};
}

Writer Fleet::answer(std::uint32_t index, const Message& request) {
  auto& device = devices_[index];
  ++requests_;
  switch (request.code) {
    case kGet: return answerGet(device, request);
    case kPut:
    case kPost: return reply(device, request, Target::parse(request.path) ? kChanged : kNotFound);
    default: return reply(device, request, kNotAllowed);
  }
}

Writer Fleet::answerGet(Device& device, const Message& request) {
  const auto target = Target::parse(request.path);
  if (!target) return reply(device, request, kNotFound);
  if (request.accept == kLink) {
    auto discover = reply(device, request, kContent);
    const std::string links = "<" + request.path + ">";
    discover.option(kContentFormat, kLink);
    discover.payload({reinterpret_cast<const std::uint8_t*>(links.data()), links.size()});
    return discover;
  }
  const auto content = contentOf(*target, 0, request.accept);
  if (!content) return reply(device, request, kNotAcceptable);
  auto answer = reply(device, request, kContent);
  if (request.observe == 0u) {
    observe(device, *target, request);
    answer.option(kObserve, 1u);
  } else if (request.observe == 1u) {
    device.forgetObservation(request.token);
  }
  answer.option(kContentFormat, content->format).payload(content->view());
  return answer;
}

void Fleet::observe(Device& device, const Target& target, const Message& request) {
  ++observes_;
  const auto found = std::find_if(device.observations.begin(), device.observations.end(),
                                  [&](const Observation& entry) { return entry.target == target; });
  if (found != device.observations.end()) {
    *found = {target, request.token, 1};
  } else if (device.observations.size() < kMostObservations) {
    device.observations.push_back({target, request.token, 1});
  }
}

}  // namespace isthmus::load
