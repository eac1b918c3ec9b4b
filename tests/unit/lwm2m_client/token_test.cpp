#include "lwm2m/client/token.h"

#include <catch2/catch.hpp>

using isthmus::lwm2m::Token;

TEST_CASE("A token that was written over a longer one is the same as it comes back") {
  Token sent{6, {1, 2, 3, 4, 5, 6}};
  const Token before = sent;
  sent.length = 5;
  std::ranges::copy(std::array{9, 8, 7, 6, 5}, sent.bytes.begin());
  CHECK(sent == Token{5, {9, 8, 7, 6, 5}});
  CHECK(!(sent == before));
  CHECK(!(sent == Token{6, {9, 8, 7, 6, 5, 6}}));
}
