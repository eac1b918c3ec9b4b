#pragma once

#include "content.h"
#include "wire.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::load {

struct Observation {
  Target target;
  Token token;
  std::uint32_t sequence = 1;
};

struct Device {
  static constexpr std::int32_t kIdle = -1;

  std::uint16_t nextMid = 0;
  std::int32_t flight = kIdle;  // the message that is under way (NSTART = 1)
  bool registered = false;
  std::string location;  // "/rd/7"
  std::vector<Observation> observations;

  // The observation that tells of `target`: of the resource itself, or of its instance or object.
  Observation* observing(const Target& target);
  void forget();  // registration and observations
  bool forgetObservation(const Token& token);
};

// The devices' side that only answers: Observe, Read, Discover, Write, Execute. A changing resource reads as 0, which
// no notification carries: so that a value that was notified is known from one that was asked for.
class Fleet {
 public:
  Fleet(std::uint32_t devices, std::string prefix);

  std::uint32_t size() const { return static_cast<std::uint32_t>(devices_.size()); }
  Device& operator[](std::uint32_t index) { return devices_[index]; }
  std::string endpoint(std::uint32_t index) const { return prefix_ + std::to_string(index); }

  // The answer to a request of the server.
  Writer answer(std::uint32_t index, const Message& request);
  // Devices that have an observation of `target`.
  std::vector<std::uint32_t> observed(const Target& target);

  std::uint64_t requests() const { return requests_; }
  std::uint64_t observes() const { return observes_; }

 private:
  static constexpr std::size_t kMostObservations = 32;

  Writer answerGet(Device& device, const Message& request);
  Writer reply(Device& device, const Message& request, std::uint8_t code) const;
  void observe(Device& device, const Target& target, const Message& request);

  std::string prefix_;
  std::vector<Device> devices_;
  std::uint64_t requests_ = 0;
  std::uint64_t observes_ = 0;
};

}  // namespace isthmus::load
