#include "ipe/base/shared_array.h"

#include "ipe/base/recurring.h"
#include "ipe/base/shared_text.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace isthmus {
namespace {

// Counts those that live.
struct Counted {
  explicit Counted(int& living) : living_(&living) { ++living; }
  Counted(const Counted& other) : living_(other.living_) { ++*living_; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --*living_; }
  int* living_;
};

}  // namespace

TEST_CASE("a shared array holds its values once, until its last copy is gone") {
  int living = 0;
  {
    const std::vector<Counted> values(3, Counted(living));
    REQUIRE(living == 3);
    SharedArray<Counted> first(values);
    CHECK(living == 6);
    {
      const SharedArray<Counted> second = first;
      CHECK(second.sharesWith(first));
      first = {};
      CHECK(living == 6);
      CHECK(second.size() == 3);
    }
    CHECK(living == 3);
    CHECK(first.empty());
  }
  CHECK(living == 0);
}

TEST_CASE("a shared array is its values, and stays them when a copy gets others") {
  SharedArray<int> numbers{1, 2, 3};
  const SharedArray<int> before = numbers;
  std::vector<int> more = numbers.toVector();
  more.push_back(4);
  numbers = more;
  CHECK(before == SharedArray<int>{1, 2, 3});
  CHECK(numbers == SharedArray<int>{1, 2, 3, 4});
  CHECK_FALSE(numbers == before);
  CHECK(numbers[3] == 4);
  numbers = *&numbers;  // to itself
  CHECK(numbers.size() == 4);
  const SharedArray<int> moved = std::move(numbers);
  CHECK(moved.size() == 4);
}

TEST_CASE("an empty shared array or text takes its own 8 bytes and nothing else") {
  STATIC_REQUIRE(sizeof(SharedText) == 8);
  STATIC_REQUIRE(sizeof(SharedArray<std::string>) == 8);
  CHECK(SharedText().sharesWith(SharedText("")));
  CHECK(SharedArray<int>().sharesWith(SharedArray<int>(std::vector<int>())));
  CHECK(SharedText().view().empty());
  CHECK(SharedArray<int>().view().empty());
  CHECK(SharedText() == SharedText(""));
}

TEST_CASE("shared texts are equal by their characters") {
  const SharedText text = "</3/0>,</3303/0>";
  CHECK(text == SharedText(std::string("</3/0>,</3303/0>")));
  CHECK_FALSE(text == SharedText("</3/0>"));
  CHECK(text.view() == "</3/0>,</3303/0>");
  CHECK(text.size() == 16);
}

TEST_CASE("copies of a shared text may be used and destroyed on several threads") {
  const SharedText text = "the text that all of them copy";
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([copy = text] {
      for (int round = 0; round < 1000; ++round) {
        const SharedText another = copy;
        if (another.view() != "the text that all of them copy") std::abort();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(text.view() == "the text that all of them copy");
}

TEST_CASE("what recurs is one in memory, whatever came between") {
  Recurring<SharedText> texts;
  const SharedText first = texts.of(std::string_view("</3/0>"), 7);
  CHECK(texts.of(std::string_view("</3/0>"), 7).sharesWith(first));
  const SharedText other = texts.of(std::string_view("</4/0>"), 8);
  CHECK_FALSE(other.sharesWith(first));
  CHECK(texts.of(std::string_view("</3/0>"), 7).sharesWith(first));
}

TEST_CASE("what needs the same place is forgotten, and never taken for the other") {
  Recurring<SharedText> texts;
  const SharedText first = texts.of(std::string_view("one"), 5);
  const SharedText second = texts.of(std::string_view("two"), 5 + Recurring<SharedText>::kPlaces);
  CHECK(second.view() == "two");
  const SharedText again = texts.of(std::string_view("one"), 5);
  CHECK(again == first);
  CHECK_FALSE(again.sharesWith(first));
}

TEST_CASE("a long value is not remembered") {
  Recurring<SharedText> texts;
  const std::string most(Recurring<SharedText>::kLongest, 'x'), more = most + 'x';
  CHECK(texts.of(most, 1).sharesWith(texts.of(most, 1)));
  CHECK_FALSE(texts.of(more, 2).sharesWith(texts.of(more, 2)));
  CHECK(texts.of(more, 2).view() == more);
  Recurring<SharedArray<std::uint64_t>> numbers;
  const std::vector<std::uint64_t> many(Recurring<SharedText>::kLongest / 8 + 1);
  CHECK_FALSE(numbers.of(many, 1).sharesWith(numbers.of(many, 1)));
}

}  // namespace isthmus
