#include "ipe/proxy/downlink.h"

#include "tests/support/fake_clock.h"
#include "tests/support/fake_devices.h"

#include <catch2/catch.hpp>

namespace isthmus::proxy {
namespace {

using lwm2m::OperationKind;
using lwm2m::Path;
using Reach = DevicePort::Reach;
using testing::FakeDevices;
namespace code = lwm2m::coap::code;

lwm2m::DeviceOperation operation(OperationKind kind, const Path& path = Path(3303, 0, 5700)) {
  lwm2m::DeviceOperation it;
  it.kind = kind;
  it.paths = {path};
  return it;
}

// A downlink whose devices and journal are the test.
struct Bench {
  explicit Bench(DownlinkSettings settings = {}) : downlink(settings, devices, batch, clock) {
    downlink.open(3);
    for (const DeviceIndex device : {1U, 2U, 3U}) devices.reaches[device] = Reach::awake;
  }

  Result<CommandId> submit(DeviceIndex device, lwm2m::DeviceOperation asked, seconds life = seconds(300),
                           CommandKeeping keeping = CommandKeeping::stored) {
    return downlink.submit({device, std::move(asked), clock.wall() + life, "test", keeping},
                           [this](const CommandStatus& status) { told.push_back(status); });
  }
  CommandId read(DeviceIndex device, seconds life = seconds(300)) {
    return submit(device, operation(OperationKind::read), life).value();
  }

  // What the loop does at the end of a turn.
  void turn() {
    downlink.turn();
    commit();
  }
  void commit() {
    if (batch.empty()) return;
    for (const CommandChange& change : batch.commandChanges) written.push_back(change);
    stored += batch.commands.size();
    batch.clear();
    downlink.committed();
  }
  // Names of the states that the command's observer heard of.
  std::vector<std::string_view> statesOf(CommandId id) const {
    std::vector<std::string_view> states;
    for (const CommandStatus& status : told)
      if (status.id == id) states.push_back(name(status.state));
    return states;
  }

