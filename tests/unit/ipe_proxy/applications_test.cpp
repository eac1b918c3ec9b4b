#include "ipe/proxy/applications.h"

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

using Strings = std::vector<std::string>;

mapping::Rule ruleFor(std::uint16_t object, std::uint16_t resource, mapping::Target target = {}) {
  mapping::Rule rule;
  rule.name = std::to_string(object) + "/" + std::to_string(resource);
  rule.match.object = object;
  rule.match.resource = resource;
  rule.to = {std::move(target)};
  return rule;
}

mapping::Target attributeOf(std::string className, std::string attribute, bool blocking) {
  mapping::Target target;
  target.form = mapping::Form::flexContainer;
  target.name = "light-{instance}";
  target.className = std::move(className);
  target.attribute = std::move(attribute);
  target.write = true;
  target.blocking = blocking;
  return target;
}

mapping::RuleSet rules() {
  mapping::Rule tenths = ruleFor(3303, 5700);
  tenths.value.scale = 0.1;
  tenths.value.precision = 1;
  mapping::Target writable;
  writable.write = true;
  mapping::Target commanded;
  commanded.command = true;
  mapping::Target combined = writable;
  combined.name = "dimmer-{instance}";
  combined.content = mapping::Content::fromTemplate;
  combined.jsonTemplate = R"({"on":"{5850}","level":"{5851}"})";
  return {"test",
          {tenths, ruleFor(3311, 5851, writable), ruleFor(3306, 5851, combined), ruleFor(3303, 5605, commanded),
           ruleFor(3311, 5850, attributeOf("cod:binSh", "state", true)),
           ruleFor(3306, 5850, attributeOf("cod:binSh", "state", false))}};
}

// Applications over a real downlink; the test is the CSE, the devices and the journal.
struct Bench final : ApplicationDevices {
  Bench() {
    downlink.open(3);
    devices.reaches[7] = Reach::awake;
  }

  std::optional<DeviceIndex> deviceNamed(std::string_view name) const override {
    return name == "bar-1" ? std::optional<DeviceIndex>(7) : std::nullopt;
  }
  void describe(DeviceIndex, const std::function<void(const mapping::DeviceFacts&)>& with) const override {
    with({"bar-1", {}, {}, model});
  }
  void addStatus(DeviceIndex device, std::string content) override {
    CHECK(device == 7);
    rows.push_back(content);
    OutboxRow row;
    row.id = rows.size();
    row.device = device;
    row.kind = RowKind::status;
    batch.rows.push_back(std::move(row));
  }
  std::vector<Path> instancesOf(DeviceIndex) const override { return {Path(3303, 0), Path(3311, 0), Path(3306, 1)}; }
  bool isAwake(DeviceIndex device) const override { return devices.reach(device) == Reach::awake; }
  void placeLost(DeviceIndex device) override { lost.push_back(device); }

  // An application's update of a flexContainer.
  void updates(std::string path, std::string json, std::string expiration = "", std::string from = "Capp") {
    Notice notice{{"bar-1", std::move(path)}, {}, std::move(from), "n7", std::move(expiration)};
    notice.notification.event = onem2m::net::kBlockingUpdate;
    onem2m::NotifiedResource resource;
    resource.root = "cod:binSh";
    resource.attributes = {{"state", std::move(json)}};
    notice.notification.resource = std::move(resource);
    tells(notice);
  }

  // A contentInstance in the device's container of commands.
  void creates(std::string content, std::string id = "4-1", std::string place = "cmd", std::string device = "bar-1") {
    Notice notice{{std::move(device), std::move(place)}, {}, "/id-in", "n1", ""};
    notice.notification.event = onem2m::net::kChildCreated;
    notice.notification.resource =
        onem2m::NotifiedResource{"m2m:cin", std::move(id), "c1", "Capp", "", std::nullopt, std::move(content), {}};
    tells(notice);
  }
  void tells(const Notice& notice) {
    applications.notified(notice, [this](const NoticeAnswer& answer) { answers.push_back(answer.status); });
  }
  void turn() {
    downlink.turn();
    commit();
  }
  void commit() {
    if (batch.empty()) return;
    batch.clear();
    applications.committed();
    downlink.committed();
  }

