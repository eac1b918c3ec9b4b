// The queues of commands on a real journal, through crashes.
#include "ipe/proxy/downlink.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_devices.h"
#include "tests/unit/db_stores/journal_fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

using namespace isthmus;
using namespace isthmus::testing;
using lwm2m::OperationKind;
using proxy::CommandId;
using proxy::CommandState;
using Reach = proxy::DevicePort::Reach;

namespace {

using Journals = std::tuple<MemoryHarness, SqliteHarness>;

constexpr proxy::DeviceIndex kDevices = 8;
constexpr int kSteps = 6'000;
constexpr std::uint64_t kTurnsBetweenDeaths = 50;  // at each of the two moments: before a commit, right after it

class Dice {
 public:
  std::uint64_t below(std::uint64_t end) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return state_ % end;
  }
  bool oneIn(std::uint64_t many) { return below(many) == 0; }

 private:
  std::uint64_t state_ = 88172645463325252ULL;
};

lwm2m::DeviceOperation operation(OperationKind kind, std::uint64_t number) {
  lwm2m::DeviceOperation it;
  it.kind = kind;
  it.paths = {lwm2m::Path(3303, 0, 5700)};
  it.arguments = std::to_string(number);  // by which the device's side knows it again
  return it;
}

// What a command went through, as its device and its observers saw it.
struct Life {
  CommandId id;
  WallTime deadline{};
  unsigned sent = 0;
  std::optional<CommandState> end;
};

// Devices, a process that now and then dies with whatever it has not committed, and the rules that hold all the time.
template <class Harness>
class World {
 public:
  World() {
    devices_.onAsked = [this](const FakeDevices::Request& request) { onAsked(request); };
    start();
  }

