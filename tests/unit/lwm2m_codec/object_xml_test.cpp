#include "lwm2m/codec/object_xml.h"

#include "ipe/base/bytes.h"
#include "tests/support/vectors.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

constexpr std::string_view kThermostat = R"(<?xml version="1.0" encoding="UTF-8"?>
<LWM2M xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="LWM2M.xsd">
  <Object ObjectType="MODefinition">
    <Name>Test &amp; Thermostat</Name>
    <Description1><![CDATA[Anything <at> all]]></Description1>
    <ObjectID>32769</ObjectID>
    <ObjectURN>urn:oma:lwm2m:x:32769:1.2</ObjectURN>
    <LWM2MVersion>1.1</LWM2MVersion>
    <ObjectVersion>1.2</ObjectVersion>
    <MultipleInstances>Multiple</MultipleInstances>
    <Mandatory>Optional</Mandatory>
    <Resources>
      <Item ID="4">
        <Name>Reset</Name><Operations>E</Operations><MultipleInstances>Single</MultipleInstances>
        <Mandatory>Optional</Mandatory><Type></Type><RangeEnumeration/><Units/><Description>x</Description>
      </Item>
      <Item ID="1">
        <Name>Set
              Point</Name><Operations>RW</Operations><MultipleInstances>Multiple</MultipleInstances>
        <Mandatory>Mandatory</Mandatory><Type>Float</Type><RangeEnumeration> -30..50 </RangeEnumeration>
        <Units>Cel</Units><Description></Description>
      </Item>
    </Resources>
    <Description2/>
  </Object>
</LWM2M>)";

std::string replaced(std::string_view what, std::string_view with) {
  std::string xml(kThermostat);
  const auto at = xml.find(what);
  REQUIRE(at != std::string::npos);
  return xml.replace(at, what.size(), with);
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("An object definition file is read") {
  const auto objects = parseObjectXml(kThermostat);
  REQUIRE(objects);
  const ObjectDefinition expected{
      32769,
      "Test & Thermostat",
      "urn:oma:lwm2m:x:32769:1.2",
      {1, 2},
      {1, 1},
      true,
      false,
      {{1, "Set Point", {true, true, false}, true, true, ResourceType::floating, "-30..50", "Cel"},
       {4, "Reset", {false, false, true}, false, false, ResourceType::none, "", ""}}};
  CHECK(*objects == std::vector{expected});
}

TEST_CASE("A file may hold several objects, and leave versions out") {
  std::string xml = replaced("<LWM2MVersion>1.1</LWM2MVersion>", "");
  const auto first = xml.find("  <Object ");
  const std::string object = xml.substr(first, xml.find("</LWM2M>") - first);
  xml.insert(first, object);
  const auto objects = parseObjectXml(xml);
  REQUIRE(objects);
  REQUIRE(objects->size() == 2);
  CHECK((*objects)[1].lwm2mVersion == Version{1, 0});
}

TEST_CASE("Every truncation of an object definition file is refused") {
  testing::everyTruncation(view(kThermostat), [](ByteView part) {
    const auto objects = parseObjectXml(text(part));
    CHECK_FALSE(objects);
  });
}

TEST_CASE("Faults in object definition files are said, with line and column") {
  const std::vector<std::pair<std::string, std::string>> faults{
      {"<ObjectID>32769</ObjectID>", "<ObjectID>65535</ObjectID>"},
      {"<ObjectID>32769</ObjectID>", ""},
      {"<Item ID=\"4\">", "<Item ID=\"x\">"},
      {"<Item ID=\"4\">", "<Item>"},
      {"<Item ID=\"4\">", "<Item ID=\"1\">"},
      {"<Type>Float</Type>", "<Type>Flaot</Type>"},
      {"<Operations>RW</Operations>", "<Operations>RX</Operations>"},
      {"<Mandatory>Mandatory</Mandatory>", "<Mandatory>Maybe</Mandatory>"},
      {"<ObjectVersion>1.2</ObjectVersion>", "<ObjectVersion>1</ObjectVersion>"},
      {"</Item>", "</Itme>"},
      {"<LWM2M ", "<DDF "},
      {"&amp;", "&unknown;"}};
  for (const auto& [what, with] : faults) {
    CAPTURE(with);
    const auto objects = parseObjectXml(replaced(what, with));
    REQUIRE_FALSE(objects);
    CHECK(objects.error().code == Errc::malformed);
    CHECK(objects.error().where.starts_with("line "));
  }
  CHECK(parseObjectXml(replaced("<Type>Float</Type>", "<Type>Flaot</Type>")).error().where.starts_with("line 20"));
  CHECK_FALSE(parseObjectXml(""));
}

TEST_CASE("Entities are not expanded, and nothing outside the file is read", "[test_xxe_injection_failed]") {
  const auto secret = std::filesystem::temp_directory_path() / "isthmus-xxe-test.txt";
  std::ofstream(secret) << "secret";
  const std::string external = "<!DOCTYPE LWM2M [<!ENTITY x SYSTEM \"file://" + secret.string() + "\">]>\n<LWM2M ";
  const std::string parameter = "<!DOCTYPE LWM2M SYSTEM \"file://" + secret.string() + "\">\n<LWM2M ";
  std::string bomb = "<!DOCTYPE LWM2M [<!ENTITY a0 \"ha\">";
  for (int i = 1; i < 40; ++i) {
    const std::string inner = "&a" + std::to_string(i - 1) + ";";
    bomb += "<!ENTITY a" + std::to_string(i) + " \"" + inner + inner + "\">";
  }
  bomb += "]>\n<LWM2M ";
  for (const auto& [start, entity] :
       {std::pair(external, "&x;"), std::pair(parameter, "&amp;"), std::pair(bomb, "&a39;")}) {
    std::string xml = replaced("<LWM2M ", start);
    xml.replace(xml.find("&amp;"), 5, entity);
    const auto objects = parseObjectXml(xml);
    REQUIRE_FALSE(objects);
    CHECK(objects.error().text().find("secret") == std::string::npos);
  }
  std::filesystem::remove(secret);
}

namespace {

// A place where a copy of the OMNA registry may stand; these tests have nothing to compare with elsewhere.
const std::filesystem::path kRegistry = "../shared/lwm2m-registry";

std::vector<std::string> registryFiles() {
  std::vector<std::string> files;
  for (const auto& folder : {kRegistry / "version_history", kRegistry})
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string stem = entry.path().stem().string();
      const bool isObject = stem.find_first_not_of("0123456789-_") == std::string::npos;
      if (entry.path().extension() == ".xml" && isObject) files.push_back(contents(entry.path()));
    }
  return files;
}

}  // namespace

TEST_CASE("The OMNA registry's files are read, and say what the built-in table says") {
  if (!std::filesystem::exists(kRegistry)) {
    WARN("SKIPPED: The OMNA registry's files are read: " << kRegistry << " is not there");
    return;
  }
  const auto files = registryFiles();
  CHECK(files.size() > 700);
  ObjectRegistry registry;
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& xml : files) {
    auto objects = parseObjectXml(xml);
    if (!objects) FAIL(objects.error().text());
    for (ObjectDefinition& object : *objects) registry.add(std::move(object));
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::cout << files.size() << " object definition files in " << took.count() << " ms, " << registry.size()
            << " definitions\n";

  const ObjectRegistry builtin = ObjectRegistry::builtin();
  for (const ObjectDefinition* known : builtin.all()) {
    CAPTURE(known->id, known->version.toString());
    const ObjectDefinition* said = registry.find(known->id, known->version);
    REQUIRE(said != nullptr);
    CHECK(*said == *known);
  }
}
