#include "config/loader/load.h"

#include "ipe/base/located_json.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>

using namespace isthmus;
using namespace isthmus::config;

namespace {

std::vector<std::string> faultsOf(const ParsedConfig& parsed) {
  std::vector<std::string> texts;
  for (const auto& fault : parsed.faults) texts.push_back(fault.text());
  return texts;
}

std::string contents(const std::string& path) {
  std::ifstream stream(path);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), {}};
}

ParsedConfig withOverride(const std::string& assignment) {
  return parseConfig("{}", "c.json", std::vector<std::string>{assignment});
}

}  // namespace

TEST_CASE("An empty configuration is the defaults") {
  const auto parsed = parseConfig("{}", "c.json");
  CHECK(faultsOf(parsed).empty());
  Config expected;
  expected.db.keyFile = "/var/lib/isthmus/isthmus.db.key";
  CHECK(parsed.config == expected);
  CHECK_FALSE(parsed.config.lwm2m.coap);
  CHECK_FALSE(parsed.config.status.listen);
  CHECK(parsed.config.onem2m.cse.toString() == "http://127.0.0.1:8080");
  CHECK(parsed.config.onem2m.keep.mni == 1000);
  CHECK(parsed.origins.size() == keys().size());
  CHECK(parsed.origins.find("db.path")->second == Origin{});
}

TEST_CASE("Values of the file become typed values") {
  const auto parsed = parseConfig(R"({
    // comments and trailing commas are fine
    "$schema": "x",
    "lwm2m": {"coap": "coap://[::1]", "objects": ["/a", "b"],},
    "onem2m": {"cse": "https://CSE.example/prefix/", "layout": "single-ae", "tree": "first-value", "readers": "all",
               "keep": {"mni": 0, "mia": 60}, "notify": {"listen": "127.0.0.1:0"}, "auth": {"user": "u", "password": "p"}},
    "mapping": {"default": "off", "form": "record"},
    "outbox": {"max": 30, "high": 20, "low": 10},
    "db": {"path": "x.db", "durability": "process"},
    "status": {"listen": "localhost:8480", "tokens": ["t"]},
    "log": {"level": "debug", "format": "json"}
  })",
                                  "c.json");
  REQUIRE(faultsOf(parsed).empty());
  const auto& config = parsed.config;
  CHECK(config.lwm2m.coap == Endpoint{"::1", 5683});
  CHECK(config.lwm2m.coap->toString() == "[::1]:5683");
  CHECK(config.lwm2m.objects == std::vector<std::filesystem::path>{"/a", "b"});
  CHECK(config.onem2m.cse == Url{"https", "cse.example", 443, "/prefix"});
  CHECK(config.onem2m.layout == Layout::singleAe);
  CHECK(config.onem2m.tree == Tree::firstValue);
  CHECK(config.onem2m.readers == std::vector<std::string>{"all"});
  CHECK(config.onem2m.keep.mni == 0);
  CHECK(config.onem2m.keep.mia == seconds(60));
  CHECK(config.onem2m.notify.url == Url{"http", "127.0.0.1", 0, ""});
  CHECK_FALSE(config.mapping.defaultRule);
  CHECK(config.mapping.form == ValueForm::record);
  CHECK(config.outbox == Config::Outbox{30, 20, 10});
  CHECK(config.db.durability == Durability::process);
  CHECK(config.db.keyFile == "x.db.key");
  CHECK(config.log.level == LogLevel::debug);
  CHECK(config.log.format == LogFormat::json);
  CHECK(parsed.origins.find("db.path")->second == Origin{Source::file, "c.json:9:20 /db/path"});
}

