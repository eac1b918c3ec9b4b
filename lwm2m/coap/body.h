#pragma once

#include "ipe/base/bytes.h"
#include "ipe/base/result.h"

#include <cstddef>
#include <optional>

namespace isthmus::lwm2m::coap {

// How much may be held in bodies that travel in blocks, over all peers.
struct BodyBudget {
  std::size_t maxBody, maxBodies, maxBytes;
  std::size_t bodies = 0, bytes = 0;
};

// A body that grows block by block, accounted for in the budget as long as it lives. The budget must outlive it.
class Body {
 public:
  static Result<Body> open(BodyBudget& budget);
  ~Body();
  Body(Body&& other) noexcept;
  Body& operator=(Body&&) = delete;

  // Error: tooLarge above maxBody, unavailable above what all may hold.
  Result<> append(ByteView block);
  ByteView bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  explicit Body(BodyBudget& budget) : budget_(&budget) {}

  BodyBudget* budget_;  // null: moved from
  Bytes bytes_;
};

}  // namespace isthmus::lwm2m::coap
