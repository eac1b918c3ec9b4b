#include "ipe/app/subscription_keeper.h"

#include <chrono>
#include <future>

namespace isthmus::app {
namespace {

constexpr std::size_t kAtOnce = 20;
constexpr milliseconds kPause{500};
constexpr milliseconds kRound{3'600'000};
constexpr milliseconds kGlance{100};

}  // namespace

SubscriptionKeeper::SubscriptionKeeper(Parts parts) : parts_(std::move(parts)), thread_([this] { run(); }) {}

SubscriptionKeeper::~SubscriptionKeeper() { stop(); }

void SubscriptionKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// False: it is time to end.
bool SubscriptionKeeper::waitFor(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return stopping_; });
}

void SubscriptionKeeper::run() {
  milliseconds pause = kPause;
  while (waitFor(pause)) {
    const Piece piece = nextPiece();
    bool answered = piece.reachable;
    for (const std::string& device : piece.names) answered = answered && look(device);
    pause = answered && piece.last ? kRound : kPause;
  }
}

// Devices whose place has been made, from where the last piece ended.
SubscriptionKeeper::Piece SubscriptionKeeper::nextPiece() {
  const auto promise = std::make_shared<std::promise<Piece>>();
  auto found = promise->get_future();
  parts_.loop.call([this, promise] {
    Piece piece;
    const proxy::Delivery& delivery = parts_.proxy.delivery();
    piece.reachable = delivery.cse().reachable;
    const auto& devices = parts_.server.devices();
    for (; piece.reachable && next_ < devices.size() && piece.names.size() < kAtOnce; ++next_)
      if (devices.at(next_) != nullptr && delivery.built(next_))
        piece.names.push_back(parts_.proxy.resourceName(next_));
    piece.last = piece.reachable && next_ >= devices.size();
    if (piece.last) next_ = 0;
    promise->set_value(std::move(piece));
  });
  while (found.wait_for(kGlance) != std::future_status::ready)
    if (!waitFor(milliseconds(0))) return {};
  return found.get();
}

// False if the CSE did not answer.
bool SubscriptionKeeper::look(const std::string& device) {
  const onem2m::NotifiedPlace place{device, std::string(proxy::kCommandContainer)};
  const auto address = parts_.client->subscriptionAt(place);
  if (!address) return address.error().code != Errc::unavailable;
  if (*address) {
    parts_.notify.learn(**address, place);
  } else {
    parts_.loop.call([this, device] { parts_.proxy.applications().placeLost(device); });
  }
  return true;
}

}  // namespace isthmus::app