TEST_CASE("All faults are reported at once, each with its place and what to do") {
  const auto parsed = parseConfig(R"({
  "lwm2m": {"coap": "udp://0.0.0.0", "coaps": "coaps://0.0.0.0:5684", "port": 5683},
  "onem2m": {"cse": "ftps://host", "cseid": "/id-in", "cseId": "id-in", "release": 3, "base": "a/b", "name": "a b",
             "keep": {"mni": -1, "mia": 0}, "notify": "127.0.0.1:8481", "layout": "flat", "mni": 5},
  "outbox": {"max": 10, "high": 10, "low": 11},
  "db": {"path": 7, "durability": "none"},
  "status": {"listen": "8480", "tokens": [1]},
  "log": {"level": "loud"},
  "mapings": {}
})",
                                  "c.json");
  const char* const expected[] = {
      R"("udp://0.0.0.0" is not an address to listen on, such as coap://127.0.0.1:5683 (c.json:2:21 /lwm2m/coap))",
      R"(unknown key "port": use "coap", "coaps", "objects" or "format" (c.json:2:79 /lwm2m/port))",
      R"("ftps://host" is not a URL, such as http://127.0.0.1:8080, https://cse.example.org or mqtt://127.0.0.1:1883 (c.json:3:21 /onem2m/cse))",
      R"(unknown key "cseid": did you mean "cseId"? (c.json:3:45 /onem2m/cseid))",
      R"("id-in" is not a CSE-ID, such as /id-in (with its slash) (c.json:3:64 /onem2m/cseId))",
      R"(must be a string, not a number: "1", "2", "2a", "3", "4" or "5" (c.json:3:84 /onem2m/release))",
      R"("a/b" is not the name of the CSEBase, such as cse-in, without a slash (c.json:3:95 /onem2m/base))",
      R"("a b" is not a resource name of 0-9 A-Z a-z _ - (c.json:3:110 /onem2m/name))",
      R"("-1" is not a whole number of instances from 0 to 4294967295 (c.json:4:30 /onem2m/keep/mni))",
      R"("0" is not a whole number of seconds from 1 to 4294967295 (c.json:4:41 /onem2m/keep/mia))",
      R"(must be an object, not a string (c.json:4:55 /onem2m/notify))",
      R"("flat" is not allowed here: use "ts0014" or "single-ae" (c.json:4:83 /onem2m/layout))",
      R"(unknown key "mni": did you mean "onem2m.keep.mni"? (c.json:4:98 /onem2m/mni))",
      R"(must be a string, not a number: a path (c.json:6:18 /db/path))",
      R"("none" is not allowed here: use "power" or "process" (c.json:6:35 /db/durability))",
      R"("8480" is not an address to listen on, such as 127.0.0.1:8480 (c.json:7:24 /status/listen))",
      R"(must be a string, not a number: a token (c.json:7:43 /status/tokens/0))",
      R"("loud" is not allowed here: use "trace", "debug", "info", "warn" or "error" (c.json:8:20 /log/level))",
      R"(unknown key "mapings": did you mean "mapping"? (c.json:9:14 /mapings))",
      "outbox.low must be below outbox.high (c.json:5:44 /outbox/low)",
      "outbox.high must be below outbox.max (c.json:5:33 /outbox/high)",
  };
  const auto faults = faultsOf(parsed);
  for (std::size_t i = 0; i < std::max(faults.size(), std::size(expected)); ++i) {
    CHECK((i < faults.size() ? faults[i] : "") == (i < std::size(expected) ? expected[i] : ""));
  }
}

TEST_CASE("A flag outranks the environment, the environment the file, the file the default") {
  const std::string file = R"({"onem2m": {"name": "file", "base": "file", "originator": "CFile"}})";
  const Environment environment = {{"ISTHMUS_ONEM2M__NAME", "environment"}, {"ISTHMUS_onem2m__base", "environment"}};
  const auto parsed =
      parseConfig(file, "c.json", std::vector<std::string>{"onem2m.name=first", "onem2m.name=flag"}, environment);
  REQUIRE(faultsOf(parsed).empty());
  CHECK(parsed.config.onem2m.name == "flag");
  CHECK(parsed.config.onem2m.base == "environment");
  CHECK(parsed.config.onem2m.originator == "CFile");
  CHECK(parsed.config.onem2m.cseId == "/id-in");
  CHECK(parsed.origins.find("onem2m.name")->second == Origin{Source::flag, "--set onem2m.name"});
  CHECK(parsed.origins.find("onem2m.base")->second == Origin{Source::environment, "ISTHMUS_onem2m__base"});
  CHECK(parsed.origins.find("onem2m.originator")->second.source == Source::file);
  CHECK(parsed.origins.find("onem2m.cseId")->second.source == Source::standard);
}

