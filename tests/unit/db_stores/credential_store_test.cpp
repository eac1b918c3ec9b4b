#include "db/sqlite/connection.h"
#include "db/stores/key_file.h"
#include "db/stores/sqlite_credential_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"

#include <SQLiteCpp/Statement.h>
#include <catch2/catch.hpp>

#include <fstream>
#include <sys/stat.h>

using namespace isthmus;
using namespace isthmus::testing;
using db::KeyFile;
using db::SqliteCredentialStore;
using lwm2m::Others;
using lwm2m::PskCredential;

namespace {

const PskCredential kOne{"dev-1", "id-1", Bytes(16, 0x11)}, kAlso{"dev-1", "id-1b", Bytes(1, 0x12)},
    kTwo{"dev-2", std::string("\0\xff two", 6), Bytes(64, 0x22)};

struct Bench {
  std::unique_ptr<SqliteCredentialStore> store() {
    SqliteCredentialStore::Options options{folder / "isthmus.db", folder / "isthmus.key", {}};
    options.madeKeyFile = [this](const std::filesystem::path&) { ++made; };
    auto opened = SqliteCredentialStore::open(options, clock);
    REQUIRE(opened);
    return std::move(*opened);
  }
  std::string keyText() const {
    std::ifstream in(folder / "isthmus.key");
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TempFolder folder;
  FakeClock clock;
  int made = 0;
};

Errc codeOf(const Result<void>& outcome) { return outcome ? Errc::internal : outcome.error().code; }

}  // namespace

TEST_CASE("Credentials come back after a restart, in the order of their endpoints, their keys not in the clear") {
  Bench bench;
  {
    const auto store = bench.store();
    CHECK(store->load()->empty());
    CHECK(bench.made == 0);  // nothing secret yet
    REQUIRE(store->put(kTwo, Others::refuse));
    REQUIRE(store->put(kOne, Others::refuse));
    REQUIRE(store->put(kAlso, Others::keep));
    CHECK(bench.made == 1);
  }
  const auto store = bench.store();
  CHECK(store->load().value() == std::vector<PskCredential>{kOne, kAlso, kTwo});
  CHECK(bench.made == 1);
  const auto listed = store->list();
  REQUIRE(listed->size() == 3);
  CHECK((*listed)[2].identity == kTwo.identity);
  CHECK((*listed)[2].key.empty());
  auto raw = db::Connection::open({.path = bench.folder / "isthmus.db"});
  SQLite::Statement row((*raw)->database(), "SELECT hex(key) FROM psk");
  while (row.executeStep()) CHECK(std::string(row.getColumn(0).getText()).find("11111111") == std::string::npos);
}

TEST_CASE("A new key file is for its owner only, and is never written over") {
  Bench bench;
  const auto file = bench.folder / "isthmus.key";
  REQUIRE(KeyFile::make(file));
  struct stat facts{};
  REQUIRE(stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  const std::string before = bench.keyText();
  CHECK(before.size() == 65);
  const auto again = KeyFile::make(file);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::conflict);
  CHECK(bench.keyText() == before);
  CHECK(KeyFile::read(file)->derive("x") == KeyFile::read(file)->derive("x"));
  CHECK(KeyFile::read(file)->derive("x") != KeyFile::read(file)->derive("y"));
}

TEST_CASE("A key file that others may read, or that holds no key, is refused by name") {
  Bench bench;
  const auto file = bench.folder / "isthmus.key";
  CHECK(KeyFile::read(file).error().code == Errc::notFound);
  REQUIRE(KeyFile::make(file));
  chmod(file.c_str(), 0640);
  CHECK(KeyFile::read(file).error().message == "others may read the key file: chmod 600 it");
  chmod(file.c_str(), 0600);
  for (const char* content :
       {"", "00", "not a key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"}) {
    std::ofstream(file) << content;
    const auto read = KeyFile::read(file);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::configuration);
    CHECK(read.error().where == file.string());
  }
}

TEST_CASE("Without its key file, or with another, a store says so and gives no keys") {
  Bench bench;
  REQUIRE(bench.store()->put(kOne, Others::refuse));
  const auto file = bench.folder / "isthmus.key";
  std::filesystem::remove(file);
  auto loaded = bench.store()->load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == Errc::configuration);
  CHECK(loaded.error().message.find("the key file is missing") == 0);
  CHECK_FALSE(bench.store()->put(kTwo, Others::refuse));  // which would make a new one
  CHECK(bench.store()->list()->size() == 1);
  REQUIRE(KeyFile::make(file));
  loaded = bench.store()->load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message == R"(the credential of "dev-1": it was encrypted under another key, or was changed)");
  REQUIRE(bench.store()->remove("dev-1", std::nullopt));
  CHECK(bench.store()->load()->empty());
}

