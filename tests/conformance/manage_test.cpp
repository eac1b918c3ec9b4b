// Execute, Create, Delete, Discover.
#include "tests/conformance/bench.h"

using namespace isthmus;
using namespace isthmus::conformance;
using lwm2m::Value;

namespace {

std::vector<std::string> linksOf(const Outcome& outcome) {
  REQUIRE(outcome);
  REQUIRE(outcome->code == lwm2m::coap::code::kContent);
  std::vector<std::string> targets;
  for (const auto& link : outcome->links) targets.push_back(link.target);
  return targets;
}

}  // namespace

TEST_CASE("cannot_execute_read_only_resource: not allowed", "[leshan:ExecuteTest.cannot_execute_read_only_resource]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/3/0/0")) == "4.05");
}

TEST_CASE("cannot_execute_read_write_resource: not allowed",
          "[leshan:ExecuteTest.cannot_execute_read_write_resource]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/3/0/13")) == "4.05");
}

TEST_CASE("cannot_execute_nonexisting_resource_on_existing_object: not found",
          "[leshan:ExecuteTest.cannot_execute_nonexisting_resource_on_existing_object]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/3/0/9999")) == "4.04");
}

TEST_CASE("cannot_execute_nonexisting_resource_on_non_existing_object: not found",
          "[leshan:ExecuteTest.cannot_execute_nonexisting_resource_on_non_existing_object]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/9999/0/0")) == "4.04");
}

TEST_CASE("cannot_execute_security_object: unauthorized", "[leshan:ExecuteTest.cannot_execute_security_object]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/0/0/0")) == "4.01");
}

TEST_CASE("can_execute_resource: reset of the error codes, and of the test object's values",
          "[leshan:ExecuteTest.can_execute_resource]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/3/0/12")) == "2.04");
  REQUIRE(bench.codeOf(writeOne("/3442/0/110", "other")) == "2.04");
  CHECK(bench.codeOf(execute("/3442/0/0")) == "2.04");
  CHECK(bench.valueOf(read("/3442/0/110")) == Value(std::string("initial value")));
}

TEST_CASE("can_execute_resource_with_parameters: they arrive as they were given",
          "[leshan:ExecuteTest.can_execute_resource_with_parameters]") {
  Bench bench;
  CHECK(bench.codeOf(execute("/3442/0/3", "0='a=b,c',4,2=''")) == "2.04");
  const std::vector<lwm2m::Record> arguments{record("/3442/0/4/0", "a=b,c"), record("/3442/0/4/2", ""),
                                             record("/3442/0/4/4", "")};
  CHECK(bench.ask(read("/3442/0/4"))->records == arguments);
}

TEST_CASE("can_create_instance_without_instance_id: the device chooses it and says so",
          "[leshan:CreateTest.can_create_instance_without_instance_id]") {
  Bench bench;
  const auto outcome = bench.ask(create("/3442", {record("/3442/0/110", "mine")}));
  REQUIRE(outcome);
  CHECK(outcome->code == lwm2m::coap::code::kCreated);
  REQUIRE(outcome->created);
  CHECK(*outcome->created == at("/3442/1"));
  CHECK(bench.valueOf(read("/3442/1/110")) == Value(std::string("mine")));
}

TEST_CASE("can_create_instance_with_id: the new instance is declared with an Update",
          "[leshan:CreateTest.can_create_instance_with_id]") {
  Bench bench;
  for (const auto& [id, format] :
       {std::pair("/3442/12", Format::tlv), {"/3442/13", Format::senmlJson}, {"/3442/14", Format::senmlCbor}}) {
    INFO(lwm2m::name(format));
    const auto path = std::string(id) + "/110";
    CHECK(bench.codeOf(create(id, {record(path, "mine")}, format)) == "2.01");
    CHECK(bench.valueOf(read(path)) == Value(std::string("mine")));
    REQUIRE(bench.server.await([&](const Told& told) {
      return told.changes.back().registration.objectLinks.view().find("<" + std::string(id) + ">") != std::string::npos;
    }));
  }
}

TEST_CASE("can_create_2_instances_of_object: one after the other",
          "[leshan:CreateTest.can_create_2_instances_of_object]") {
  Bench bench;
  CHECK(bench.codeOf(create("/3442/12", {record("/3442/12/110", "one")})) == "2.01");
  CHECK(bench.codeOf(create("/3442/13", {record("/3442/13/110", "two")})) == "2.01");
  CHECK(bench.valueOf(read("/3442/12/110")) == Value(std::string("one")));
  CHECK(bench.valueOf(read("/3442/13/110")) == Value(std::string("two")));
  CHECK(bench.codeOf(create("/3442/13", {record("/3442/13/110", "again")})) == "4.00");
}