TEST_CASE("Every key can be set by flag and by environment, and gives the same") {
  const std::map<std::string, std::string, std::less<>> samples = {
      {"lwm2m.coap", "coap://127.0.0.1:1"},
      {"lwm2m.coaps", "coaps://127.0.0.1:2"},
      {"lwm2m.objects", "/a,/b"},
      {"lwm2m.format", "senml-cbor"},
      {"onem2m.cse", "http://h:1/p"},
      {"onem2m.base", "b"},
      {"onem2m.cseId", "/c"},
      {"onem2m.originator", "CX"},
      {"onem2m.release", "2a"},
      {"onem2m.serialisation", "cbor"},
      {"onem2m.profile.name", "tinyiot"},
      {"onem2m.profile.refusesAcpi", "true"},
      {"onem2m.profile.refusesNode", "true"},
      {"onem2m.profile.refusesMgmtObj", "true"},
      {"onem2m.profile.refusesFlexContainer", "true"},
      {"onem2m.profile.refusesTimeSeries", "true"},
      {"onem2m.profile.refusesPollingChannel", "true"},
      {"onem2m.profile.refusesBlockingUpdate", "false"},
      {"onem2m.profile.requestTimeout", "3000"},
      {"onem2m.name", "n"},
      {"onem2m.layout", "single-ae"},
      {"onem2m.tree", "first-value"},
      {"onem2m.readers", "CA,CB"},
      {"onem2m.operators", "CO"},
      {"onem2m.nodeOriginator", "CAdmin"},
      {"onem2m.keep.mni", "5"},
      {"onem2m.keep.mia", "6"},
      {"onem2m.notify.listen", "127.0.0.1:2"},
      {"onem2m.notify.url", "http://n:3"},
      {"onem2m.tls.ca", "/ca"},
      {"onem2m.tls.cert", "/cert"},
      {"onem2m.tls.key", "/key"},
      {"onem2m.tls.verify", "false"},
      {"onem2m.labels.technology", "T:l"},
      {"onem2m.labels.entityType", "Ty"},
      {"onem2m.labels.entityId", "Id"},
      {"onem2m.auth.token", "secret"},
      {"onem2m.auth.user", "u"},
      {"onem2m.auth.password", "secret"},
      {"mapping.files", "/m"},
      {"mapping.default", "off"},
      {"mapping.form", "record"},
      {"outbox.max", "999999"},
      {"outbox.high", "700000"},
      {"outbox.low", "500000"},
      {"db.path", "/d"},
      {"db.durability", "process"},
      {"db.keyFile", "/k"},
      {"status.listen", "127.0.0.1:4"},
      {"status.tls.cert", "/sc"},
      {"status.tls.key", "/sk"},
      {"status.tokens", "secret,secret"},
      {"log.level", "warn"},
      {"log.format", "json"},
  };
  for (const auto& key : keys()) {
    INFO(key.name);
    const auto sample = samples.find(key.name);
    REQUIRE(sample != samples.end());
    const auto flag = withOverride(std::string(key.name) + "=" + sample->second);
    const auto environment = parseConfig("{}", "c.json", {}, {{key.variable, sample->second}});
    CHECK(flag.config == environment.config);
    for (const auto& [name, value] : describe(flag.config)) {
      if (name == key.name) CHECK(value == (key.secret ? "***" : sample->second));
    }
    CHECK(flag.origins.find(key.name)->second.source == Source::flag);
    CHECK(environment.origins.find(key.name)->second.source == Source::environment);
  }
}

TEST_CASE("An empty text turns a listener, a list or an optional value off, and is refused elsewhere") {
  const std::string file = R"({"lwm2m": {"coap": "coap://0.0.0.0", "coaps": "coaps://0.0.0.0", "objects": ["a"]},
                               "onem2m": {"nodeOriginator": "CAdmin", "keep": {"mia": 3}}})";
  const auto parsed =
      parseConfig(file, "c.json",
                  std::vector<std::string>{
                      "lwm2m.coap=", "lwm2m.coaps=", "lwm2m.objects=", "onem2m.nodeOriginator=", "onem2m.keep.mia="});
  CHECK(faultsOf(parsed).empty());
  CHECK(parsed.config == parseConfig("{}", "c.json").config);
  CHECK(faultsOf(parseConfig(R"({"status": {"listen": null}})", "c.json")).empty());
  CHECK(faultsOf(withOverride("onem2m.name=")) ==
        std::vector<std::string>{"must not be empty: a resource name of 0-9 A-Z a-z _ - (--set onem2m.name)"});
}

TEST_CASE("Lists are texts with commas or JSON arrays") {
  CHECK(withOverride("mapping.files= /a , /b,").config.mapping.files == std::vector<std::filesystem::path>{"/a", "/b"});
  CHECK(withOverride(R"(mapping.files=["/a,b"])").config.mapping.files == std::vector<std::filesystem::path>{"/a,b"});
  CHECK(parseConfig(R"({"mapping": {"files": "/a"}})", "c").config.mapping.files ==
        std::vector<std::filesystem::path>{"/a"});
}

