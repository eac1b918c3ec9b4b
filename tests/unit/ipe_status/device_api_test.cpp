#include "ipe/status/status_server.h"
#include "tests/unit/ipe_status/fake_devices.h"
#include "tests/unit/ipe_status/fake_source.h"
#include "tests/unit/ipe_status/http_client.h"

#include <catch2/catch.hpp>
#include <rapidjson/document.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace isthmus::status {
namespace {

const std::string kDevice = "/api/v1/devices/urn:plant%2F7";

struct Fixture {
  FakeSource source;
  FakeDevices devices;
  Log log{[](std::string_view) {}};
  std::unique_ptr<StatusServer> server;

  explicit Fixture(StatusOptions options = {}) {
    options.listen = "127.0.0.1:0";
    server = *StatusServer::start(options, source, devices, log);
  }
  Answer ask(const std::string& method, const std::string& target, const std::string& fields = "") {
    return status::ask(server->address(), method, target, fields);
  }
  Answer ask(const std::string& method, const std::string& target, const std::string& body, const std::string& type) {
    return askWith(server->address(), method, target, body, type);
  }
  void say(std::vector<Result<CommandView>> words) {
    devices.answer = [words = std::move(words)](const DeviceRequest&) { return words; };
  }
};

std::string text(const Answer& answer, const char* member) {
  rapidjson::Document document;
  document.Parse(answer.body.data(), answer.body.size());
  INFO(answer.body);
  REQUIRE_FALSE(document.HasParseError());
  return document.HasMember(member) && document[member].IsString() ? document[member].GetString() : "(absent)";
}

TEST_CASE("a read answers what the device said, and asks by endpoint and path") {
  Fixture f;
  const std::string result = R"({"path":"/3303/0/5700","value":21.5,"time":"2026-11-22T10:12:26.160Z"})";
  f.say({FakeDevices::view("sent"), FakeDevices::succeeded(result)});
  const Answer answer = f.ask("GET", kDevice + "/3303/0/5700?timeout=3&format=senml-cbor");
  CHECK(answer.status == 200);
  CHECK(answer.body == result);
  const DeviceRequest asked = f.devices.last();
  CHECK(asked.endpoint == "urn:plant/7");
  CHECK(asked.action == DeviceAction::read);
  CHECK(asked.paths == std::vector<std::string>{"/3303/0/5700"});
  CHECK(asked.timeout == seconds(3));
  CHECK(asked.keep == seconds(24 * 3600));
  CHECK(asked.format == "senml-cbor");
}

TEST_CASE("each address and method is the operation that its name says") {
  struct Row {
    const char *method, *target, *body;
    int status;
    DeviceAction action;
    std::vector<std::string> paths;
    std::string content, arguments;
    bool update = false, composite = false, passive = false;
  };
  const Row rows[] = {
      {"PUT", "/3303/0/5700", "21.5", 204, DeviceAction::write, {"/3303/0/5700"}, "21.5", ""},
      {"PUT", "/3303/0?mode=update", R"({"5700":1})", 204, DeviceAction::write, {"/3303/0"}, R"({"5700":1})", "", true},
      {"PATCH", "/3303/0", R"({"5700":1})", 204, DeviceAction::write, {"/3303/0"}, R"({"5700":1})", "", true},
      {"POST", "/3303", R"({"5700":1})", 201, DeviceAction::create, {"/3303"}, R"({"5700":1})", ""},
      {"POST", "/3303/4", "", 201, DeviceAction::create, {"/3303/4"}, "{}", ""},
      {"POST", "/3/0/4", "", 204, DeviceAction::execute, {"/3/0/4"}, "", ""},
      {"POST", "/3/0/4", R"({"0":"on","1":null})", 204, DeviceAction::execute, {"/3/0/4"}, "", "0='on',1"},
      {"POST", "/3/0/4", R"("2='x'")", 204, DeviceAction::execute, {"/3/0/4"}, "", "2='x'"},
      {"DELETE", "/3303/1", "", 204, DeviceAction::remove, {"/3303/1"}, "", ""},
      {"GET", "/3303/discover?depth=2", "", 200, DeviceAction::discover, {"/3303"}, "", ""},
      {"GET", "/3303/0/attributes", "", 200, DeviceAction::discover, {"/3303/0"}, "", ""},
      {"POST", "/3303/0/5700/observe", "", 200, DeviceAction::observe, {"/3303/0/5700"}, "", ""},
      {"DELETE",
       "/3303/observe?passive",
       "",
       204,
       DeviceAction::cancelObservation,
       {"/3303"},
       "",
       "",
       false,
       false,
       true},
      {"GET",
       "/composite?paths=/3/0,/3303&paths=/4",
       "",
       200,
       DeviceAction::read,
       {"/3/0", "/3303", "/4"},
       "",
       "",
       false,
       true},
      {"PUT",
       "/composite",
       R"({"/3/0/14":"+01"})",
       204,
       DeviceAction::write,
       {},
       R"({"/3/0/14":"+01"})",
       "",
       false,
       true},
      {"POST", "/composite/observe?paths=/3", "", 200, DeviceAction::observe, {"/3"}, "", "", false, true},
      {"DELETE", "/composite/observe?paths=/3", "", 204, DeviceAction::cancelObservation, {"/3"}, "", "", false, true},
      {"POST", "/kick", "", 204, DeviceAction::kick, {}, "", ""},
  };
  Fixture f;
  f.say({FakeDevices::succeeded("{}")});
  for (const Row& row : rows) {
    INFO(row.method << " " << row.target);
    CHECK(f.ask(row.method, kDevice + row.target, row.body, "application/json").status == row.status);
    const DeviceRequest asked = f.devices.last();
    CHECK(asked.action == row.action);
    CHECK(asked.paths == row.paths);
    CHECK(asked.content == row.content);
    CHECK(asked.arguments == row.arguments);
    CHECK(asked.update == row.update);
    CHECK(asked.composite == row.composite);
    CHECK(asked.passive == row.passive);
  }
  CHECK(f.devices.asked().size() == std::size(rows));
  CHECK_FALSE(f.devices.last().server);
  CHECK(f.ask("POST", kDevice + "/kick?server=102", "", "application/json").status == 204);
  CHECK(f.devices.last().server == 102);
  CHECK(f.ask("POST", kDevice + "/kick?server=0", "", "application/json").status == 400);
}

TEST_CASE("arguments of an execute may be text as LwM2M writes it") {
  Fixture f;
  CHECK(f.ask("POST", kDevice + "/3/0/4", "0='a b',1", "text/plain").status == 204);
  CHECK(f.devices.last().arguments == "0='a b',1");
}

TEST_CASE("a body is taken by its content, whatever type a plain client such as curl puts on it") {
  const std::string type = GENERATE("application/x-www-form-urlencoded", "text/plain", "application/json", "");
  Fixture f;
  CHECK(f.ask("POST", kDevice + "/3303", R"({"5750":"attic"})", type).status == 201);
  CHECK(f.devices.last().content == R"({"5750":"attic"})");
  CHECK(f.ask("POST", kDevice + "/3/0/4", "0", type).status == 204);
  CHECK(f.devices.last().arguments == "0");
  CHECK(f.ask("POST", kDevice + "/3/0/4", R"( {"0":"on"})", type).status == 204);
  CHECK(f.devices.last().arguments == "0='on'");
}

TEST_CASE("a body from a page from elsewhere is refused, of whatever type") {
  const std::string type =
      GENERATE("application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/json");
  Fixture f;
  for (const char* field : {"Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"}) {
    INFO(type << " " << field);
    CHECK(f.ask("POST", kDevice + "/3/0/4", "0", type + "\r\n" + field).status == 403);
  }
  CHECK(f.devices.asked().empty());
}

TEST_CASE("attributes are set and taken away by the query") {
  Fixture f;
  CHECK(f.ask("PUT", kDevice + "/3303/0/5700/attributes?pmin=10&gt=21.5&lt&timeout=5").status == 204);
  const DeviceRequest asked = f.devices.last();
  REQUIRE(asked.attributes.size() == 3);
  CHECK(asked.attributes[0].name == "pmin");
  CHECK(asked.attributes[0].value == "10");
  CHECK(asked.attributes[2].name == "lt");
  CHECK_FALSE(asked.attributes[2].value);
  CHECK(f.ask("PUT", kDevice + "/3303/attributes").status == 400);
  CHECK(f.ask("PUT", kDevice + "/3303/attributes?pmin=1&pmin=2").status == 400);
  CHECK(f.devices.asked().size() == 1);
}

TEST_CASE("attributes are shown as the device tells them to discover, of the path itself") {
  Fixture f;
  f.say({FakeDevices::succeeded(R"({"path":"/3303/0","links":[{"target":"/3303/0","attributes":{"pmin":"10"}},)"
                                R"({"target":"/3303/0/5700","attributes":{"gt":"5"}}]})")});
  CHECK(f.ask("GET", kDevice + "/3303/0/attributes").body == R"({"path":"/3303/0","attributes":{"pmin":"10"}})");
  CHECK(f.ask("GET", kDevice + "/3303/1/attributes").body == R"({"path":"/3303/1","attributes":{}})");
}

TEST_CASE("what was created is told with its address") {
  Fixture f;
  f.say({FakeDevices::succeeded(R"({"path":"/3303/2"})")});
  const Answer told = f.ask("POST", kDevice + "/3303", "{}", "application/json");
  CHECK(told.status == 201);
  CHECK(told.header("location") == "/api/v1/devices/urn%3Aplant%2F7/3303/2");
  CHECK(told.body == R"({"path":"/3303/2"})");
  f.say({FakeDevices::succeeded("")});
  CHECK(f.ask("POST", kDevice + "/3303/5", "{}", "application/json").header("location") ==
        "/api/v1/devices/urn%3Aplant%2F7/3303/5");
  CHECK(f.ask("POST", kDevice + "/3303", "{}", "application/json").header("location").empty());
}

TEST_CASE("a request that cannot be is refused before any device is asked") {
  struct Row {
    const char *method, *target, *body, *says;
  };
  const Row rows[] = {
      {"GET", "/3?timeout=0", "", "'timeout' must be a whole number from 1 to 300."},
      {"GET", "/3?timeout=1.5", "", "'timeout'"},
      {"GET", "/3?expires=0", "", "'expires'"},
      {"GET", "/3?queue=maybe", "", "'queue' must be 'yes'"},
      {"GET", "/3/discover?depth=4", "", "'depth'"},
      {"PUT", "/3303/0/5700", "warm", "The body is not JSON: "},
      {"PUT", "/3303/0/5700", "", "The body is not JSON: "},
      {"PUT", "/3303/0?mode=merge", "{}", "'mode' must be"},
      {"POST", "/3303", "{", "The body is not JSON: "},
      {"POST", "/3/0/4", R"({"10":"a"})", "Arguments are named by one digit"},
      {"POST", "/3/0/4", R"({"0":"it's"})", "An argument is a text"},
      {"POST", "/3/0/4", R"([1])", "Arguments are an object"},
  };
  Fixture f;
  for (const Row& row : rows) {
    INFO(row.method << " " << row.target << " " << row.body);
    const Answer answer = f.ask(row.method, kDevice + row.target, row.body, "application/json");
    CHECK(answer.status == 400);
    CHECK_THAT(text(answer, "detail"), Catch::StartsWith(row.says));
  }
  CHECK(f.devices.asked().empty());
}

TEST_CASE("a device that is not here is a 404, and what cannot be asked of it a 400") {
  Fixture f;
  f.say({fail(Errc::notFound, "No device 'x' is registered.")});
  CHECK(f.ask("GET", kDevice + "/3").status == 404);
  f.say({fail(Errc::malformed, "not a path", "/70000")});
  CHECK(f.ask("GET", kDevice + "/70000").status == 400);
  f.say({fail(Errc::unsupported, "no such format", "morse")});
  CHECK(text(f.ask("GET", kDevice + "/3?format=morse"), "detail") == "no such format (morse)");
  f.say({fail(Errc::unavailable, "64 commands wait for this device already")});
  const Answer busy = f.ask("GET", kDevice + "/3");
  CHECK(busy.status == 503);
  CHECK(busy.header("retry-after") == "5");
}

TEST_CASE("a slash after a path changes nothing, but an endpoint with a slash after it is no device") {
  Fixture f;
  f.say({FakeDevices::succeeded("{}")});
  CHECK(f.ask("GET", kDevice + "/3303/0/").status == 200);
  CHECK(f.devices.last().paths == std::vector<std::string>{"/3303/0"});
  CHECK(f.ask("GET", kDevice + "/3303/0//").status == 404);
  CHECK(f.ask("DELETE", kDevice + "/").status == 404);
  CHECK(f.source.forgotten.empty());
}

TEST_CASE("a device's refusal is passed on with its meaning") {
  Fixture f;
  f.say({FakeDevices::view("sent"), FakeDevices::refused("4.05", "read only")});
  const Answer answer = f.ask("PUT", kDevice + "/3/0/0", "1", "application/json");
  CHECK(answer.status == 405);
  CHECK(answer.header("content-type") == "application/problem+json");
  CHECK(answer.header("allow") == "GET, HEAD, PUT, PATCH, POST, DELETE");
  CHECK(text(answer, "code") == "4.05");
  CHECK(text(answer, "name") == "Method Not Allowed");
  CHECK(text(answer, "diagnostic") == "read only");
  CHECK(text(answer, "command") == "3-17");
  CHECK_THAT(
      text(answer, "detail"),
      Catch::StartsWith("The device answered 4.05 Method Not Allowed (\"read only\"). What stands at that path"));
}

TEST_CASE("an answer that cannot be read is a 502, none in time a 504") {
  Fixture f;
  CommandView unreadable = FakeDevices::refused("", "its answer breaks at byte 3");
  f.say({unreadable});
  CHECK(f.ask("GET", kDevice + "/3").status == 502);
  CommandView expired = FakeDevices::view("expired");
  expired.reason = "the device was not awake in time";
  f.say({expired});
  const Answer late = f.ask("GET", kDevice + "/3?queue=no");
  CHECK(late.status == 504);
  CHECK(text(late, "detail") == "the device was not awake in time; nothing of it is sent any more");
  CHECK_FALSE(f.devices.last().keep);
}

TEST_CASE("a command for a device that sleeps is accepted at once, with where its outcome will be") {
  Fixture f;
  CommandView waiting = FakeDevices::view("waiting");
  waiting.asleep = waiting.kept = true;
  f.say({waiting});
  const Answer answer = f.ask("PUT", kDevice + "/3/0/14?expires=60", R"("+01")", "application/json");
  CHECK(answer.status == 202);
  CHECK(answer.header("location") == "/api/v1/commands/3-17");
  CHECK(text(answer, "state") == "waiting");
  CHECK(text(answer, "id") == "3-17");
  CHECK(f.devices.last().keep == seconds(60));
  CHECK(f.devices.detached().empty());
}

TEST_CASE("a device that does not answer in time is a 504, and what was not sent is taken back") {
  Fixture f;
  f.say({FakeDevices::view("accepted")});
  const Answer answer = f.ask("GET", kDevice + "/3?timeout=1");
  CHECK(answer.status == 504);
  CHECK(text(answer, "command") == "3-17");
  CHECK_THAT(text(answer, "detail"), Catch::EndsWith("nothing of it is sent any more"));
  CHECK(f.devices.withdrawn() == std::vector<std::string>{"3-17"});
}

TEST_CASE("what was sent and is not answered in time may yet be done, and its outcome can be looked up") {
  Fixture f;
  f.say({FakeDevices::view("accepted")});
  f.devices.kept["3-17"] = FakeDevices::view("sent");
  f.devices.withdrawResult = fail(Errc::conflict, "the device may have it already");
  const Answer answer = f.ask("POST", kDevice + "/3/0/4?timeout=1");
  CHECK(answer.status == 504);
  CHECK(text(answer, "state") == "sent");
  CHECK_THAT(text(answer, "detail"), Catch::Contains("it may yet do what it was asked"));
  CHECK(f.devices.detached() == std::vector<std::string>{"3-17"});
}

TEST_CASE("a device of queue mode that does not answer in time may yet do so: 202") {
  Fixture f;
  CommandView sent = FakeDevices::view("sent");
  sent.kept = true;
  f.say({sent});
  CHECK(f.ask("GET", kDevice + "/3?timeout=1").status == 202);
  CHECK(f.devices.detached() == std::vector<std::string>{"3-17"});
  CHECK(f.devices.withdrawn().empty());
}

TEST_CASE("while many requests wait for slow devices, everything else is answered") {
  StatusOptions options;
  options.threads = 2;
  options.waiting = 24;
  options.keptAlive = 2;
  Fixture f(options);
  f.say({});
  std::vector<std::unique_ptr<Connection>> waiting;
  for (int i = 0; i < options.waiting; ++i) {
    waiting.push_back(std::make_unique<Connection>(f.server->address()));
    waiting.back()->send("GET " + kDevice + "/3/0?timeout=60 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  REQUIRE(f.devices.waitForSilent(static_cast<std::size_t>(options.waiting)));
  for (const char* target : {"/livez", "/readyz", "/metrics", "/api/v1/status", "/"}) {
    INFO(target);
    CHECK(f.ask("GET", target).status == 200);
  }
  const Answer oneMore = f.ask("GET", kDevice + "/3/0");
  CHECK(oneMore.status == 503);
  CHECK(oneMore.header("retry-after") == "1");
  f.devices.release(FakeDevices::succeeded("{}"));
  for (const auto& connection : waiting) CHECK(connection->readAnswer().status == 200);
  f.say({FakeDevices::succeeded("{}")});
  CHECK(f.ask("GET", kDevice + "/3/0").status == 200);
}

TEST_CASE("a request that was answered as failed before anybody took it up is not wanted any more") {
  Fixture f;
  f.say({});
  CHECK(f.ask("POST", kDevice + "/3/0/4?timeout=1").status == 504);
  CHECK(f.devices.release(FakeDevices::succeeded("{}")) == 0);
}

TEST_CASE("a slow device does not hold up another") {
  Fixture f;
  f.devices.answer = [](const DeviceRequest& request) -> std::vector<Result<CommandView>> {
    if (request.endpoint == "slow") return {};
    return {FakeDevices::succeeded("{}")};
  };
  Connection slow(f.server->address());
  slow.send("GET /api/v1/devices/slow/3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  REQUIRE(f.devices.waitForSilent(1));
  CHECK(f.ask("GET", "/api/v1/devices/quick/3").status == 200);
  f.devices.release(FakeDevices::succeeded("{}"));
  CHECK(slow.readAnswer().status == 200);
}

TEST_CASE("the end of the server ends every wait") {
  Fixture f;
  f.say({});
  Connection waiting(f.server->address());
  waiting.send("GET " + kDevice + "/3?timeout=300 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  REQUIRE(f.devices.waitForSilent(1));
  f.server->stop();
  const Answer answer = waiting.readAnswer();
  CHECK(answer.status == 503);
  CHECK(f.devices.release(FakeDevices::succeeded("{}")) == 0);  // nobody listens any more, and nothing breaks
}

TEST_CASE("a command that waits when the server ends is taken back, not just called failed") {
  Fixture f;
  f.say({});
  Connection waiting(f.server->address());
  waiting.send("POST " + kDevice + "/3/0/4?timeout=300 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  REQUIRE(f.devices.waitForSilent(1));
  CHECK(f.devices.release(FakeDevices::view("accepted")) == 1);
  f.server->stop();
  CHECK(waiting.readAnswer().status == 504);
  CHECK(f.devices.withdrawn() == std::vector<std::string>{"3-17"});
}

TEST_CASE("a page from elsewhere can neither change anything nor reach a device") {
  Fixture f;
  f.say({FakeDevices::succeeded("{}")});
  const std::pair<const char*, std::string> requests[] = {{"PUT", kDevice + "/3/0/14?x"},
                                                          {"POST", kDevice + "/3/0/4"},
                                                          {"DELETE", kDevice},
                                                          {"DELETE", "/api/v1/commands/1-1"},
                                                          {"GET", kDevice + "/3/0"}};
  for (const auto& [method, target] : requests) {
    for (const char* fields : {"Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
                               "Origin: http://evil.example\r\n", "Origin: null\r\n", "Origin: http://localhost:1\r\n",
                               "Origin: http://localhost\r\nSec-Fetch-Site: cross-site\r\n"}) {
      INFO(method << " " << target << " " << fields);
      CHECK(f.ask(method, target, fields).status == 403);
    }
  }
  CHECK(f.devices.asked().empty());
  CHECK(f.source.forgotten.empty());
  CHECK(f.ask("GET", "/", "Sec-Fetch-Site: cross-site\r\n").status == 200);
  for (const char* fields : {"Sec-Fetch-Site: same-origin\r\nOrigin: https://proxy.example\r\n",
                             "Sec-Fetch-Site: none\r\n", "Origin: http://localhost\r\n", ""}) {
    INFO(fields);
    CHECK(f.ask("POST", kDevice + "/3/0/4", fields).status == 204);
  }
}

TEST_CASE("commands can be looked at and withdrawn") {
  Fixture f;
  CommandView waiting = FakeDevices::view("waiting");
  waiting.accepted = WallTime(milliseconds(1'763'812'345'678));
  f.devices.kept["3-17"] = waiting;
  const Answer one = f.ask("GET", "/api/v1/commands/3-17");
  CHECK(
      one.body ==
      R"({"id":"3-17","endpoint":"urn:plant/7","origin":"api","operation":{"op":"read","path":"/3303/0/5700"},)"
      R"("state":"waiting","code":"","result":null,"reason":"","error":"","accepted":"2025-11-22T11:52:25.678Z","changed":null,)"
      R"("expires":null})");
  CHECK(f.ask("GET", "/api/v1/commands").body == R"({"commands":[)" + one.body + "]}");
  CHECK(f.ask("GET", "/api/v1/commands?endpoint=other").body == R"({"commands":[]})");
  CHECK(f.ask("GET", "/api/v1/commands?limit=0").status == 400);
  CHECK(f.ask("GET", "/api/v1/commands/9-9").status == 404);
  f.devices.withdrawResult = fail(Errc::conflict, "It was sent already.");
  CHECK(f.ask("DELETE", "/api/v1/commands/3-17").status == 409);
  f.devices.withdrawResult = {};
  CHECK(f.ask("DELETE", "/api/v1/commands/3-17").status == 204);
  CHECK(f.devices.withdrawn() == std::vector<std::string>{"3-17"});
}

TEST_CASE("payloads that could not be read are shown with their bytes") {
  Fixture f;
  f.devices.errors["urn:plant/7"] = {
      {WallTime(milliseconds(1'763'812'345'678)), "/3303/0", "tlv", "c8ff", "the value is cut off at byte 1"}};
  CHECK(f.ask("GET", kDevice + "/decode-errors").body ==
        R"({"errors":[{"time":"2025-11-22T11:52:25.678Z","path":"/3303/0","format":"tlv","hex":"c8ff",)"
        R"("error":"the value is cut off at byte 1"}]})");
  CHECK(f.ask("GET", "/api/v1/devices/x/decode-errors").status == 404);
}

}  // namespace
}  // namespace isthmus::status
