#include "ipe/app/server_account.h"

#include <catch2/catch.hpp>

namespace isthmus::app {
namespace {

using lwm2m::Path;
using lwm2m::Record;

std::vector<Record> account(std::uint16_t instance, std::int64_t shortServerId, std::int64_t lifetime) {
  return {{Path(1, instance, 0), shortServerId, {}}, {Path(1, instance, 1), lifetime, {}}};
}

std::vector<Record> accounts(std::initializer_list<std::vector<Record>> all) {
  std::vector<Record> out;
  for (const auto& one : all) out.insert(out.end(), one.begin(), one.end());
  return out;
}

TEST_CASE("the only account that a device shows is ours") {
  CHECK(accountOf(account(3, 101, 60), 300, {}) == 3);
  CHECK(accountOf({}, 300, {}).error().code == Errc::notFound);
}

TEST_CASE("of several accounts the one with our lifetime is ours, or the one that is named") {
  const auto shown = accounts({account(0, 101, 60), account(1, 102, 300)});
  CHECK(accountOf(shown, 300, {}) == 1);
  CHECK(accountOf(shown, 60, {}) == 0);
  CHECK(accountOf(shown, 60, 102) == 1);
}

TEST_CASE("where nothing tells which account is ours, it is to be named") {
  const auto alike = accounts({account(0, 101, 300), account(1, 102, 300)});
  CHECK(accountOf(alike, 300, {}).error().code == Errc::conflict);
  CHECK(accountOf(alike, 60, {}).error().message ==
        "The device has accounts of several servers: 101 (/1/0), 102 (/1/1). Say by 'server' which of these numbers is "
        "this one's.");
  const auto missing = accountOf(alike, 300, 7);
  CHECK(missing.error().code == Errc::notFound);
  CHECK(missing.error().message == "The device has no one account of server 7; it shows 101 (/1/0), 102 (/1/1).");
}

TEST_CASE("the accounts that a device declares are read from its registration") {
  lwm2m::Registration registration;
  registration.objectLinks = "</1/0>,</1/7>,</3/0>";
  CHECK(declaredAccounts(registration) == std::vector<std::uint16_t>{0, 7});
}

}  // namespace
}  // namespace isthmus::app