TEST_CASE("cannot_create_instance_without_all_required_resources: 4.00, and nothing is there afterwards",
          "[leshan:CreateTest.cannot_create_instance_without_all_required_resources]") {
  Bench bench;
  CHECK(bench.codeOf(create("/11/7", {record("/11/7/1", "internet")}, Format::senmlJson)) == "4.00");
  CHECK(bench.codeOf(read("/11/7")) == "4.04");
}

TEST_CASE("cannot_create_mandatory_single_object: there is one Device",
          "[leshan:CreateFailedTest.cannot_create_mandatory_single_object][oma:680]") {
  Bench bench;
  CHECK(bench.codeOf(create("/3/1", {record("/3/1/13", Value(lwm2m::Time{0}))})) == "4.05");
  CHECK(bench.codeOf(read("/3/1")) == "4.04");
}

TEST_CASE("cannot_create_instance_of_security_object: unauthorized",
          "[leshan:CreateFailedTest.cannot_create_instance_of_security_object]") {
  Bench bench;
  CHECK(bench.codeOf(create("/0/1", {record("/0/1/0", "coap://x")}, Format::senmlJson)) == "4.01");
}

TEST_CASE("cannot_create_instance_of_absent_object: not found",
          "[leshan:CreateFailedTest.cannot_create_instance_of_absent_object]") {
  Bench bench;
  CHECK(bench.codeOf(create("/9999/1", {record("/9999/1/0", "x")}, Format::senmlJson)) == "4.04");
}

TEST_CASE("delete_created_object_instance: it is gone", "[leshan:DeleteTest.delete_created_object_instance]") {
  Bench bench;
  REQUIRE(bench.codeOf(create("/3442/12", {record("/3442/12/110", "one")})) == "2.01");
  CHECK(bench.codeOf(deleteAt("/3442/12")) == "2.02");
  CHECK(bench.codeOf(read("/3442/12")) == "4.04");
}

TEST_CASE("cannot_delete_unknown_object_instance: not found",
          "[leshan:DeleteTest.cannot_delete_unknown_object_instance]") {
  Bench bench;
  CHECK(bench.codeOf(deleteAt("/3442/12")) == "4.04");
}

TEST_CASE("cannot_delete_device_object_instance: not allowed",
          "[leshan:DeleteTest.cannot_delete_device_object_instance][oma:685]") {
  Bench bench;
  CHECK(bench.codeOf(deleteAt("/3/0")) == "4.05");
  CHECK(bench.codeOf(read("/3/0")) == "2.05");
}

TEST_CASE("cannot_delete_security_object_instance: unauthorized",
          "[leshan:DeleteTest.cannot_delete_security_object_instance]") {
  Bench bench;
  CHECK(bench.codeOf(deleteAt("/0/0")) == "4.01");
}

TEST_CASE("cannot_delete_resource: only instances, and since 1.2 resource instances",
          "[leshan:DeleteClientOnlyTest.cannot_delete_resource]") {
  Bench bench;
  CHECK(bench.codeOf(deleteAt("/3442/0/110")) == "4.00");
  CHECK(bench.codeOf(read("/3442/0/110")) == "2.05");
}

TEST_CASE("A Portfolio instance is created, and deleted again", "[oma:1630][oma:1635]") {
  Bench bench;
  const std::vector<lwm2m::Record> identity{
      record("/16/0/0/0", "Host Device ID #1"), record("/16/0/0/1", "Host Device Manufacturer #1"),
      record("/16/0/0/2", "Host Device Model #1"), record("/16/0/0/3", "Host Device Software Version #1")};
  CHECK(bench.codeOf(create("/16/0", identity)) == "2.01");
  CHECK(bench.ask(read("/16/0/0"))->records == identity);
  CHECK(bench.codeOf(deleteAt("/16/0")) == "2.02");
  CHECK(bench.codeOf(read("/16/0")) == "4.04");
}

TEST_CASE("A resource instance is deleted, since 1.2") {
  Bench bench(fullClient({1, 2}));
  CHECK(bench.codeOf(deleteAt("/3442/0/1110/1")) == "2.02");
  CHECK(bench.codeOf(read("/3442/0/1110/1")) == "4.04");
  CHECK(bench.codeOf(read("/3442/0/1110/0")) == "2.05");
}

