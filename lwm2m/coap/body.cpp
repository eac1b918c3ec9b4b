#include "lwm2m/coap/body.h"

#include <utility>

namespace isthmus::lwm2m::coap {

Result<Body> Body::open(BodyBudget& budget) {
  if (budget.bodies >= budget.maxBodies) return fail(Errc::unavailable, "too many bodies in blocks at once");
  ++budget.bodies;
  return Body(budget);
}

Body::Body(Body&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::move(other.bytes_)) {}

Body::~Body() {
  if (budget_ == nullptr) return;
  --budget_->bodies;
  budget_->bytes -= bytes_.size();
}

Result<> Body::append(ByteView block) {
  if (bytes_.size() + block.size() > budget_->maxBody)
    return fail(Errc::tooLarge, "body above " + std::to_string(budget_->maxBody) + " bytes");
  if (budget_->bytes + block.size() > budget_->maxBytes)
    return fail(Errc::unavailable, "too many bytes in blocks at once");
  budget_->bytes += block.size();
  bytes_.insert(bytes_.end(), block.begin(), block.end());
  return {};
}

}  // namespace isthmus::lwm2m::coap