  void step() {
    const auto device = static_cast<proxy::DeviceIndex>(dice_.below(kDevices));
    switch (dice_.below(8)) {
      case 0:
      case 1:
      case 2: submit(device); break;
      case 3: answerOne(); break;
      case 4: moveDevice(device); break;
      case 5: withdrawOne(); break;
      case 6: clock_.advance(milliseconds(static_cast<std::int64_t>(dice_.below(5'000)))); break;
      default: answerOne();
    }
    turn();
    if (dice_.oneIn(150)) crash();
  }

  // Everything is answered until nothing waits.
  void settle() {
    for (int i = 0; i < 10'000 && downlink_->size() > 0; ++i) {
      for (proxy::DeviceIndex device = 0; device < kDevices; ++device) wake(device);
      while (!devices_.asked.empty()) answerOne();
      clock_.advance(seconds(10));
      turn();
    }
  }

  void crash() {
    devices_.asked.clear();
    downlink_.reset();
    batch_.clear();
    start();
  }

  const std::vector<Life>& lives() const { return lives_; }
  proxy::HistoryReader& history() { return journal_.history(); }

 private:
  void start() {
    journal_.reopen();
    downlink_ = std::make_unique<proxy::Downlink>(proxy::DownlinkSettings{}, devices_, batch_, clock_);
    downlink_->open(journal_.facts.run);
    downlink_->setObserver([this](const proxy::CommandStatus& status) { onTold(status); });
    for (proxy::DeviceIndex device = 0; device < kDevices; ++device) {
      devices_.queueModes[device] = true;
      devices_.reaches.try_emplace(device, Reach::sleeping);
    }
    proxy::Recovery recovery;
    recovery.command = [this](const proxy::CommandStatus& status) { downlink_->restore(status); };
    must(journal_.journal().recover(recovery, clock_.wall()));
  }

  void submit(proxy::DeviceIndex device) {
    static constexpr OperationKind kKinds[] = {OperationKind::read, OperationKind::execute, OperationKind::write,
                                               OperationKind::create};
    const OperationKind kind = kKinds[dice_.below(4)];
    const WallTime deadline = clock_.wall() + seconds(1 + static_cast<std::int64_t>(dice_.below(120)));
    const auto id = downlink_->submit({device, operation(kind, lives_.size()), deadline, "test"});
    if (!id) return;
    numbers_[*id] = lives_.size();
    lives_.push_back({*id, deadline, 0, {}});
  }

  void withdrawOne() {
    if (!lives_.empty()) static_cast<void>(downlink_->withdraw(lives_[dice_.below(lives_.size())].id));
  }

  void moveDevice(proxy::DeviceIndex device) {
    if (devices_.reaches[device] == Reach::awake && dice_.oneIn(2)) {
      devices_.reaches[device] = Reach::sleeping;
    } else {
      wake(device);
    }
  }
  void wake(proxy::DeviceIndex device) {
    devices_.reaches[device] = Reach::awake;
    downlink_->onAwake(device);
  }

  void answerOne() {
    if (devices_.asked.empty()) return;
    std::swap(devices_.asked[dice_.below(devices_.asked.size())], devices_.asked.front());
    const FakeDevices::Request request = devices_.take();
    const std::uint64_t how = dice_.below(10);
    if (how < 6) return FakeDevices::answer(request, lwm2m::coap::code::kContent);
    if (how < 8) return FakeDevices::answer(request, lwm2m::coap::code::kMethodNotAllowed);
    devices_.reaches[request.device] = Reach::sleeping;
    FakeDevices::lose(request, how == 8 ? Errc::timeout : Errc::unavailable);
  }

  // A turn may die before its commit, or right after it.
  void turn() {
    downlink_->turn();
    if (batch_.empty()) return;
    if (dice_.oneIn(kTurnsBetweenDeaths)) return crash();
    batch_.time = clock_.wall();
    must(journal_.journal().commit(batch_));
    batch_.clear();
    if (dice_.oneIn(kTurnsBetweenDeaths)) return crash();
    if (dice_.oneIn(20)) devices_.refusal = Error{Errc::unavailable, "too many wait", {}};
    downlink_->committed();
    devices_.refusal.reset();
  }

  void onTold(const proxy::CommandStatus& status) {
    Life& life = lives_[numbers_.at(status.id)];
    CHECK_FALSE(life.end);
    if (proxy::isEnd(status.state)) life.end = status.state;
  }

  void onAsked(const FakeDevices::Request& request) {
    const std::uint64_t number = std::stoull(request.operation.arguments);
    Life& life = lives_[number];
    CHECK_FALSE(life.end);
    CHECK(clock_.wall() < life.deadline);
    CHECK(lastOf_[request.device] <= number);
    lastOf_[request.device] = number;
    ++life.sent;
    const bool repeatable =
        request.operation.kind == OperationKind::read || request.operation.kind == OperationKind::write;
    CHECK((repeatable || life.sent == 1));
    CHECK(std::ranges::count(devices_.asked, request.device, &FakeDevices::Request::device) == 1);
  }

  FakeClock clock_;
  Dice dice_;
  FakeDevices devices_;
  Harness journal_;
  proxy::Batch batch_;
  std::unique_ptr<proxy::Downlink> downlink_;
  std::vector<Life> lives_;  // as they were submitted
  std::map<CommandId, std::size_t> numbers_;
  std::map<proxy::DeviceIndex, std::uint64_t> lastOf_;  // asked of a device
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("Through random answers, sleep and crashes every command ends once, in order, never twice",
                        "[journal]", Journals) {
  World<TestType> world;
  for (int i = 0; i < kSteps; ++i) world.step();
  world.settle();
  world.crash();
  world.settle();
  std::size_t ended = 0, repeated = 0;
  for (const Life& life : world.lives()) {
    INFO(life.id.toString());
    const auto kept = world.history().command(life.id);
    if (!kept) continue;  // never committed: nobody was told of it
    CHECK(proxy::isEnd(kept->state));
    if (life.end) CHECK(kept->state == *life.end);
    ++ended;
    repeated += life.sent > 1 ? 1 : 0;
  }
  CHECK(repeated > 10);
  CHECK(ended > 1'000);
  CHECK(world.lives().size() - ended < 200);
}
