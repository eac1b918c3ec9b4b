#include "ipe/proxy/recent_rows.h"

#include <catch2/catch.hpp>

namespace isthmus::proxy {
namespace {

OutboxRow row(std::uint64_t id, std::string content = "1") {
  return {id, 0, RowKind::reading, 0, 0, "3303/0/5700", std::move(content), "text/plain:0", 0, 0};
}

TEST_CASE("a kept row is given out once, in any order") {
  RecentRows recent;
  for (std::uint64_t id = 5; id <= 7; ++id) recent.keep(row(id));
  CHECK(recent.take(6) == row(6));
  CHECK_FALSE(recent.take(6));
  CHECK(recent.take(5) == row(5));
  CHECK(recent.size() == 1);
  CHECK(recent.take(7) == row(7));
  CHECK_FALSE(recent.take(4));
  CHECK_FALSE(recent.take(8));
  CHECK(recent.size() == 0);
}

TEST_CASE("what is too long, or too old, is left to the outbox") {
  RecentRows recent;
  recent.keep(row(1, std::string(RecentRows::kLongestRow, 'x')));
  CHECK_FALSE(recent.take(1));
  OutboxRow labelled = row(1);
  labelled.detail.assign(RecentRows::kLongestRow, 'x');
  recent.clear();
  recent.keep(labelled);
  CHECK_FALSE(recent.take(1));
  for (std::uint64_t id = 2; id < 2 + RecentRows::kMostRows + 1; ++id) recent.keep(row(id));
  CHECK(recent.size() == RecentRows::kMostRows);
  CHECK_FALSE(recent.take(2));
  CHECK(recent.take(3));
}

}  // namespace
}  // namespace isthmus::proxy