TEST_CASE("can_discover_object: its instances and their resources, with the attributes attached",
          "[leshan:DiscoverTest.can_discover_object][oma:260]") {
  Bench bench;
  REQUIRE(bench.codeOf(attributes("/3", "pmin=10&pmax=200")) == "2.04");
  REQUIRE(bench.codeOf(attributes("/3/0/9", "gt=50&lt=20")) == "2.04");
  const auto outcome = bench.ask(discover("/3"));
  const auto targets = linksOf(outcome);
  CHECK(targets[0] == "/3");
  CHECK(targets[1] == "/3/0");
  for (const auto* path : {"/3/0/0", "/3/0/4", "/3/0/9", "/3/0/11", "/3/0/16"})
    CHECK(std::count(targets.begin(), targets.end(), path) == 1);
  CHECK(outcome->links[0].attribute("pmin")->value == "10");
  CHECK(outcome->links[0].attribute("ver")->value == "1.2");
  const auto battery = std::find(targets.begin(), targets.end(), "/3/0/9") - targets.begin();
  CHECK(outcome->links[static_cast<std::size_t>(battery)].attribute("gt")->value == "50");
  CHECK(linksOf(bench.ask(discover("/3/0/9"))) == std::vector<std::string>{"/3/0/9"});
}

TEST_CASE("cant_discover_non_existent_object: not found", "[leshan:DiscoverTest.cant_discover_non_existent_object]") {
  Bench bench;
  CHECK(bench.codeOf(discover("/50")) == "4.04");
}

TEST_CASE("can_discover_object_instance: its resources", "[leshan:DiscoverTest.can_discover_object_instance]") {
  Bench bench;
  CHECK(linksOf(bench.ask(discover("/3342/0"))) == std::vector<std::string>{"/3342/0", "/3342/0/5500", "/3342/0/5501",
                                                                            "/3342/0/5750", "/3342/0/5852",
                                                                            "/3342/0/5854"});
}

TEST_CASE("cant_discover_non_existent_instance: not found",
          "[leshan:DiscoverTest.cant_discover_non_existent_instance]") {
  Bench bench;
  CHECK(bench.codeOf(discover("/3/7")) == "4.04");
}

TEST_CASE("can_discover_single_resource: itself", "[leshan:DiscoverTest.can_discover_single_resource]") {
  Bench bench;
  CHECK(linksOf(bench.ask(discover("/3/0/0"))) == std::vector<std::string>{"/3/0/0"});
}

TEST_CASE("can_discover_multi_instance_resource: how many instances there are, and which",
          "[leshan:DiscoverTest.can_discover_multi_instance_resource]") {
  Bench bench;
  const auto outcome = bench.ask(discover("/3/0/7"));
  CHECK(linksOf(outcome) == std::vector<std::string>{"/3/0/7", "/3/0/7/0", "/3/0/7/1"});
  CHECK(outcome->links[0].attribute("dim")->value == "2");
}

TEST_CASE("cant_discover_resource_of_non_existent_object: not found",
          "[leshan:DiscoverTest.cant_discover_resource_of_non_existent_object]") {
  Bench bench;
  CHECK(bench.codeOf(discover("/50/0/0")) == "4.04");
}

TEST_CASE("cant_discover_resource_of_non_existent_instance: not found",
          "[leshan:DiscoverTest.cant_discover_resource_of_non_existent_instance]") {
  Bench bench;
  CHECK(bench.codeOf(discover("/3/1/0")) == "4.04");
}

TEST_CASE("cant_discover_resource_of_non_existent_instance_and_resource: not found",
          "[leshan:DiscoverTest.cant_discover_resource_of_non_existent_instance_and_resource]") {
  Bench bench;
  CHECK(bench.codeOf(discover("/3/1/20000")) == "4.04");
}

TEST_CASE("cant_discover_resource_of_non_existent_resource: not found",
          "[leshan:DiscoverTest.cant_discover_resource_of_non_existent_resource]") {
  Bench bench;
  CHECK(bench.codeOf(discover("/3/0/20000")) == "4.04");
}

TEST_CASE("Discover with depth 1 goes one level down", "[oma:264]") {
  Bench bench(fullClient({1, 2}));
  CHECK(linksOf(bench.ask(discover("/3", 1))) == std::vector<std::string>{"/3", "/3/0"});
  CHECK(linksOf(bench.ask(discover("/3/0/7", 0))) == std::vector<std::string>{"/3/0/7"});
  CHECK(bench.device().asked()->front().queries == std::vector<std::string>{"depth=1"});
}

TEST_CASE("Discover with depth 3 goes down to the resource instances", "[oma:266]") {
  Bench bench(fullClient({1, 2}));
  const auto targets = linksOf(bench.ask(discover("/3", 3)));
  for (const auto* path : {"/3", "/3/0", "/3/0/7", "/3/0/7/0", "/3/0/7/1"})
    CHECK(std::count(targets.begin(), targets.end(), path) == 1);
}
