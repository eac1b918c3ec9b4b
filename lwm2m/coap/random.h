#pragma once

#include <cstdint>
#include <random>

namespace isthmus::lwm2m::coap {

// Message ids, tokens and jitter; reproducible from its seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  std::uint16_t messageId() { return static_cast<std::uint16_t>(engine_()); }
  double between(double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine_); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace isthmus::lwm2m::coap
