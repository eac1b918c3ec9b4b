// What every journal promises of commands and of undecodable payloads.
#include "tests/unit/db_stores/journal_fixture.h"

#include <catch2/catch.hpp>

#include <tuple>

using namespace isthmus;
using namespace isthmus::testing;
using proxy::Batch;
using proxy::CommandId;
using proxy::CommandState;

namespace {

using Journals = std::tuple<MemoryHarness, SqliteHarness>;
using Ids = std::vector<std::uint64_t>;

constexpr std::uint64_t kRun = std::uint64_t{1} << 32U;

proxy::CommandStatus command(std::uint64_t number, proxy::DeviceIndex device = 1) {
  proxy::CommandStatus it;
  it.id = {kRun + number};
  it.device = device;
  it.state = CommandState::waiting;
  it.submitted = it.changed = kNow;
  it.deadline = kNow + seconds(3600);
  it.origin = "api " + std::to_string(number);
  it.operation = R"({"op":"read","path":"/3"})";
  return it;
}

proxy::CommandChange changed(std::uint64_t number, CommandState state, WallTime at = kNow) {
  const bool end = proxy::isEnd(state);
  return {{kRun + number}, state, at, end ? "2.05" : "", end ? R"({"value":1})" : "", end ? "why" : ""};
}

Batch batchOf(std::vector<proxy::CommandStatus> commands, std::vector<proxy::CommandChange> changes = {}) {
  Batch batch;
  batch.time = kNow;
  batch.commands = std::move(commands);
  batch.commandChanges = std::move(changes);
  return batch;
}

Ids numbers(const std::vector<proxy::CommandStatus>& commands) {
  Ids all;
  for (const auto& it : commands) all.push_back(it.id.value - kRun);
  return all;
}

proxy::BadPayload payload(std::uint8_t mark, proxy::DeviceIndex device = 1) {
  proxy::BadPayload it;
  it.at = kNow + seconds(mark);
  it.device = device;
  it.path = "/3303/0/5700";
  if (mark % 2 == 1) it.contentFormat = 65535;
  it.error = "a length beyond the end (byte 2)";
  it.payload = mark == 4 ? Bytes{} : Bytes{0, mark, 255};
  it.size = 5000;
  return it;
}

Batch batchOf(std::vector<proxy::BadPayload> payloads) {
  Batch batch;
  batch.time = kNow;
  batch.badPayloads = std::move(payloads);
  return batch;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("Who asked for a command comes back as long as it is kept, also when it has ended", "[journal]",
                        Journals) {
  using Asked = std::vector<std::pair<proxy::DeviceIndex, std::string>>;
  TestType it;
  must(it.journal().commit(batchOf({command(1), command(2, 7)}, {changed(1, CommandState::succeeded)})));
  it.reopen();
  CHECK(must(recovered(it.journal(), kNow)).asked == Asked{{1, "api 1"}, {7, "api 2"}});
}

TEMPLATE_LIST_TEST_CASE("Commands that have not ended come back after a restart as they were, in their order",
                        "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(batchOf({command(1), command(2, 7), command(3)})));
  must(it.journal().commit(
      batchOf({command(4)}, {changed(1, CommandState::sent, kNow + seconds(1)), changed(2, CommandState::failed),
                             changed(4, CommandState::sent), changed(4, CommandState::waiting)})));
  it.reopen();
  const auto commands = must(recovered(it.journal())).commands;
  REQUIRE(numbers(commands) == Ids{1, 3, 4});
  proxy::CommandStatus first = command(1);
  first.state = CommandState::sent;
  first.changed = kNow + seconds(1);
  CHECK(commands[0] == first);
  CHECK(commands[1] == command(3));
  CHECK(commands[2].state == CommandState::waiting);
}

TEMPLATE_LIST_TEST_CASE("An ended command is kept with its outcome, and nothing changes it any more", "[journal]",
                        Journals) {
  TestType it;
  must(it.journal().commit(batchOf({command(1)}, {changed(1, CommandState::succeeded, kNow + seconds(2))})));
  must(it.journal().commit(batchOf(std::vector<proxy::CommandStatus>{}, {changed(1, CommandState::waiting)})));
  it.reopen();
  CHECK(must(recovered(it.journal())).commands.empty());
  proxy::CommandStatus expected = command(1);
  expected.state = CommandState::succeeded;
  expected.changed = kNow + seconds(2);
  expected.code = "2.05";
  expected.result = R"({"value":1})";
  expected.reason = "why";
  CHECK(must(it.history().command({kRun + 1})) == expected);
  CHECK(it.history().command({kRun + 2}).error().code == Errc::notFound);
}

TEMPLATE_LIST_TEST_CASE("Of a command that failed without an answer it is kept why", "[journal]", Journals) {
  TestType it;
  proxy::CommandStatus expected = command(1);
  expected.state = CommandState::failed;
  expected.reason = "no answer: it may have been done";
  expected.error = Errc::timeout;
  must(it.journal().commit(batchOf(
      {command(1)}, {{expected.id, expected.state, expected.changed, "", "", expected.reason, expected.error}})));
  it.reopen();
  CHECK(must(it.history().command(expected.id)) == expected);
}

TEMPLATE_LIST_TEST_CASE("Commands are listed newest first, of all devices or of one", "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(batchOf({command(1), command(2, 7), command(3), command(4, 7)})));
  CHECK(numbers(must(it.history().commands({}, 10))) == Ids{4, 3, 2, 1});
  CHECK(numbers(must(it.history().commands({}, 2))) == Ids{4, 3});
  CHECK(numbers(must(it.history().commands(7, 10))) == Ids{4, 2});
  CHECK(numbers(must(it.history().commands(7, 1))) == Ids{4});
  CHECK(must(it.history().commands(8, 10)).empty());
}

TEMPLATE_LIST_TEST_CASE("Ended commands are kept for a week", "[journal]", Journals) {
  TestType it;
  must(recovered(it.journal()));
  must(it.journal().commit(
      batchOf({command(1), command(2), command(3)},
              {changed(1, CommandState::expired), changed(2, CommandState::failed, kNow + seconds(9))})));
  const WallTime week = kNow + proxy::kEndedCommandLife;
  maintainAll(it.journal(), week);
  CHECK(must(it.history().commands({}, 10)).size() == 3);
  maintainAll(it.journal(), week + milliseconds(1));
  CHECK(numbers(must(it.history().commands({}, 10))) == Ids{3, 2});
  it.reopen();
  must(recovered(it.journal()));
  maintainAll(it.journal(), week + seconds(10));
  CHECK(numbers(must(it.history().commands({}, 10))) == Ids{3});
  CHECK(numbers(must(recovered(it.journal())).commands) == Ids{3});
}

TEMPLATE_LIST_TEST_CASE("Only the newest 10,000 ended commands are kept, and all live ones", "[journal]", Journals) {
  TestType it;
  must(recovered(it.journal()));
  std::uint64_t number = 0;
  for (int i = 0; i < 26; ++i) {
    Batch batch = batchOf(std::vector<proxy::CommandStatus>{});
    for (int k = 0; k < 500; ++k) {
      batch.commands.push_back(command(++number));
      if (number == 5) continue;
      batch.commandChanges.push_back(
          changed(number, CommandState::succeeded, kNow + milliseconds(static_cast<std::int64_t>(number))));
    }
    must(it.journal().commit(batch));
  }
  CHECK(must(it.history().commands({}, 100'000)).size() <= 13'000);
  maintainAll(it.journal(), kNow);
  const auto all = must(it.history().commands({}, 100'000));
  REQUIRE(all.size() == 10'001);
  CHECK(numbers(all)[9'999] == 3'001);
  CHECK(numbers(all).back() == 5);
}

TEMPLATE_LIST_TEST_CASE("A failed commit leaves no command and no payload", "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(batchOf({command(1)})));
  Batch batch = batchOf({command(2)}, {changed(1, CommandState::succeeded)});
  batch.badPayloads = {payload(1)};
  batch.rows = {row(1)};
  batch.rows[0].content = std::string(200'000, 'x');
  it.failCommits(true);
  REQUIRE_FALSE(it.journal().commit(batch));
  CHECK(numbers(must(recovered(it.journal())).commands) == Ids{1});
  CHECK(must(it.history().badPayloads({}, 10)).empty());
  it.failCommits(false);
  must(it.journal().commit(batch));
  CHECK(numbers(must(recovered(it.journal())).commands) == Ids{2});
  CHECK(must(it.history().badPayloads({}, 10)).size() == 1);
}

TEMPLATE_LIST_TEST_CASE("Payloads that no decoder took come back byte for byte, newest first", "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(batchOf({payload(1), payload(2, 7)})));
  must(it.journal().commit(batchOf({payload(3), payload(4)})));
  it.reopen();
  CHECK(must(it.history().badPayloads({}, 10)) ==
        std::vector<proxy::BadPayload>{payload(4), payload(3), payload(2, 7), payload(1)});
  CHECK(must(it.history().badPayloads(7, 10)) == std::vector<proxy::BadPayload>{payload(2, 7)});
  CHECK(must(it.history().badPayloads({}, 1)).size() == 1);
}

TEMPLATE_LIST_TEST_CASE("Only the newest 1,000 undecodable payloads are kept", "[journal]", Journals) {
  TestType it;
  for (int i = 0; i < 3; ++i) {
    std::vector<proxy::BadPayload> many(i == 1 ? 1'200 : 7, payload(1));
    for (std::size_t k = 0; k < many.size(); ++k) many[k].size = static_cast<std::uint64_t>(i) * 10'000 + k;
    must(it.journal().commit(batchOf(std::move(many))));
  }
  const auto all = must(it.history().badPayloads({}, 5'000));
  REQUIRE(all.size() == 1'000);
  CHECK(all.front().size == 20'006);
  CHECK(all.back().size == 10'207);
}

TEMPLATE_LIST_TEST_CASE("A forgotten device's commands and payloads go with it", "[journal]", Journals) {
  TestType it;
  must(it.journal().commit(batchOf({command(1), command(2, 7), command(3, 7)}, {changed(3, CommandState::failed)})));
  must(it.journal().commit(batchOf({payload(1), payload(2, 7)})));
  Batch batch = batchOf({command(4, 7)});
  batch.forgotten = {7};
  must(it.journal().commit(batch));
  it.reopen();
  CHECK(numbers(must(recovered(it.journal())).commands) == Ids{1});
  CHECK(numbers(must(it.history().commands({}, 10))) == Ids{1});
  CHECK(must(it.history().badPayloads({}, 10)) == std::vector<proxy::BadPayload>{payload(1)});
}
