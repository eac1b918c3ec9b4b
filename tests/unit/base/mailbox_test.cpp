#include "ipe/base/mailbox.h"

#include <catch2/catch.hpp>

#include <memory>
#include <thread>

namespace isthmus {

TEST_CASE("A mailbox gives everything at once, oldest first, and is empty then") {
  Mailbox<int> box;
  for (const int item : {1, 2, 3}) box.post(item);
  CHECK(box.drain() == std::vector<int>{1, 2, 3});
  CHECK(box.drain().empty());
}

TEST_CASE("A mailbox wakes its owner once for a run of posts") {
  int woken = 0;
  Mailbox<int> box([&] { ++woken; });
  box.post(1);
  box.post(2);
  CHECK(woken == 1);
  box.drain();
  box.post(3);
  CHECK(woken == 2);
}

TEST_CASE("What is not urgent waits for what is") {
  int woken = 0;
  Mailbox<int> box([&] { ++woken; });
  box.post(1, false);
  CHECK(woken == 0);
  box.post(2);
  box.post(3, false);
  box.post(4);
  CHECK(woken == 1);
  CHECK(box.drain() == std::vector<int>{1, 2, 3, 4});
  box.post(5);
  CHECK(woken == 2);
}

TEST_CASE("A mailbox carries what can only be moved") {
  Mailbox<std::unique_ptr<int>> box;
  box.post(std::make_unique<int>(7));
  const auto items = box.drain();
  REQUIRE(items.size() == 1);
  CHECK(*items[0] == 7);
}

TEST_CASE("Waiting ends with the first post or when the patience ends") {
  Mailbox<int> box;
  CHECK(box.waitAndDrain(milliseconds(1)).empty());
  std::thread poster([&] { box.post(5); });
  const auto items = box.waitAndDrain(seconds(30));
  poster.join();
  CHECK(items == std::vector<int>{5});
}

TEST_CASE("Nothing is lost or doubled when many threads post") {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  Mailbox<int> box;
  std::vector<std::thread> posters;
  for (int t = 0; t < kThreads; ++t)
    posters.emplace_back([&box, t] {
      for (int i = 0; i < kEach; ++i) box.post(t * kEach + i);
    });
  std::vector<bool> seen(kThreads * kEach);
  int count = 0;
  while (count < kThreads * kEach) {
    const auto items = box.waitAndDrain(seconds(30));
    REQUIRE_FALSE(items.empty());
    for (const int item : items) {
      REQUIRE_FALSE(seen[static_cast<std::size_t>(item)]);
      seen[static_cast<std::size_t>(item)] = true;
      ++count;
    }
  }
  for (std::thread& poster : posters) poster.join();
  CHECK(box.drain().empty());
}

}  // namespace isthmus