TEST_CASE("An identity stands for one endpoint; an endpoint has several only where that was asked for") {
  Bench bench;
  const auto store = bench.store();
  REQUIRE(store->put(kOne, Others::refuse));
  CHECK(codeOf(store->put({"dev-2", "id-1", Bytes(16, 1)}, Others::replace)) == Errc::conflict);
  CHECK(codeOf(store->put(kAlso, Others::refuse)) == Errc::conflict);
  CHECK(store->load().value() == std::vector<PskCredential>{kOne});
  const PskCredential changed{"dev-1", "id-1", Bytes(16, 0x99)};
  REQUIRE(store->put(changed, Others::refuse));  // another key for the same
  REQUIRE(store->put(kAlso, Others::keep));
  CHECK(store->load().value() == std::vector<PskCredential>{changed, kAlso});
  REQUIRE(store->put(kOne, Others::replace));
  CHECK(store->load().value() == std::vector<PskCredential>{kOne});
}

TEST_CASE("Credentials are removed by endpoint, or one identity of it") {
  Bench bench;
  const auto store = bench.store();
  for (const PskCredential& credential : {kOne, kAlso, kTwo}) REQUIRE(store->put(credential, Others::keep));
  CHECK(codeOf(store->remove("dev-3", std::nullopt)) == Errc::notFound);
  CHECK(codeOf(store->remove("dev-2", "id-1")) == Errc::notFound);
  REQUIRE(store->remove("dev-1", "id-1"));
  CHECK(store->load().value() == std::vector<PskCredential>{kAlso, kTwo});
  REQUIRE(store->remove("dev-1", std::nullopt));
  CHECK(store->load().value() == std::vector<PskCredential>{kTwo});
}

TEST_CASE("What is no credential is not kept") {
  Bench bench;
  const auto store = bench.store();
  for (const PskCredential& bad :
       {PskCredential{"", "id", Bytes(16)}, PskCredential{"dev", "", Bytes(16)}, PskCredential{"dev", "id", {}},
        PskCredential{"dev", std::string(129, 'i'), Bytes(16)}, PskCredential{"dev", "id", Bytes(65)}})
    CHECK(codeOf(store->put(bad, Others::keep)) == Errc::malformed);
  CHECK(store->list()->empty());
  CHECK(bench.made == 0);
}

TEST_CASE("The lasting secret survives a restart, and changes with whatever takes a credential's validity away") {
  Bench bench;
  const auto first = bench.store()->lastingSecret().value();
  const auto store = bench.store();
  CHECK(store->lastingSecret() == first);
  REQUIRE(store->put(kOne, Others::refuse));
  CHECK(store->lastingSecret() == first);  // one more is no reason
  REQUIRE(store->put({"dev-1", "id-1", Bytes(16, 0x99)}, Others::refuse));
  const auto second = store->lastingSecret().value();
  CHECK(second != first);
  REQUIRE(store->remove("dev-1", std::nullopt));
  CHECK(store->lastingSecret() != second);
  CHECK(bench.store()->lastingSecret() == store->lastingSecret());
}

TEST_CASE("What was sealed comes back for the same row and key only, and every change of it is noticed") {
  Bench bench;
  const KeyFile key = KeyFile::make(bench.folder / "a.key").value();
  const KeyFile other = KeyFile::make(bench.folder / "b.key").value();
  const Bytes plain(16, 7);
  const Bytes sealed = db::seal(plain, view("row 1"), key);
  CHECK(sealed.size() == 12 + 16 + 16);
  CHECK(sealed != db::seal(plain, view("row 1"), key));
  CHECK(db::unseal(sealed, view("row 1"), key) == plain);
  CHECK_FALSE(db::unseal(sealed, view("row 2"), key));
  CHECK_FALSE(db::unseal(sealed, view("row 1"), other));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    Bytes changed = sealed;
    changed[at] ^= 0x80U;
    CHECK_FALSE(db::unseal(changed, view("row 1"), key));
    CHECK_FALSE(db::unseal(ByteView(sealed).first(at), view("row 1"), key));
  }
}