TEST_CASE("Wrong flags and variables are faults with a suggestion") {
  struct {
    const char* assignment;
    const char* fault;
  } const flags[] = {
      {"onem2m.csee=x", "unknown key \"onem2m.csee\": did you mean \"onem2m.cse\"? (--set onem2m.csee)"},
      {"nothing=x", "unknown key \"nothing\" (--set nothing)"},
      {"onem2m.cse", "write --set key=value (--set onem2m.cse)"},
      {"outbox.max=many", "\"many\" is not a whole number of rows from 1 to 1000000000 (--set outbox.max)"},
      {"onem2m.tls.verify=yes", "\"yes\" is not true or false (--set onem2m.tls.verify)"},
      {"outbox.max=5", "outbox.high must be below outbox.max (outbox.high)"},
      {"lwm2m.coaps=coap://0.0.0.0:5684",
       "\"coap://0.0.0.0:5684\" is not an address to listen on, such as coaps://127.0.0.1:5684 (--set lwm2m.coaps)"},
  };
  for (const auto& row : flags) CHECK(faultsOf(withOverride(row.assignment)) == std::vector<std::string>{row.fault});

  const auto variable = [](const char* name) { return faultsOf(parseConfig("{}", "c", {}, {{name, "x"}})); };
  CHECK(variable("ISTHMUS_ONEM2M__CES") ==
        std::vector<std::string>{"unknown variable: did you mean ISTHMUS_ONEM2M__CSE? (ISTHMUS_ONEM2M__CES)"});
  CHECK(variable("ISTHMUS_SERVICE_HOST").empty());  // a container platform sets such
  CHECK(variable("HOME").empty());
}