  testing::FakeClock clock;
  FakeDevices devices;
  Batch batch;
  lwm2m::ObjectRegistry registry = lwm2m::ObjectRegistry::builtin();
  lwm2m::DeviceModel model{registry, {}};
  mapping::Engine engine{rules(), {}};
  Downlink downlink{{}, devices, batch, clock};
  Applications applications{{}, engine, *this, downlink, clock};
  Strings rows;
  std::vector<int> answers;
  std::vector<DeviceIndex> lost;
};

TEST_CASE("a command of an application is answered once it is on disk, and each state of it is told") {
  Bench bench;
  bench.creates(R"({"id":"17","op":"write","path":"/3/0/14","value":"+02"})");
  CHECK(bench.answers.empty());
  CHECK(bench.rows == Strings{R"({"id":"17","state":"accepted"})", R"({"id":"17","state":"waiting"})"});
  CHECK(bench.batch.commands.size() == 1);  // in one batch
  bench.turn();
  CHECK(bench.answers == std::vector<int>{2000});
  CHECK(bench.rows.back() == R"({"id":"17","state":"sent"})");
  const auto asked = bench.devices.take();
  CHECK(asked.operation.kind == OperationKind::write);
  CHECK(asked.operation.paths == std::vector<Path>{Path(3, 0, 14)});
  CHECK(asked.operation.records.front().value == lwm2m::Value(std::string("+02")));
  bench.devices.answer(asked, code::kChanged);
  CHECK(bench.rows.back() == R"({"id":"17","state":"succeeded","code":"2.04"})");
  REQUIRE(bench.batch.commandChanges.size() == 1);  // the end and its row in one batch
  CHECK(bench.batch.rows.size() == 1);
  CHECK(bench.applications.counters().commands == 1);
}

TEST_CASE("every operation of a container of commands reaches the device") {
  struct Row {
    const char* content;
    OperationKind kind;
    Path path;
  };
  const Row rows[] = {
      {R"({"op":"read","path":"/3303/0"})", OperationKind::read, Path(3303, 0)},
      {R"({"op":"write","path":"/3303/0","value":{"5750":"attic"},"mode":"update"})", OperationKind::write,
       Path(3303, 0)},
      {R"({"op":"execute","path":"/3/0/4"})", OperationKind::execute, Path(3, 0, 4)},
      {R"({"op":"execute","path":"/3/0/4","arguments":"0='a',1"})", OperationKind::execute, Path(3, 0, 4)},
      {R"({"op":"create","path":"/3303","value":{"5750":"attic"}})", OperationKind::create, Path(3303)},
      {R"({"op":"delete","path":"/3303/1"})", OperationKind::remove, Path(3303, 1)},
      {R"({"op":"discover","path":"/3303"})", OperationKind::discover, Path(3303)},
  };
  for (const Row& row : rows) {
    INFO(row.content);
    Bench bench;
    bench.creates(row.content);
    bench.turn();
    REQUIRE(bench.devices.asked.size() == 1);
    CHECK(bench.devices.asked.front().operation.kind == row.kind);
    CHECK(bench.devices.asked.front().operation.paths == std::vector<Path>{row.path});
    CHECK(bench.rows.front() == R"({"id":"c1","state":"accepted"})");  // without an id: the contentInstance's name
  }
}

TEST_CASE("values are the application's: the rules convert them both ways") {
  Bench bench;
  bench.creates(R"({"id":1,"op":"write","path":"/3303/0/5700","value":25.3})");
  bench.turn();
  const auto written = bench.devices.take();
  CHECK(written.operation.records.front().value == lwm2m::Value(253.0));
  bench.devices.answer(written, code::kChanged);
  bench.turn();
  bench.creates(R"({"id":2,"op":"read","path":"/3303/0"})", "4-2");
  bench.turn();
  bench.devices.answer(bench.devices.take(), code::kContent,
                       {{Path(3303, 0, 5700), 253.0, {}}, {Path(3303, 0, 5701), std::string("Cel"), {}}});
  CHECK(bench.rows.back() == R"({"id":2,"state":"succeeded","code":"2.05","value":{"5700":25.3,"5701":"Cel"}})");
}

