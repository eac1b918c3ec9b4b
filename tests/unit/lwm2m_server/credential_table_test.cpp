#include "lwm2m/server/credential_table.h"

#include <catch2/catch.hpp>

namespace isthmus::lwm2m {
namespace {

const PskCredential kOne{"dev-1", "id-1", {1}}, kAlso{"dev-1", "id-1b", {2}}, kTwo{"dev-2", "id-2", {3}};

CredentialTable tableOf(const std::vector<PskCredential>& credentials) { return CredentialTable(credentials); }

}  // namespace

TEST_CASE("A credential is found by its identity, and an endpoint's by its name") {
  const CredentialTable table = tableOf({kOne, kAlso, kTwo});
  CHECK(table.size() == 3);
  REQUIRE(table.find("id-1b") != nullptr);
  CHECK(table.find("id-1b")->endpoint == "dev-1");
  CHECK(table.find("id-1b")->key == Bytes{2});
  CHECK(table.find("id-3") == nullptr);
  REQUIRE(table.identityFor("dev-2") != nullptr);
  CHECK(*table.identityFor("dev-2") == "id-2");
  CHECK(table.identityFor("dev-3") == nullptr);
}

TEST_CASE("What is put or removed names the identities that lost their key by it, not those that are new") {
  CredentialTable table = tableOf({kOne, kTwo});
  CHECK(table.put(kAlso, Others::keep).empty());
  CHECK(table.put(kAlso, Others::keep).empty());  // the same once more
  CHECK(table.size() == 3);
  CHECK(table.put({"dev-1", "id-1", {9}}, Others::keep) == std::vector<std::string>{"id-1"});
  CHECK(table.find("id-1")->key == Bytes{9});
  CHECK(table.put({"dev-1", "id-1c", {5}}, Others::replace) == std::vector<std::string>{"id-1", "id-1b"});
  CHECK(table.find("id-1") == nullptr);
  CHECK(*table.identityFor("dev-1") == "id-1c");
  CHECK(table.remove("dev-1", "id-9").empty());
  CHECK(table.remove("dev-9", std::nullopt).empty());
  CHECK(table.remove("dev-1", "id-1c") == std::vector<std::string>{"id-1c"});
  CHECK(table.identityFor("dev-1") == nullptr);
  CHECK(table.remove("dev-2", std::nullopt) == std::vector<std::string>{"id-2"});
  CHECK(table.size() == 0);
}

TEST_CASE("Failed handshakes are counted for identities that are known") {
  CredentialTable table = tableOf({kOne});
  table.noteFailure("id-1");
  table.noteFailure("id-1");
  table.noteFailure("nobody");
  CHECK(table.failures("id-1") == 2);
  CHECK(table.failures("nobody") == 0);
  table.put(kTwo, Others::keep);
  CHECK(table.failures("id-1") == 2);
}

}  // namespace isthmus::lwm2m