  testing::FakeClock clock;
  FakeDevices devices;
  Batch batch;
  Downlink downlink;
  std::vector<CommandStatus> told;
  std::vector<CommandChange> written;
  std::size_t stored = 0;
};

using States = std::vector<std::string_view>;

TEST_CASE("a command is sent once its row is on disk, and ends with the device's answer") {
  Bench bench;
  const CommandId id = bench.read(1);
  CHECK(id.toString() == "3-1");
  CHECK(bench.downlink.find(id)->state == CommandState::accepted);
  bench.downlink.turn();
  CHECK(bench.devices.asked.empty());
  CHECK(bench.told.empty());
  REQUIRE(bench.batch.commands.size() == 1);
  CHECK(bench.batch.commands[0].operation == R"({"op":"read","path":"/3303/0/5700"})");
  bench.commit();
  REQUIRE(bench.devices.asked.size() == 1);
  CHECK(bench.downlink.find(id)->state == CommandState::sent);

  FakeDevices::answer(bench.devices.take(), code::kContent, {{Path(3303, 0, 5700), 21.5, {}}});
  CHECK(bench.statesOf(id) == States{"waiting", "sent"});
  bench.turn();
  CHECK(bench.statesOf(id) == States{"waiting", "sent", "succeeded"});
  CHECK(bench.told.back().code == "2.05");
  CHECK(bench.told.back().result ==
        R"({"path":"/3303/0/5700","value":21.5,"time":")" + toIso8601(bench.clock.wall()) + R"("})");
  CHECK_FALSE(bench.downlink.find(id));
  CHECK(bench.downlink.size() == 0);
  CHECK(bench.written.back().state == CommandState::succeeded);
}

TEST_CASE("a command whose deadline passed while the disk refused its row is not sent any more") {
  Bench bench;
  const CommandId late = bench.read(1, seconds(10)), next = bench.read(1);
  bench.downlink.turn();
  bench.clock.advance(seconds(11));
  bench.commit();
  CHECK(bench.devices.asked.empty());
  bench.turn();
  CHECK(bench.statesOf(late).back() == "expired");
  CHECK(bench.downlink.find(next)->state == CommandState::sent);
  CHECK(bench.devices.asked.size() == 1);
}

TEST_CASE("a device has one command at a time, in order; others are asked meanwhile") {
  Bench bench;
  const CommandId first = bench.read(1), second = bench.read(1), other = bench.read(2);
  bench.turn();
  REQUIRE(bench.devices.asked.size() == 2);
  CHECK(bench.downlink.waiting(1).size() == 2);
  CHECK(bench.downlink.find(second)->state == CommandState::waiting);
  const auto request = bench.devices.take();
  CHECK(request.device == 1);
  FakeDevices::answer(request, code::kContent);
  bench.turn();
  CHECK(bench.devices.asked.size() == 2);
  CHECK(bench.statesOf(first).back() == "succeeded");
  CHECK(bench.downlink.find(second)->state == CommandState::sent);
  CHECK(bench.downlink.find(other)->state == CommandState::sent);
}

TEST_CASE("a command for a sleeping device waits until it is awake") {
  Bench bench;
  bench.devices.reaches[1] = Reach::sleeping;
  bench.devices.queueModes[1] = true;
  const CommandId id = bench.read(1);
  for (int i = 0; i < 5; ++i) {
    bench.clock.advance(seconds(10));
    bench.turn();
  }
  CHECK(bench.devices.asked.empty());
  CHECK(bench.devices.awaited.contains(1));
  CHECK(bench.statesOf(id) == States{"waiting"});
  bench.devices.reaches[1] = Reach::awake;
  bench.downlink.onAwake(1);
  bench.turn();
  CHECK(bench.devices.asked.size() == 1);
}

TEST_CASE("what a device refuses has failed, with its code and words, and is never sent again") {
  Bench bench;
  const CommandId id = bench.read(1);
  bench.turn();
  lwm2m::OperationOutcome outcome;
  outcome.code = code::kMethodNotAllowed;
  outcome.diagnostic = "not readable";
  bench.devices.take().completion(outcome);
  bench.turn();
  CHECK(bench.statesOf(id).back() == "failed");
  CHECK(bench.told.back().code == "4.05");
  CHECK(bench.told.back().reason == "not readable");
  bench.downlink.onAwake(1);
  bench.turn();
  CHECK(bench.devices.asked.empty());
}

TEST_CASE("a command whose deadline passes expires and is never sent") {
  Bench bench;
  bench.devices.reaches[1] = Reach::sleeping;
  const CommandId id = bench.read(1, seconds(60));
  const CommandId longer = bench.read(1, seconds(120));
  bench.turn();
  CHECK(bench.downlink.nextDeadline() == bench.clock.now() + seconds(60));
  bench.clock.advance(seconds(60));
  bench.turn();
  CHECK(bench.statesOf(id) == States{"waiting", "expired"});
  bench.devices.reaches[1] = Reach::awake;
  bench.downlink.onAwake(1);
  bench.turn();
  REQUIRE(bench.devices.asked.size() == 1);
  CHECK(bench.downlink.find(longer)->state == CommandState::sent);
  CHECK(bench.submit(1, operation(OperationKind::read), seconds(0)).error().code == Errc::malformed);
}

TEST_CASE("an answer that comes after the deadline still counts") {
  Bench bench;
  const CommandId id = bench.read(1, seconds(10));
  bench.turn();
  bench.clock.advance(seconds(20));
  bench.turn();
  CHECK(bench.downlink.find(id)->state == CommandState::sent);
  FakeDevices::answer(bench.devices.take(), code::kContent);
  bench.turn();
  CHECK(bench.statesOf(id).back() == "succeeded");
}

TEST_CASE("an unanswered read is sent again: after a pause, or when a queue-mode device is heard") {
  const bool queueMode = GENERATE(false, true);
  Bench bench;
  if (queueMode) bench.devices.queueModes[1] = true;
  const CommandId id = bench.read(1);
  bench.turn();
  FakeDevices::lose(bench.devices.take());
  bench.turn();
  CHECK(bench.downlink.find(id)->state == CommandState::waiting);
  CHECK(bench.written.back().state == CommandState::waiting);
  CHECK(bench.devices.awaited.contains(1) == queueMode);
  bench.clock.advance(seconds(59));
  bench.turn();
  CHECK(bench.devices.asked.empty());
  bench.clock.advance(seconds(1));
  bench.turn();
  CHECK(bench.devices.asked.size() == (queueMode ? 0 : 1));
  if (queueMode) {
    bench.downlink.onAwake(1);
    bench.turn();
  }
  FakeDevices::answer(bench.devices.take(), code::kContent);
  bench.turn();
  CHECK(bench.statesOf(id) == States{"waiting", "sent", "waiting", "sent", "succeeded"});
}

TEST_CASE("a read that is never answered expires") {
  Bench bench;
  const CommandId id = bench.read(1, seconds(100));
  bench.turn();
  bench.clock.advance(seconds(93));
  FakeDevices::lose(bench.devices.take());
  bench.turn();
  bench.clock.advance(seconds(7));
  bench.turn();
  CHECK(bench.statesOf(id).back() == "expired");
  CHECK(bench.told.back().reason == "no answer in time");
}

TEST_CASE("what must not be done twice fails if its answer is missing, whatever the reason") {
  const auto kind =
      GENERATE(OperationKind::execute, OperationKind::create, OperationKind::remove, OperationKind::write);
  const auto how = GENERATE(Errc::timeout, Errc::unavailable, Errc::notFound, Errc::refused);
  Bench bench;
  lwm2m::DeviceOperation asked = operation(kind);
  asked.writeMode = lwm2m::WriteMode::update;
  const CommandId id = bench.submit(1, asked).value();
  bench.turn();
  FakeDevices::lose(bench.devices.take(), how);
  bench.turn();
  CHECK(bench.statesOf(id).back() == "failed");
  CHECK(bench.told.back().reason == "no answer: nothing came; it may have been done");
  CHECK(bench.told.back().error == how);
  CHECK(bench.written.back().error == how);
  bench.clock.advance(seconds(200));
  bench.downlink.onAwake(1);
  bench.turn();
  CHECK(bench.devices.asked.empty());
}

TEST_CASE("a command that others kept from leaving until its deadline was not sent, and says so") {
  const auto kind = GENERATE(OperationKind::read, OperationKind::execute);
  const auto keeping = GENERATE(CommandKeeping::stored, CommandKeeping::transient);
  Bench bench;
  const CommandId id = bench.submit(1, operation(kind), seconds(30), keeping).value();
  const Instant due = bench.clock.now() + seconds(30);
  bench.turn();
  CHECK(bench.devices.asked.front().operation.notAfter == due);
  bench.clock.advance(seconds(30));
  FakeDevices::lose(bench.devices.take(), Errc::expired);
  bench.turn();
  CHECK(bench.statesOf(id).back() == "expired");
  CHECK(bench.told.back().reason == "not sent in time: others were before it");
}

TEST_CASE("what was not sent at all is sent later, also if it must not be done twice") {
  Bench bench;
  bench.devices.refusal = Error{Errc::unavailable, "too many wait", {}};
  const CommandId id = bench.submit(1, operation(OperationKind::execute)).value();
  bench.turn();
  bench.commit();
  CHECK(bench.written.back().state == CommandState::waiting);
  bench.devices.refusal.reset();
  bench.turn();
  CHECK(bench.devices.asked.empty());
  bench.clock.advance(seconds(1));
  bench.turn();
  REQUIRE(bench.devices.asked.size() == 1);
  FakeDevices::answer(bench.devices.take(), code::kChanged);
  bench.turn();
  CHECK(bench.statesOf(id) == States{"waiting", "sent", "waiting", "sent", "succeeded"});
}

TEST_CASE("an operation that has no such form, or an answer that cannot be decoded, is not repeated") {
  const auto how = GENERATE(Errc::unsupported, Errc::malformed);
  Bench bench;
  const CommandId id = bench.read(1);
  bench.turn();
  FakeDevices::lose(bench.devices.take(), how);
  bench.turn();
  CHECK(bench.statesOf(id).back() == "failed");
}

TEST_CASE("what the server knows nothing of, such as an observation to cancel, is not tried again") {
  Bench bench;
  bench.devices.refusal = Error{Errc::notFound, "not observed", "/3/0/9"};
  const CommandId id = bench.submit(1, operation(OperationKind::cancelObservation)).value();
  bench.turn();
  bench.commit();
  bench.turn();
  CHECK(bench.statesOf(id).back() == "failed");
  CHECK(bench.told.back().reason == "not observed (/3/0/9)");
}

TEST_CASE("a full queue refuses, of one device and in all") {
  Bench bench({.perDevice = 2, .total = 3});
  bench.read(1);
  bench.read(1);
  CHECK(bench.submit(1, operation(OperationKind::read)).error().code == Errc::unavailable);
  bench.read(2);
  CHECK(bench.submit(2, operation(OperationKind::read)).error().code == Errc::unavailable);
  CHECK(bench.downlink.counters().refused == 2);
  bench.turn();
  FakeDevices::answer(bench.devices.take(), code::kContent);
  bench.turn();
  CHECK(bench.submit(2, operation(OperationKind::read)));
}

TEST_CASE("an unknown or de-registered device is no place for commands") {
  Bench bench;
  CHECK(bench.submit(77, operation(OperationKind::read)).error().code == Errc::notFound);
  bench.devices.reaches[1] = Reach::gone;
  CHECK(bench.submit(1, operation(OperationKind::read)).error().code == Errc::notFound);
  CHECK(bench.batch.empty());
}

TEST_CASE("de-registering fails what waits; a device that will be back keeps its queue") {
  const bool comesBack = GENERATE(false, true);
  Bench bench;
  bench.devices.reaches[1] = Reach::sleeping;
  const CommandId id = bench.read(1);
  bench.turn();
  bench.devices.reaches[1] = comesBack ? Reach::away : Reach::gone;
  bench.downlink.onDeregistered(1);
  bench.turn();
  CHECK(bench.statesOf(id).back() == (comesBack ? "waiting" : "failed"));
  bench.devices.reaches[1] = Reach::awake;
  bench.downlink.onAwake(1);
  bench.turn();
  CHECK(bench.devices.asked.size() == (comesBack ? 1 : 0));
}

TEST_CASE("a waiting command can be withdrawn, one that was sent cannot") {
  Bench bench;
  const CommandId first = bench.read(1), second = bench.read(1);
  bench.turn();
  CHECK(bench.downlink.withdraw(first).error().code == Errc::conflict);
  REQUIRE(bench.downlink.withdraw(second));
  CHECK(bench.downlink.withdraw(second).error().code == Errc::conflict);
  CHECK(bench.downlink.withdraw({1}).error().code == Errc::notFound);
  bench.turn();
  CHECK(bench.statesOf(second) == States{"waiting", "failed"});
  CHECK(bench.told.back().reason == "withdrawn");
  FakeDevices::answer(bench.devices.take(), code::kContent);
  bench.turn();
  CHECK(bench.devices.asked.empty());
}

TEST_CASE("a read that its caller waits for is not written") {
  Bench bench;
  const CommandId id = bench.submit(1, operation(OperationKind::read), seconds(5), CommandKeeping::transient).value();
  bench.downlink.turn();
  CHECK(bench.batch.empty());
  REQUIRE(bench.devices.asked.size() == 1);
  CHECK(bench.downlink.find(id)->operation == R"({"op":"read","path":"/3303/0/5700"})");
  FakeDevices::answer(bench.devices.take(), code::kContent);
  CHECK(bench.statesOf(id) == States{"succeeded"});
  CHECK(bench.batch.empty());
  CHECK(bench.downlink.size() == 0);
}

TEST_CASE("a read that its caller waits for expires at its first silence, and fails of anything else") {
  const auto [how, end] = GENERATE(table<Errc, const char*>({{Errc::timeout, "expired"}, {Errc::refused, "failed"}}));
  Bench bench;
  const CommandId id = bench.submit(1, operation(OperationKind::read), seconds(5), CommandKeeping::transient).value();
  bench.downlink.turn();
  FakeDevices::lose(bench.devices.take(), how);
  CHECK(bench.statesOf(id) == States{end});
}

TEST_CASE("what changes something, or may have to wait, is written whatever the caller wishes") {
  Bench bench;
  bench.devices.queueModes[2] = true;
  bench.devices.reaches[3] = Reach::away;
  CHECK(bench.submit(1, operation(OperationKind::execute), seconds(5), CommandKeeping::transient));
  CHECK(bench.submit(2, operation(OperationKind::read), seconds(5), CommandKeeping::transient));
  CHECK(bench.submit(3, operation(OperationKind::read), seconds(5), CommandKeeping::transient));
  CHECK(bench.batch.commands.size() == 3);
}

TEST_CASE("a read whose caller waits no longer is written from then on") {
  Bench bench;
  const CommandId id = bench.submit(1, operation(OperationKind::read), seconds(500), CommandKeeping::transient).value();
  bench.downlink.turn();
  bench.downlink.keep(id);
  bench.downlink.keep(id);
  REQUIRE(bench.batch.commands.size() == 1);
  CHECK(bench.batch.commands[0].state == CommandState::sent);
  CHECK(bench.batch.commands[0].operation == R"({"op":"read","path":"/3303/0/5700"})");
  bench.commit();
  CHECK(bench.statesOf(id) == States{"sent"});
  FakeDevices::lose(bench.devices.take());
  bench.turn();
  CHECK(bench.downlink.find(id)->state == CommandState::waiting);
}

TEST_CASE("a removed device's commands fail, and nothing of them is written") {
  Bench bench;
  const CommandId first = bench.read(1), second = bench.read(1);
  bench.turn();
  const CommandId third = bench.read(1);
  bench.downlink.onForgotten(1);
  for (const CommandId id : {first, second, third}) CHECK(bench.statesOf(id).back() == "failed");
  CHECK(bench.batch.commandChanges.empty());
  CHECK(bench.downlink.size() == 0);
  FakeDevices::answer(bench.devices.take(), code::kContent);  // too late
  bench.turn();
  CHECK(bench.downlink.counters().failed == 3);
}

TEST_CASE("an observer may ask for more") {
  Bench bench;
  std::vector<CommandId> more;
  bench.downlink.setObserver([&](const CommandStatus& status) {
    if (status.state == CommandState::succeeded && more.size() < 3) more.push_back(bench.read(1));
  });
  bench.read(1);
  for (int i = 0; i < 4; ++i) {
    bench.turn();
    bench.turn();
    REQUIRE(bench.devices.asked.size() == 1);
    FakeDevices::answer(bench.devices.take(), code::kContent);
  }
  bench.turn();
  CHECK(bench.downlink.counters().succeeded == 4);
  CHECK(bench.downlink.size() == 0);
}

TEST_CASE("an answer too long to be kept is told, and not written") {
  Bench bench({.resultBytes = 100});
  const CommandId id = bench.read(1);
  bench.turn();
  FakeDevices::answer(bench.devices.take(), code::kContent, {{Path(3303, 0, 5700), std::string(200, 'x'), {}}});
  bench.turn();
  CHECK(bench.statesOf(id).back() == "succeeded");
  CHECK(bench.told.back().result.size() > 200);
  CHECK(bench.written.back().result.empty());
  CHECK(bench.written.back().reason.find("too many to be kept") != std::string::npos);
}

// A command as the journal gives it back.
CommandStatus storedCommand(const Bench& bench, CommandState state, std::string operationText) {
  CommandStatus status;
  status.id = {(std::uint64_t{2} << 32U) | 9U};
  status.device = 1;
  status.state = state;
  status.submitted = bench.clock.wall() - seconds(10);
  status.deadline = bench.clock.wall() + seconds(60);
  status.operation = std::move(operationText);
  return status;
}

TEST_CASE("after a restart what waited is sent, what was repeatable again, what was not fails") {
  struct Row {
    CommandState state;
    std::string operation;
    bool sent;
    std::string reason;
  };
  const Row row = GENERATE(Row{CommandState::waiting, R"({"op":"execute","path":"/3/0/4"})", true, ""},
                           Row{CommandState::sent, R"({"op":"read","path":"/3/0/0"})", true, ""},
                           Row{CommandState::sent, R"({"op":"execute","path":"/3/0/4"})", false,
                               "isthmus ended before the answer came; it may have been done"},
                           Row{CommandState::waiting, R"({"op":"beam"})", false, "it cannot be read any more"});
  Bench bench;
  std::vector<CommandStatus> heard;
  bench.downlink.setObserver([&](const CommandStatus& status) { heard.push_back(status); });
  bench.downlink.restore(storedCommand(bench, row.state, row.operation));
  bench.turn();
  CHECK(bench.devices.asked.size() == (row.sent ? 1 : 0));
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.back().state == (row.sent ? CommandState::sent : CommandState::failed));
  CHECK(heard.back().reason.starts_with(row.reason));
}

TEST_CASE("after a restart what is overdue expires, and what nobody knows fails") {
  Bench bench;
  CommandStatus overdue = storedCommand(bench, CommandState::sent, R"({"op":"read","path":"/3"})");
  overdue.deadline = bench.clock.wall() - seconds(1);
  bench.downlink.restore(overdue);
  CommandStatus lost = storedCommand(bench, CommandState::waiting, R"({"op":"read","path":"/3"})");
  lost.id.value += 1;
  lost.device = 77;
  bench.downlink.restore(lost);
  bench.turn();
  CHECK(bench.devices.asked.empty());
  CHECK(bench.downlink.counters().expired == 1);
  CHECK(bench.downlink.counters().failed == 1);
  CHECK(bench.downlink.size() == 0);
}

}  // namespace
}  // namespace isthmus::proxy
