#include "lwm2m/model/notification_attributes.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

NotificationAttributes set(std::string_view query) {
  const auto change = parseAttributes(query);
  if (!change) FAIL(change.error().text());
  CHECK(change->unset.empty());
  return change->set;
}

std::string faults(const std::vector<Error>& list) {
  std::string text;
  for (const Error& fault : list) text += fault.where + ": " + fault.message + "\n";
  return text;
}

struct Row {
  std::string query;  // as it is written
  NotificationAttributes set;
  std::vector<std::string> unset;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"", {}, {}},
      {"pmin=10&pmax=60", {.pmin = 10, .pmax = 60}, {}},
      {"epmin=1&epmax=2", {.epmin = 1, .epmax = 2}, {}},
      {"gt=25.5&lt=-30.55&st=0", {.gt = 25.5, .lt = -30.55, .st = 0}, {}},
      {"edge=1&con=0&hqmax=100", {.edge = true, .con = false, .hqmax = 100}, {}},
      {"pmax=60&gt=2&pmin", {.pmax = 60, .gt = 2}, {"pmin"}},
      {"gt", {}, {"gt"}},
      {"st=0.0000001", {.st = 1e-7}, {}},
      {"gt=10000000000000000905969664", {.gt = 1e25}, {}},
      {"pmin=4294967295", {.pmin = 4294967295U}, {}},
  };
  return table;
}

}  // namespace

TEST_CASE("Notification attributes are read from a query and written as one",
          "[should_provide_query_params][no_value_to_unset][should_to_string][check_multiple_valid_attributes]"
          "[check_attribute_can_be_created_with_null_value]") {
  for (const Row& row : rows()) {
    CAPTURE(row.query);
    const auto change = parseAttributes(row.query);
    REQUIRE(change);
    CHECK(change->set == row.set);
    CHECK(change->unset == row.unset);
    CHECK(toQuery(row.set, row.unset) == row.query);
  }
}

TEST_CASE("Attributes may come in any order", "[check_one_valid_attribute]") {
  CHECK(parseAttributes("pmin&pmax=60&gt=2").value() == AttributeChange{{.pmax = 60, .gt = 2}, {"pmin"}});
  CHECK(set("lt=-30.55") == NotificationAttributes{.lt = -30.55});
  CHECK(set("gt=-0") == NotificationAttributes{.gt = 0});
  CHECK(toQuery(set("gt=-0")) == "gt=0");
  CHECK(set("gt=007.50") == NotificationAttributes{.gt = 7.5});
}

TEST_CASE("Invalid attributes are refused with their name",
          "[check_invalid_attributes][should_throw_on_duplicates][should_throw_on_pmin_lesser_than_zero]"
          "[should_throw_on_pmax_lesser_than_zero][should_throw_on_epmin_lesser_than_zero]"
          "[should_throw_on_epmax_lesser_than_zero][should_throw_on_step_lesser_than_zero]") {
  const auto [query, where] = GENERATE(table<std::string, std::string>({{"pmin=", "pmin"},
                                                                        {"pmin=1.9", "pmin"},
                                                                        {"pmin=1e3", "pmin"},
                                                                        {"pmin=+1", "pmin"},
                                                                        {"pmin=4294967296", "pmin"},
                                                                        {"pmin=-1", "pmin"},
                                                                        {"pmax=-2", "pmax"},
                                                                        {"epmin=-1", "epmin"},
                                                                        {"epmax=-1", "epmax"},
                                                                        {"st=-6", "st"},
                                                                        {"gt=1e3", "gt"},
                                                                        {"gt=.5", "gt"},
                                                                        {"gt=5.", "gt"},
                                                                        {"gt=inf", "gt"},
                                                                        {"gt=--1", "gt"},
                                                                        {"gt=", "gt"},
                                                                        {"edge=2", "edge"},
                                                                        {"con=true", "con"},
                                                                        {"hqmax=x", "hqmax"},
                                                                        {"&pmin&pmax=60&gt=2&", ""},
                                                                        {"pmin=1&", ""},
                                                                        {"pmin=1&&pmax=2", ""},
                                                                        {"PMIN=1", "PMIN"},
                                                                        {"ver=1.1", "ver"},
                                                                        {"pmin=1&pmin=1", "pmin"},
                                                                        {"pmin=1&pmin", "pmin"}}));
  CAPTURE(query);
  const auto change = parseAttributes(query);
  REQUIRE_FALSE(change);
  CHECK(change.error().code == Errc::malformed);
  CHECK(change.error().where == where);
}

TEST_CASE("Query parameters do not use scientific notation", "[test_query_params_does_not_use_scientific_notation]") {
  CHECK(toParameters({.pmin = 5, .gt = 1e-7, .lt = -1e21}, std::vector<std::string>{"st"}) ==
        std::vector<std::string>{"pmin=5", "gt=0.0000001", "lt=-1000000000000000000000", "st"});
}

