#include "ipe/proxy/read_ahead.h"

#include <catch2/catch.hpp>

namespace isthmus::proxy {
namespace {

OutboxRow row(std::uint64_t id) {
  return {id, 0, RowKind::reading, 0, 0, "3303/0/5700", std::to_string(id), "text/plain:0", 0, 0};
}

// As a worker answers when it found these rows.
void read(ReadAhead& ahead, std::uint64_t to, const std::vector<std::uint64_t>& ids, std::uint64_t upTo) {
  ReadWork work = ahead.ask(ahead.upTo() + 1, to);
  for (const std::uint64_t id : ids) work.rows.push_back(row(id));
  work.upTo = upTo;
  ahead.keep(std::move(work), false);
}

TEST_CASE("a row that was read is given out once, in any order; what is not there is not invented") {
  ReadAhead ahead;
  read(ahead, 100, {3, 5, 9}, 9);
  read(ahead, 100, {12, 14}, 20);
  CHECK(ahead.upTo() == 20);
  CHECK(ahead.take(5) == row(5));
  CHECK_FALSE(ahead.take(5));
  CHECK(ahead.take(14) == row(14));
  for (const std::uint64_t id : {1, 4, 10, 13, 15, 99}) CHECK_FALSE(ahead.take(id));
  for (const std::uint64_t id : {12, 3, 9}) CHECK(ahead.take(id) == row(id));
  CHECK(ahead.size() == 0);
}

TEST_CASE("more is asked for once half of the newest stretch is taken, unless nothing lies behind it") {
  const bool more = GENERATE(true, false);
  ReadAhead ahead;
  CHECK_FALSE(ahead.runsOut());
  read(ahead, more ? 100 : 4, {1, 2, 3, 4}, 4);
  CHECK(ahead.take(1));
  CHECK_FALSE(ahead.runsOut());
  CHECK(ahead.take(2));
  CHECK(ahead.runsOut() == more);
}

TEST_CASE("of the stretches only the newest are kept") {
  ReadAhead ahead;
  for (std::uint64_t id = 1; id <= ReadAhead::kMostStretches + 1; ++id) {
    CHECK(ahead.isFull() == (id > ReadAhead::kMostStretches));
    read(ahead, 100, {id}, id);
  }
  CHECK(ahead.size() == ReadAhead::kMostStretches);
  CHECK_FALSE(ahead.take(1));
  CHECK(ahead.take(2) == row(2));
}

TEST_CASE("what could not be read is left to others, a bounded piece at a time") {
  ReadAhead ahead;
  ahead.keep(ahead.ask(10, 1'000'000), true);
  CHECK_FALSE(ahead.isReading());
  CHECK(ahead.upTo() == 10 + ReadWork::kMostRows - 1);
  CHECK_FALSE(ahead.take(10));
  ahead.keep(ahead.ask(ahead.upTo() + 1, ahead.upTo() + 3), true);
  CHECK(ahead.upTo() == 10 + ReadWork::kMostRows + 2);
}

}  // namespace
}  // namespace isthmus::proxy