TEST_CASE("what the device refuses is told with its code and its words") {
  Bench bench;
  bench.creates(R"({"id":"x","op":"read","path":"/3303/0/5700"})");
  bench.turn();
  lwm2m::OperationOutcome outcome;
  outcome.code = code::kNotFound;
  outcome.diagnostic = "no such thing";
  bench.devices.take().completion(outcome);
  CHECK(bench.rows.back() == R"({"id":"x","state":"failed","code":"4.04","reason":"no such thing"})");
}

TEST_CASE("a faulty command is failed with the reason, and the notification is answered all the same") {
  struct Row {
    const char* content;
    const char* status;
  };
  const Row rows[] = {
      {"", R"({"id":"c1","state":"failed","reason":"the content is empty"})"},
      {"on", nullptr},
      {"[1]",
       R"({"id":"c1","state":"failed","reason":"must be an object: {\"id\": ..., \"op\": ..., \"path\": ...}"})"},
      {R"({"id":"9"})",
       R"({"id":"9","state":"failed","reason":"\"op\" is missing: \"read\", \"write\", \"execute\", \"create\", \"delete\" or \"discover\""})"},
      {R"({"id":"9","op":"raed","path":"/3"})",
       R"x({"id":"9","state":"failed","reason":"no such operation: did you mean \"read\"? (/op)"})x"},
      {R"({"id":"9","op":"observe","path":"/3"})", nullptr},
      {R"({"id":"9","op":"read"})", R"({"id":"9","state":"failed","reason":"\"read\" needs exactly one path"})"},
      {R"({"id":"9","op":"read","path":"3/x"})", nullptr},
      {R"({"id":"9","op":"write","path":"/3/0/14"})", R"({"id":"9","state":"failed","reason":"\"value\" is missing"})"},
      {R"({"id":"9","op":"write","path":"/3303/0/5700","value":"warm"})", nullptr},
      {R"({"id":"9","op":"write","path":"/3/0/6","value":1})", nullptr},
      {R"({"id":"9","op":"read","path":"/3","expires":"soon"})",
       R"x({"id":"9","state":"failed","reason":"must be seconds from now, or a time like \"2026-11-26T10:15:00Z\" (/expires)"})x"},
      {R"({"id":"9","op":"read","path":"/3","expire":1})", nullptr},
  };
  for (const Row& row : rows) {
    INFO(row.content);
    Bench bench;
    bench.creates(row.content);
    bench.turn();
    CHECK(bench.answers == std::vector<int>{2000});
    REQUIRE(bench.rows.size() == 1);
    CHECK(bench.rows.front().find(R"("state":"failed","reason":")") != std::string::npos);
    if (row.status != nullptr) CHECK(bench.rows.front() == row.status);
    CHECK(bench.devices.asked.empty());
    CHECK(bench.applications.counters().refused == 1);
  }
}

TEST_CASE("a command says until when: seconds, ISO 8601 or m2m:timestamp; a day without") {
  struct Row {
    std::string expires;
    seconds left;
  };
  Bench bench;
  const WallTime now = bench.clock.wall();
  const std::string basic = toM2mTimestamp(now + seconds(90));
  const Row rows[] = {{R"("expires":60,)", seconds(60)},
                      {R"("expires":")" + toIso8601(now + seconds(70)) + R"(",)", seconds(70)},
                      {R"("expires":")" + basic + R"(",)", seconds(90)},
                      {"", kCommandLife}};
  for (const Row& row : rows) {
    INFO(row.expires);
    const auto read = readCommand("{" + row.expires + R"("op":"read","path":"/3"})", {"bar-1", {}, {}, bench.model},
                                  bench.engine, now);
    REQUIRE(read);
    CHECK(std::chrono::abs(read->deadline - (now + row.left)) < seconds(1));
  }
}