TEST_CASE("The attributes of a link are its notification attributes and no others") {
  const Link link{"/3/0/9", {{"ver", "1.1"}, {"pmin", "5"}, {"gt", "-30.5"}, {"title", std::nullopt}}};
  CHECK(notificationAttributes(link).value() == NotificationAttributes{.pmin = 5, .gt = -30.5});
  CHECK(notificationAttributes({"/3/0/9", {{"pmin", "x"}}}).error().where == "pmin");
  CHECK(notificationAttributes({"/3/0/9", {{"pmin", std::nullopt}}}).error().where == "pmin");
}

TEST_CASE("A lower level's attributes hold before those of the level above", "[should_merge]") {
  const NotificationAttributes upper{.pmin = 1, .pmax = 2, .con = true};
  const NotificationAttributes lower{.pmin = 5, .gt = 3.5};
  CHECK(inherited(upper, lower) == NotificationAttributes{.pmin = 5, .pmax = 2, .gt = 3.5, .con = true});
  CHECK(inherited({}, lower) == lower);
  CHECK(inherited(upper, {}) == upper);
}

TEST_CASE("Attributes that stand against each other are named",
          "[should_throw_on_pmin_greater_than_pmax][should_throw_on_epmin_greater_than_pmax]"
          "[should_throw_on_lt_greater_than_gt][should_throw_on_gt_equals_lt]"
          "[should_throw_on_invalid_lt_gt_st_combination]") {
  CHECK(faults(checkValues(set("pmin=5&pmax=5&epmin=1&epmax=2&lt=1&gt=4&st=1.4"))).empty());
  CHECK(faults(checkValues(set("gt=-5"))).empty());
  CHECK(faults(checkValues(set("pmin=6&pmax=5"))) == "pmin: pmin must not be above pmax\n");
  CHECK(faults(checkValues(set("epmin=6&epmax=5"))) == "epmin: epmin must be below epmax\n");
  CHECK(faults(checkValues(set("epmin=5&epmax=5"))) == "epmin: epmin must be below epmax\n");
  CHECK(faults(checkValues(set("lt=5&gt=4"))) == "lt: lt must be below gt\n");
  CHECK(faults(checkValues(set("lt=5&gt=5&st=9"))) == "lt: lt must be below gt\n");
  CHECK(faults(checkValues(set("lt=1&gt=5&st=2"))) == "st: lt + 2 * st must be below gt\n");
  CHECK(faults(checkValues({.st = -1.0})) == "st: st is 0 or more\n");
  CHECK(faults(checkValues({.gt = std::numeric_limits<double>::quiet_NaN()})) == "gt: gt is no number\n");
  CHECK(checkValues(set("pmin=6&pmax=5&epmin=5&epmax=5&lt=5&gt=5")).size() == 3);
}

TEST_CASE("Attributes are attached only where they mean something",
          "[should_validate_assignation][should_throw_on_invalid_assignation_level]") {
  using Type = ResourceType;
  const auto any = set("pmin=1&pmax=2&epmin=3&epmax=4&con=1&hqmax=5");
  for (const Path& path : {Path(3303), Path(3303, 0), Path(3303, 0, 5700), Path(3, 0, 7, 1)})
    CHECK(faults(checkTarget(any, path, Type::string)).empty());
  CHECK(faults(checkTarget(any, Path(), Type::none)) == "hqmax: hqmax is not for composite observations\n");
  CHECK(faults(checkTarget(set("gt=1&edge=1"), Path(3303, 0), Type::none)) ==
        "gt: gt is for one resource\nedge: edge is for one resource\n");
  CHECK(faults(checkTarget(set("st=1"), Path(), Type::none)) == "st: st is for one resource\n");
  for (const Type type : {Type::none, Type::integer, Type::unsignedInteger, Type::floating, Type::time})
    CHECK(faults(checkTarget(set("gt=1&lt=0&st=0.1"), Path(3303, 0, 5700), type)).empty());
  CHECK(faults(checkTarget(set("lt=1"), Path(3, 0, 7, 1), Type::string)) == "lt: lt is for numbers\n");
  CHECK(faults(checkTarget(set("edge=0"), Path(3342, 0, 5500), Type::boolean)).empty());
  CHECK(faults(checkTarget(set("edge=0"), Path(3342, 0, 5500), Type::none)).empty());
  CHECK(faults(checkTarget(set("edge=0"), Path(3303, 0, 5700), Type::floating)) == "edge: edge is for booleans\n");
}

TEST_CASE("An attribute is assigned by its name, as text", "[should_pick_correct_model][should_get_map]") {
  NotificationAttributes attributes;
  CHECK(assign(attributes, "pmin", "5"));
  CHECK(assign(attributes, "pmin", "6"));
  CHECK(attributes == NotificationAttributes{.pmin = 6});
  CHECK(assign(attributes, "pmon", "6").error().where == "pmon");
  CHECK(toPairs(attributes) == std::vector<std::pair<std::string_view, std::string>>{{"pmin", "6"}});
}
