#include "lwm2m/codec/discovery.h"

#include "tests/support/vectors.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::lwm2m;

namespace {

using Paths = std::vector<DiscoveredPath>;

struct Row {
  std::string title;
  std::string payload;
  Paths paths;
  std::string rootPath = {};
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"nothing", "", {}},
      {"an object with its version, instances and resources",
       "</3>;ver=1.1;pmin=10;pmax=60,</3/0>,</3/0/0>,</3/0/6>;dim=8",
       {{.path = Path(3), .version = Version{1, 1}, .attributes = {.pmin = 10, .pmax = 60}},
        {.path = Path(3, 0)},
        {.path = Path(3, 0, 0)},
        {.path = Path(3, 0, 6), .dim = 8}}},
      {"a resource with every notification attribute",
       "</3303/0/5700>;pmin=1;pmax=2;epmin=3;epmax=4;gt=5.5;lt=-6.5;st=0.5;con=1;hqmax=7",
       {{.path = Path(3303, 0, 5700),
         .attributes = {.pmin = 1,
                        .pmax = 2,
                        .epmin = 3,
                        .epmax = 4,
                        .gt = 5.5,
                        .lt = -6.5,
                        .st = 0.5,
                        .con = true,
                        .hqmax = 7}}}},
      {"resource instances",
       "</3/0/7/0>;edge=0,</3/0/7/1>",
       {{.path = Path(3, 0, 7, 0), .attributes = {.edge = false}}, {.path = Path(3, 0, 7, 1)}}},
      {"server accounts, as at bootstrap",
       "</>;lwm2m=1.1,</0/0>;ssid=101;uri=\"coaps://h:5684\",</0/1>,</1/0>;ssid=101,</5>",
       {{.path = Path(), .lwm2mVersion = Version{1, 1}},
        {.path = Path(0, 0), .ssid = 101, .uri = "coaps://h:5684"},
        {.path = Path(0, 1)},
        {.path = Path(1, 0), .ssid = 101},
        {.path = Path(5)}}},
      {"quoted versions and numbers",
       "</3>;ver=\"1.2\",</1/0>;ssid=\"1\"",
       {{.path = Path(3), .version = Version{1, 2}}, {.path = Path(1, 0), .ssid = 1}}},
      {"white space, other attributes and other targets",
       "</3/0>;title=\"x\";obs, </sensors/t>;ct=0",
       {{.path = Path(3, 0)}}},
      {"an alternate root",
       "</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/3/0>;pmin=1,</3/0/9>",
       {{.path = Path()}, {.path = Path(3, 0), .attributes = {.pmin = 1}}},
       "/lwm2m"},
      {"an end device of a gateway", "</dev1/3303/0>,</dev2/3303/0>", {{.path = Path(3303, 0)}}, "/dev1"},
  };
  return table;
}

}  // namespace

TEST_CASE("A Discover answer says paths and what is attached to them, at every truncation") {
  for (const Row& row : rows()) {
    DYNAMIC_SECTION(row.title) {
      const auto paths = parseDiscovery(row.payload, row.rootPath);
      if (!paths) FAIL(paths.error().text());
      CHECK(*paths == row.paths);
      testing::everyTruncation(view(row.payload), [&](ByteView part) {
        const auto some = parseDiscovery(text(part), row.rootPath);
        if (some) CHECK(some->size() <= row.paths.size());
      });
    }
  }
}

TEST_CASE("Invalid values of attributes are refused with their place",
          "[check_invalid_values][check_attribute_with_no_value_failed]"
          "[check_attribute_can_not_be_created_with_null_value]") {
  const auto [payload, where] = GENERATE(table<std::string, std::string>({{"</3>;ver", "/3;ver"},
                                                                          {"</3>;ver=1", "/3;ver"},
                                                                          {"</3>;ver=a.b", "/3;ver"},
                                                                          {"</3/0/6>;dim=256", "/3/0/6;dim"},
                                                                          {"</3/0/6>;dim=-1", "/3/0/6;dim"},
                                                                          {"</3/0/6>;dim", "/3/0/6;dim"},
                                                                          {"</1/0>;ssid=0", "/1/0;ssid"},
                                                                          {"</1/0>;ssid=65536", "/1/0;ssid"},
                                                                          {"</0/0>;uri", "/0/0;uri"},
                                                                          {"</>;lwm2m=2", "/;lwm2m"},
                                                                          {"</3/0>,</3/0/9>;pmin", "/3/0/9;pmin"},
                                                                          {"</3/0/9>;pmin=1.5", "/3/0/9;pmin"},
                                                                          {"</3/0/9>;gt=1e3", "/3/0/9;gt"}}));
  CAPTURE(payload);
  const auto paths = parseDiscovery(payload);
  REQUIRE_FALSE(paths);
  CHECK(paths.error().code == Errc::malformed);
  CHECK(paths.error().where == where);
}