TEST_CASE("a command that came too late, or is not sent in time, has expired") {
  Bench bench;
  bench.creates(R"({"id":"9","op":"read","path":"/3","expires":"2001-01-01T00:00:00Z"})");
  CHECK(bench.rows ==
        Strings{R"x({"id":"9","state":"expired","reason":"its time was over when it came (/expires)"})x"});
  bench.devices.reaches[7] = Reach::sleeping;
  bench.creates(R"({"id":"10","op":"read","path":"/3","expires":5})", "4-2");
  bench.turn();
  CHECK(bench.rows.back() == R"({"id":"10","state":"waiting"})");
  bench.clock.advance(seconds(6));
  bench.turn();
  CHECK(bench.rows.back().starts_with(R"({"id":"10","state":"expired","reason":"not sent in time)"));
  bench.devices.reaches[7] = Reach::awake;
  bench.downlink.onAwake(7);
  bench.turn();
  CHECK(bench.devices.asked.empty());
}

TEST_CASE("a notification that comes again does nothing more, also after a restart") {
  Bench bench;
  const std::string content = R"({"id":"1","op":"execute","path":"/3/0/4"})";
  bench.creates(content);
  bench.creates(content);  // before the first is on disk: answered with it
  CHECK(bench.answers.empty());
  const CommandStatus stored = bench.batch.commands.front();
  CHECK(stored.origin == R"(onem2m Capp cmd/4-1 "1")");
  bench.turn();
  CHECK(bench.answers == std::vector<int>{2000, 2000});
  bench.devices.answer(bench.devices.take(), code::kChanged);
  bench.turn();
  bench.creates(content);
  CHECK(bench.answers.size() == 3);  // nothing to be written: at once
  bench.turn();
  CHECK(bench.devices.asked.empty());
  CHECK(bench.applications.counters().repeated == 2);
  CHECK(bench.applications.counters().commands == 1);

  Bench restarted;
  restarted.applications.restore(7, stored.origin);
  restarted.creates(content);
  restarted.turn();
  CHECK(restarted.devices.asked.empty());
  CHECK(restarted.answers == std::vector<int>{2000});
  restarted.creates(content, "4-2");  // the same words in a new contentInstance are a new command
  restarted.turn();
  CHECK(restarted.devices.asked.size() == 1);
}

TEST_CASE("a command from before a restart is told about to the application that gave it") {
  Bench bench;
  CommandStatus stored;
  stored.id = {std::uint64_t{2} << 32 | 5};
  stored.device = 7;
  stored.state = CommandState::sent;
  stored.deadline = bench.clock.wall() + seconds(60);
  stored.origin = R"(onem2m - cmd/4-1 "a b")";
  stored.operation = R"({"op":"execute","path":"/3/0/4"})";
  bench.downlink.restore(stored);
  CHECK(bench.rows == Strings{R"({"id":"a b","state":"failed","reason":)"
                              R"("isthmus ended before the answer came; it may have been done"})"});
  stored.id.value += 1;
  stored.origin = "api";
  bench.downlink.restore(stored);
  CHECK(bench.rows.size() == 1);
}

TEST_CASE("more than can wait is refused, and told") {
  Bench bench;
  bench.devices.reaches[7] = Reach::sleeping;
  for (int i = 0; i < 65; ++i) bench.creates(R"({"op":"read","path":"/3"})", "4-" + std::to_string(i));
  CHECK(bench.rows.back().starts_with(R"({"id":"c1","state":"failed","reason":"64 commands wait for this device)"));
  CHECK(bench.applications.counters().commands == 64);
}

TEST_CASE("a device or a place that is not there is 4004, at once") {
  Bench bench;
  bench.creates("{}", "4-1", "cmd", "bar-2");
  bench.creates("{}", "4-1", "nothing");
  CHECK(bench.answers == std::vector<int>{4004, 4004});
  CHECK(bench.rows.empty());
  CHECK(bench.applications.counters().unknown == 2);
}

TEST_CASE("a deleted subscription has the device's place looked at again") {
  Bench bench;
  Notice notice{{"bar-1", "cmd"}, {}, "/id-in", "n1", ""};
  notice.notification.subscriptionDeleted = true;
  bench.tells(notice);
  CHECK(bench.lost == std::vector<DeviceIndex>{7});
  CHECK(bench.answers == std::vector<int>{2000});
}

TEST_CASE("what is deleted from a container of commands is no command") {
  Bench bench;
  Notice notice{{"bar-1", "cmd"}, {}, "/id-in", "n1", ""};
  notice.notification.event = onem2m::net::kChildDeleted;
  notice.notification.resource =
      onem2m::NotifiedResource{"m2m:cin", "4-1", "c1", "", "", {}, R"({"op":"read","path":"/3"})", {}};
  bench.tells(notice);
  bench.turn();
  CHECK(bench.devices.asked.empty());
  CHECK(bench.answers == std::vector<int>{2000});
}

TEST_CASE("a value in a container that applications may write reaches the device") {
  Bench bench;
  bench.creates("40", "4-1", "3311/0/5851");
  bench.turn();
  const auto asked = bench.devices.take();
  CHECK(asked.operation.kind == OperationKind::write);
  CHECK(asked.operation.paths == std::vector<Path>{Path(3311, 0, 5851)});
  CHECK(asked.operation.records.front().value == lwm2m::Value(std::int64_t{40}));
  bench.devices.answer(asked, code::kChanged);
  CHECK(bench.rows.back() == R"({"id":"c1","state":"succeeded","code":"2.04"})");
  bench.creates("bright", "4-2", "3311/0/5851");
  CHECK(bench.rows.back().starts_with(R"({"id":"c1","state":"failed","reason":)"));
}

TEST_CASE("all that a written content says of an instance reaches the device, in one request that leaves the rest") {
  Bench bench;
  bench.creates(R"({"on":true,"level":40})", "4-1", "dimmer-1");
  bench.turn();
  const auto asked = bench.devices.take();
  CHECK(asked.operation.kind == OperationKind::write);
  CHECK(asked.operation.writeMode == lwm2m::WriteMode::update);
  CHECK(asked.operation.paths == std::vector<Path>{Path(3306, 1)});
  REQUIRE(asked.operation.records.size() == 2);
  CHECK(asked.operation.records[0] == lwm2m::Record{Path(3306, 1, 5850), lwm2m::Value(true), {}});
  CHECK(asked.operation.records[1] == lwm2m::Record{Path(3306, 1, 5851), lwm2m::Value(std::int64_t{40}), {}});
  bench.devices.answer(asked, code::kChanged);
  bench.creates(R"({"on":false,"level":null})", "4-2", "dimmer-1");
  bench.turn();
  const auto one = bench.devices.take();
  CHECK(one.operation.paths == std::vector<Path>{Path(3306, 1, 5850)});
  CHECK(one.operation.writeMode == lwm2m::WriteMode::replace);
}

TEST_CASE("what the proxy itself wrote there does not come back as a command") {
  Bench bench;
  Notice notice{{"bar-1", "3311/0/5851"}, {}, "/id-in", "n1", ""};
  onem2m::NotifiedResource instance{"m2m:cin", "4-1", "1763812345678-0000000001-a1b2", "", "", std::nullopt, "40", {}};
  SECTION("by its name") {}
  SECTION("by its creator") {
    instance.name = "x";
    instance.creator = "/id-in/CIsthmus";
  }
  notice.notification.resource = instance;
  bench.tells(notice);
  bench.turn();
  CHECK(bench.devices.asked.empty());
  CHECK(bench.answers == std::vector<int>{2000});
  CHECK(bench.applications.counters().own == 1);
}

TEST_CASE("an older value that is told after a newer one does not undo it") {
  Bench bench;
  const auto tell = [&](std::string created, std::string value) {
    Notice notice{{"bar-1", "3311/0/5851"}, {}, "/id-in", "n1", ""};
    notice.notification.resource =
        onem2m::NotifiedResource{"m2m:cin", "4-" + created, "c", "Capp", created, std::nullopt, std::move(value), {}};
    bench.tells(notice);
    bench.turn();
  };
  tell("20261126T101500,200", "2");
  tell("20261126T101500,100", "1");
  CHECK(bench.devices.asked.size() == 1);
  CHECK(bench.applications.counters().overtaken == 1);
}

TEST_CASE("a container of commands to one resource executes it, with its content as the arguments") {
  Bench bench;
  bench.creates("0='a'", "4-1", "3303/0/5605-cmd");
  bench.turn();
  const auto asked = bench.devices.take();
  CHECK(asked.operation.kind == OperationKind::execute);
  CHECK(asked.operation.paths == std::vector<Path>{Path(3303, 0, 5605)});
  CHECK(asked.operation.arguments == "0='a'");
}

TEST_CASE("a blocking update is answered when the device has answered") {
  struct Row {
    lwm2m::coap::Code code;
    int status;
  };
  const auto row = GENERATE(values<Row>({{code::kChanged, 2000},
                                         {code::kBadRequest, 4000},
                                         {code::kUnauthorized, 4103},
                                         {code::kNotFound, 4004},
                                         {code::kMethodNotAllowed, 4005},
                                         {code::kNotAcceptable, 5207},
                                         {code::kUnsupportedContentFormat, 4015},
                                         {code::kInternalServerError, 5000}}));
  Bench bench;
  bench.updates("light-0", "true");
  bench.turn();
  bench.turn();
  CHECK(bench.answers.empty());
  const auto asked = bench.devices.take();
  CHECK(asked.operation.paths == std::vector<Path>{Path(3311, 0, 5850)});
  CHECK(asked.operation.records.front().value == lwm2m::Value(true));
  bench.devices.answer(asked, row.code);
  CHECK(bench.answers.empty());  // not on disk yet
  bench.turn();
  CHECK(bench.answers == std::vector<int>{row.status});
  CHECK(bench.applications.counters().blocking == 1);
}

TEST_CASE("a blocking update of a sleeping device is 5103 at once, and never sent") {
  Bench bench;
  bench.devices.reaches[7] = Reach::sleeping;
  bench.updates("light-0", "true");
  CHECK(bench.answers == std::vector<int>{5103});
  bench.devices.reaches[7] = Reach::awake;
  bench.downlink.onAwake(7);
  bench.turn();
  CHECK(bench.devices.asked.empty());
}

TEST_CASE("a blocking update is answered in time: the request's own, or the CSE's patience less half a second") {
  struct Row {
    std::string expiration;
    milliseconds answered;
  };
  Bench bench;
  const auto row =
      GENERATE(values<Row>({{"", milliseconds(9500)}, {"3000", milliseconds(2500)}, {"600", milliseconds(300)}}));
  bench.updates("light-0", "true", row.expiration);
  bench.turn();
  REQUIRE(bench.devices.asked.size() == 1);
  bench.clock.advance(row.answered - milliseconds(10));
  bench.applications.turn();
  CHECK(bench.answers.empty());
  bench.clock.advance(milliseconds(20));
  bench.applications.turn();
  CHECK(bench.answers == std::vector<int>{5103});
  bench.devices.answer(bench.devices.take(), code::kChanged);  // too late: told where commands are, not to the CSE
  bench.turn();
  CHECK(bench.answers.size() == 1);
  CHECK(bench.rows.back().find("succeeded") != std::string::npos);
}

TEST_CASE("an update that does not block is answered once it is on disk, and waits for a sleeping device") {
  Bench bench;
  bench.devices.reaches[7] = Reach::sleeping;
  bench.updates("light-1", "true");
  CHECK(bench.answers.empty());
  bench.turn();
  CHECK(bench.answers == std::vector<int>{2000});
  bench.devices.reaches[7] = Reach::awake;
  bench.downlink.onAwake(7);
  bench.turn();
  CHECK(bench.devices.take().operation.paths == std::vector<Path>{Path(3306, 1, 5850)});
}

TEST_CASE("an update that means nothing for the device, or cannot be, is answered at once") {
  Bench bench;
  bench.updates("light-0", R"("bright")");                  // no boolean
  bench.updates("nothing", "true");                         // no rule
  bench.updates("light-0", "true", "", "/id-in/CIsthmus");  // the proxy's own
  CHECK(bench.answers == std::vector<int>{4000, 4004, 2000});
  bench.turn();
  CHECK(bench.devices.asked.empty());
}

}  // namespace
}  // namespace isthmus::proxy
