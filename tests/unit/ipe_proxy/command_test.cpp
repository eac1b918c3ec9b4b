#include "ipe/proxy/command.h"

#include <catch2/catch.hpp>

namespace isthmus::proxy {

TEST_CASE("a command's id names the start that took it and its number, both ways") {
  const CommandId id{(std::uint64_t{3} << 32U) | 17U};
  CHECK(id.toString() == "3-17");
  CHECK(CommandId::parse("3-17") == id);
  CHECK(CommandId::parse("4294967295-4294967295") == CommandId{UINT64_MAX});
  for (const std::string_view text :
       {"", "3", "-", "3-", "-17", "3-17x", "3-017", "0-1", "3--17", "4294967296-1", "+3-1"}) {
    INFO(text);
    CHECK_FALSE(CommandId::parse(text));
  }
}

TEST_CASE("a command's states have the names of the contract, the last three are ends") {
  CHECK(name(CommandState::accepted) == "accepted");
  CHECK(name(CommandState::expired) == "expired");
  CHECK_FALSE(isEnd(CommandState::sent));
  CHECK(isEnd(CommandState::succeeded));
}

}  // namespace isthmus::proxy
