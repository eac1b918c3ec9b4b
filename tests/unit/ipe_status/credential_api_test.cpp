#include "ipe/status/status_server.h"
#include "tests/unit/ipe_status/fake_devices.h"
#include "tests/unit/ipe_status/fake_source.h"
#include "tests/unit/ipe_status/http_client.h"

#include <catch2/catch.hpp>

namespace isthmus::status {
namespace {

class FakeCredentials final : public CredentialAccess {
 public:
  Result<std::vector<CredentialView>> credentials() override { return views; }
  Result<void> putCredential(const NewCredential& credential) override {
    put.push_back(credential);
    return outcome;
  }
  Result<void> removeCredential(const std::string& endpoint, const std::optional<std::string>& identity) override {
    removed.push_back(endpoint + " " + identity.value_or("(all)"));
    return outcome;
  }

  std::vector<CredentialView> views{{"urn:plant/7", "id-7", 2}, {"b", "id-b", 0}};
  std::vector<NewCredential> put;
  std::vector<std::string> removed;
  Result<void> outcome;
};

struct Fixture {
  FakeSource source;
  FakeDevices devices;
  FakeCredentials credentials;
  Log log{[](std::string_view) {}};
  std::unique_ptr<StatusServer> server;

  explicit Fixture(bool keeps = true) {
    StatusOptions options;
    options.listen = "127.0.0.1:0";
    options.credentials = keeps ? &credentials : nullptr;
    server = *StatusServer::start(options, source, devices, log);
  }
  Answer get(const std::string& target) { return ask(server->address(), "GET", target, ""); }
  Answer put(const std::string& body) {
    return askWith(server->address(), "PUT", "/api/v1/credentials/urn:plant%2F7", body, "application/json");
  }
};

}  // namespace

TEST_CASE("credentials are listed without their keys, all or those of one endpoint") {
  Fixture f;
  const Answer all = f.get("/api/v1/credentials");
  CHECK(all.status == 200);
  CHECK(all.body == R"({"credentials":[{"endpoint":"urn:plant/7","mode":"psk","identity":"id-7","failures":2},)"
                    R"({"endpoint":"b","mode":"psk","identity":"id-b","failures":0}]})");
  CHECK(f.get("/api/v1/credentials/b").body ==
        R"({"credentials":[{"endpoint":"b","mode":"psk","identity":"id-b","failures":0}]})");
  CHECK(f.get("/api/v1/credentials/c").status == 404);
}

TEST_CASE("a PUT gives an endpoint a key, in the place of others or beside them") {
  Fixture f;
  CHECK(f.put(R"({"identity":"id-7","key":"00fF"})").status == 204);
  CHECK(f.put(R"({"mode":"psk","identity":"id-8","key":"01","also":true})").status == 204);
  REQUIRE(f.credentials.put.size() == 2);
  CHECK(f.credentials.put[0].endpoint == "urn:plant/7");
  CHECK(f.credentials.put[0].identity == "id-7");
  CHECK(f.credentials.put[0].key == Bytes{0x00, 0xff});
  CHECK_FALSE(f.credentials.put[0].also);
  CHECK(f.credentials.put[1].also);
}

TEST_CASE("a body that is no credential is refused and says what one looks like") {
  Fixture f;
  for (const char* body : {"", "[]", "{", R"({"identity":"a"})", R"({"key":"00"})", R"({"identity":7,"key":"00"})",
                           R"({"identity":"a","key":"0g"})", R"({"identity":"a","key":"00","mode":"x509"})",
                           R"({"identity":"a","key":"00","also":"yes"})"}) {
    INFO(body);
    CHECK(f.put(body).status == 400);
  }
  CHECK(f.put("{}").body.find("sensor-7") != std::string::npos);
  CHECK(f.credentials.put.empty());
}

TEST_CASE("a DELETE takes all credentials of an endpoint away, or one") {
  Fixture f;
  CHECK(ask(f.server->address(), "DELETE", "/api/v1/credentials/b", "").status == 204);
  CHECK(ask(f.server->address(), "DELETE", "/api/v1/credentials/b?identity=id%2Fb", "").status == 204);
  CHECK(f.credentials.removed == std::vector<std::string>{"b (all)", "b id/b"});
  f.credentials.outcome = fail(Errc::notFound, "the endpoint has no credential");
  CHECK(ask(f.server->address(), "DELETE", "/api/v1/credentials/b", "").status == 404);
  f.credentials.outcome = fail(Errc::conflict, "the identity stands for another endpoint");
  CHECK(f.put(R"({"identity":"id-7","key":"00"})").status == 409);
}

TEST_CASE("a page from elsewhere can give or take no credential") {
  Fixture f;
  const std::string foreign = "Sec-Fetch-Site: cross-site\r\n";
  CHECK(ask(f.server->address(), "DELETE", "/api/v1/credentials/b", foreign).status == 403);
  CHECK(f.credentials.removed.empty());
}

TEST_CASE("where no credentials are kept, there are none to be had") {
  Fixture f(false);
  CHECK(f.get("/api/v1/credentials").status == 404);
  CHECK(f.put(R"({"identity":"id-7","key":"00"})").status == 404);
}

}  // namespace isthmus::status
