#pragma once

#include "db/stores/memory_journal.h"
#include "ipe/app/loop.h"
#include "tests/support/scripted_device.h"
#include "tests/support/shifted_clock.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace isthmus::app {

// What left for a device, and its registration as it was on disk then.
struct Left {
  testing::Sent sent;
  lwm2m::Registration stored;
};

// Devices on the other side of nothing: what leaves is kept; what comes in is given to the endpoint by the test.
class KeepingCarrier final : public lwm2m::coap::Carrier {
 public:
  explicit KeepingCarrier(const db::MemoryJournal& journal) : journal_(journal) {}
  ~KeepingCarrier() override { close(fd_); }

  int fd() const override { return fd_; }
  std::size_t receiveBatch(const std::function<void(std::span<const lwm2m::coap::Datagram>)>&) override { return 0; }
  void send(const lwm2m::coap::Address& to, ByteView datagram) override {
    waiting_.push_back({to, Bytes(datagram.begin(), datagram.end())});
  }
  void flush() override {
    const std::lock_guard lock(mutex_);
    for (testing::Sent& sent : std::exchange(waiting_, {})) {
      const auto stored = journal_.registrations().find(0);
      left_.push_back(
          {std::move(sent), stored == journal_.registrations().end() ? lwm2m::Registration{} : stored->second});
    }
  }

  std::vector<Left> left() const {
    const std::lock_guard lock(mutex_);
    return left_;
  }

 private:
  const db::MemoryJournal& journal_;
  int fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::vector<testing::Sent> waiting_;
  mutable std::mutex mutex_;
  std::vector<Left> left_;
};

// The loop with the real parts around it, but for the devices, the disk and the time, which are the test's.
class AppBench {
 public:
  AppBench() {
    carriers.add(lwm2m::coap::Transport::udp, carrier);
    loop.emplace(Loop::Parts{carriers, endpoint, server, proxy, journal, clock, log});
    endpoint.setHandler(server);
    proxy.attach(server);
    proxy.open(journal.open(clock.wall()).value());
  }
  ~AppBench() { halt(); }

  void run() {
    thread_ = std::thread([this] { loop->run(); });
  }
  void halt() {
    loop->stop();
    if (thread_.joinable()) thread_.join();
  }
  // False: it did not come within a test's patience.
  static bool eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  // The request of the server's that left at that place, once it has.
  testing::Sent request(std::size_t index) {
    REQUIRE(eventually([&] { return requests().size() > index; }));
    return requests()[index];
  }
  std::vector<testing::Sent> requests() const {
    std::vector<testing::Sent> out;
    for (const Left& one : carrier.left())
      if (one.sent.message().code.isRequest()) out.push_back(one.sent);
    return out;
  }
  // "GET /3/0/9"
  static std::string textOf(const testing::Sent& sent) {
    constexpr const char* kMethods[] = {"", "GET", "POST", "PUT", "DELETE"};
    std::string out = kMethods[sent.message().code.detail() % 5] + std::string(" ");
    for (const auto segment : sent.message().textOptions(lwm2m::coap::option::kUriPath))
      out += "/" + std::string(segment);
    return out;
  }

  testing::ShiftedClock time;
  TurnClock clock{time};
  std::vector<std::string> said;
  Log log{[this](std::string_view line) { said.emplace_back(line); }};
  db::MemoryJournal journal;
  KeepingCarrier carrier{journal};
  Carriers carriers;
  mapping::Engine engine{mapping::RuleSet{"none", {}}, {}};
  proxy::Proxy proxy{{}, engine, clock, log};
  lwm2m::coap::Endpoint endpoint{lwm2m::coap::Limits{}, carriers, clock, 7};
  lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  lwm2m::Server server{{.tokenSecret = 42}, endpoint, proxy, registry, clock};
  testing::Wire none;
  testing::ScriptedDevice device{endpoint, none, lwm2m::coap::Address::ipv4(127, 0, 0, 1, 40000)};
  std::optional<Loop> loop;

 private:
  std::thread thread_;
};

}  // namespace isthmus::app