TEST_CASE("What keys say together is checked") {
  struct {
    const char* text;
    const char* fault;
  } const rows[] = {
      {R"({"onem2m": {"tls": {"cert": "/c"}}})", "needs \"onem2m.tls.key\" beside it"},
      {R"({"status": {"tls": {"key": "/k"}}})", "needs \"status.tls.cert\" beside it"},
      {R"({"onem2m": {"auth": {"token": "t", "user": "u"}}})", "a token or a user: leave one of them out"},
      {R"({"onem2m": {"auth": {"password": "p"}}})", "needs \"onem2m.auth.user\" beside it"},
      {R"({"onem2m": {"readers": ["all", "CX"]}})", "\"all\" stands alone"},
      {R"({"onem2m": {"notify": {"listen": "0.0.0.0:8481"}}})",
       "the CSE cannot reach 0.0.0.0: say in onem2m.notify.url how it can"},
      {R"({"onem2m": {"notify": {"listen": "127.0.0.1:8480"}}, "status": {"listen": "127.0.0.1:8480"}})",
       "the same address as status.listen: give it another port"},
      {R"({"onem2m": {"cse": "http://u:p@host"}})",
       "a URL with a user or password in it: give them as onem2m.auth.user and onem2m.auth.password"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto parsed = parseConfig(row.text, "c.json");
    REQUIRE(parsed.faults.size() == 1);
    CHECK(parsed.faults[0].message == row.fault);
    CHECK_THAT(parsed.faults[0].where, Catch::StartsWith("c.json:1:"));
  }
}

TEST_CASE("Addresses and URLs are checked for their parts") {
  for (const char* good : {"coap://0.0.0.0:5683", "coap://[::]:0", "coap://localhost", "COAP://host:65535/"}) {
    INFO(good);
    CHECK(faultsOf(withOverride("lwm2m.coap=" + std::string(good))).empty());
  }
  for (const char* bad : {"0.0.0.0:5683", "coap://", "coap://:1", "coap://h:65536", "coap://h:", "coap://[::1",
                          "coap://[1.2]", "coap://::1", "coap://h/x", "coap://h:1x", "coap://h h"}) {
    INFO(bad);
    CHECK(faultsOf(withOverride("lwm2m.coap=" + std::string(bad))).size() == 1);
  }
  for (const char* bad : {"http://", "http://h:0", "http://h?x", "http://h#x", "ftp://h", "h:80", "http:/h",
                          "http://h/a b", "http://[::1]x"}) {
    INFO(bad);
    CHECK(faultsOf(withOverride("onem2m.cse=" + std::string(bad))).size() == 1);
  }
}

TEST_CASE("A secret is not repeated in a fault or a description") {
  const auto parsed = withOverride("onem2m.auth.token=hush\x01hush");
  REQUIRE(parsed.faults.size() == 1);
  CHECK(parsed.faults[0].text().find("hush") == std::string::npos);
}

TEST_CASE("A profile is one word, or an object, or both by different ways") {
  const auto word = parseConfig(R"({"onem2m": {"profile": "acme"}})", "c.json");
  REQUIRE(faultsOf(word).empty());
  CHECK(word.config.onem2m.profile.name == CseKind::acme);
  CHECK_FALSE(word.config.onem2m.profile.refusesAcpi);
  const auto object = parseConfig(
      R"({"onem2m": {"profile": {"name": "tinyiot", "refusesNode": true, "requestTimeout": 2500}}})", "c.json");
  REQUIRE(faultsOf(object).empty());
  CHECK(object.config.onem2m.profile.name == CseKind::tinyIot);
  CHECK(object.config.onem2m.profile.refusesNode == true);
  CHECK(object.config.onem2m.profile.requestTimeout == milliseconds(2500));
  const std::string flags[] = {"onem2m.profile=mobius"};
  const auto flag = parseConfig(R"({"onem2m": {"profile": {"refusesNode": false}}})", "c.json", flags);
  REQUIRE(faultsOf(flag).empty());
  CHECK(flag.config.onem2m.profile.name == CseKind::mobius);
  CHECK(flag.config.onem2m.profile.refusesNode == false);
  CHECK(parseConfig("{}", "c.json", {}, {{"ISTHMUS_ONEM2M__PROFILE", "acme"}}).config.onem2m.profile.name ==
        CseKind::acme);
  CHECK_FALSE(faultsOf(parseConfig(R"({"onem2m": {"profile": "om2m"}})", "c.json")).empty());
  CHECK_FALSE(faultsOf(parseConfig(R"({"onem2m": {"profile": {"refuseNode": true}}})", "c.json")).empty());
}

TEST_CASE("With a broker between, notifications come by it unless it is said how") {
  const auto broker = parseConfig(R"({"onem2m": {"cse": "mqtts://broker.example/site/1"}})", "c.json");
  REQUIRE(faultsOf(broker).empty());
  CHECK(broker.config.onem2m.cse.toString() == "mqtts://broker.example:8883/site/1");
  REQUIRE(broker.config.onem2m.notify.url);
  CHECK(broker.config.onem2m.notify.url->toString() == "mqtts://broker.example:8883/site/1");
  const auto other =
      parseConfig(R"({"onem2m": {"cse": "mqtt://b", "notify": {"url": "mqtt://outside.example:1884"}}})", "c.json");
  REQUIRE(faultsOf(other).empty());
  CHECK(other.config.onem2m.notify.url->toString() == "mqtt://outside.example:1884");
  CHECK_FALSE(faultsOf(parseConfig(R"({"onem2m": {"cse": "ftp://h"}})", "c.json")).empty());
}

TEST_CASE("Every shipped sample is a sound configuration") {
  for (const char* sample : {"config/samples/minimal.json", "config/samples/all-keys.json"}) {
    INFO(sample);
    CHECK(faultsOf(loadConfig(sample, {}, {})).empty());
  }
}

TEST_CASE("The sample of all keys holds every key that can be used, and no other") {
  const auto text = contents("config/samples/all-keys.json");
  const auto parsed = parseConfig(text, "all-keys.json");
  std::set<std::string> unset;
  for (const auto& [key, origin] : parsed.origins) {
    if (origin.source != Source::file) unset.insert(key);
  }
  CHECK(unset == std::set<std::string>{"onem2m.auth.token", "status.tls.cert", "status.tls.key",
                                       "status.tokens"});  // there as comments
  CHECK(text.find("// \"token\":") != std::string::npos);
  CHECK(text.find("// \"tls\":") != std::string::npos);
  CHECK(text.find("// \"tokens\":") != std::string::npos);
}

TEST_CASE("A file that cannot be read is a fault with its name") {
  const auto missing = loadConfig("/nowhere/isthmus.json", {}, {});
  CHECK(faultsOf(missing) == std::vector<std::string>{"the configuration cannot be read (/nowhere/isthmus.json)"});
  CHECK(faultsOf(loadConfig("/tmp", {}, {})).size() == 1);
  CHECK(faultsOf(loadConfig("", std::vector<std::string>{"log.level=warn"}, {})).empty());
}

TEST_CASE("A file that is no object is refused") {
  CHECK(faultsOf(parseConfig("[]", "c.json")) ==
        std::vector<std::string>{"must be an object, not an array (c.json:1:1 /)"});
  CHECK(faultsOf(parseConfig("null", "c.json")).size() == 1);
  CHECK(faultsOf(parseConfig("{\"onem2m\": {\n\"cse\": }}", "c.json")) ==
        std::vector<std::string>{"not valid JSON: Invalid value. (c.json:2:8 /onem2m)"});
}

TEST_CASE("The variables of the process can be read") {
  const auto variables = processEnvironment();
  CHECK_FALSE(variables.empty());
  CHECK(std::any_of(variables.begin(), variables.end(), [](const auto& entry) { return entry.first == "PATH"; }));
}
