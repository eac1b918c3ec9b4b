#include "onem2m/client/notified_place.h"

#include "onem2m/client/cse_client.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/onem2m_client/scripted_connection.h"

#include <catch2/catch.hpp>

using namespace isthmus;
using namespace isthmus::onem2m;
using isthmus::onem2m::testing::says;
using isthmus::onem2m::testing::Script;
using isthmus::onem2m::testing::ScriptedConnection;
using isthmus::onem2m::testing::Step;

TEST_CASE("a structured address says where its subscription stands") {
  CseSettings settings;
  const NotifiedPlace cmd{"bar-1", "cmd"}, deep{"bar-1", "3311/0/5850"};
  CHECK(placeInAddress(settings, "cse-in/bar-1/cmd/isthmus") == cmd);
  CHECK(placeInAddress(settings, "/id-in/cse-in/bar-1/cmd/isthmus") == cmd);
  CHECK(placeInAddress(settings, "cse-in/bar-1/3311/0/5850/isthmus") == deep);
  for (const char* none : {"", "/id-in/sub123", "cse-in", "cse-in/bar-1", "cse-in/bar-1/sub", "other/bar-1/cmd/isthmus",
                           "cse-in//cmd/isthmus"})
    CHECK_FALSE(placeInAddress(settings, none));
  settings.layout = Layout::singleAe;
  CHECK(placeInAddress(settings, "cse-in/isthmus/bar-1/cmd/isthmus") == cmd);
  CHECK_FALSE(placeInAddress(settings, "cse-in/bar-1/cmd/isthmus"));
}

TEST_CASE("a subscription's label says where it stands, and comes back") {
  const NotifiedPlace place{"bar-1", "3311/0/5850"};
  CHECK(placeLabel(place) == "Isthmus-Place:bar-1/3311/0/5850");
  CHECK(placeInLabels({"x", placeLabel(place)}) == place);
  for (const char* none : {"Isthmus-Place:", "Isthmus-Place:bar-1", "Isthmus-Place:/cmd", "Isthmus-Place:bar-1/", "y"})
    CHECK_FALSE(placeInLabels({none}));
}

TEST_CASE("the CSE is asked about a subscription that it names by its id only") {
  struct Row {
    Result<ResponsePrimitive> answer;
    bool known, failed;
  };
  const auto row = GENERATE(
      values<Row>({{says(2000, R"({"m2m:sub":{"rn":"isthmus","lbl":["Isthmus-Place:bar-1/cmd"]}})"), true, false},
                   {says(2000, R"({"m2m:sub":{"rn":"other"}})"), false, false},
                   {says(4004), false, false},
                   {says(4103), false, false},
                   {says(5000), false, true},
                   {fail(Errc::timeout, "late"), false, true}}));
  Script script({{"RETRIEVE /id-in/sub123 CIsthmus", row.answer}});
  const CseSettings settings;
  CseProfile profile;
  const isthmus::testing::FakeClock clock;
  CseClient client{std::make_unique<ScriptedConnection>(script), settings, profile, clock};
  const auto place = client.placeOf("/id-in/sub123");
  CHECK(place.has_value() != row.failed);
  if (place) CHECK(place->has_value() == row.known);
  CHECK(client.placeOf("cse-in/bar-1/cmd/isthmus")->has_value());  // without asking
}

TEST_CASE("a place's subscription is looked for, and its address is what notifications say") {
  struct Row {
    Result<ResponsePrimitive> answer;
    std::optional<std::string> address;
    std::optional<Errc> error;
  };
  const auto row = GENERATE(values<Row>({{says(2000, R"({"m2m:sub":{"ri":"sub12"}})"), "/id-in/sub12", {}},
                                         {says(4004), {}, {}},
                                         {says(4103), {}, Errc::refused},
                                         {says(5000), {}, Errc::unavailable},
                                         {fail(Errc::timeout, "late"), {}, Errc::unavailable}}));
  Script script({{"RETRIEVE cse-in/bar-1/cmd/isthmus CIsthmus", row.answer}});
  const CseSettings settings;
  CseProfile profile;
  const isthmus::testing::FakeClock clock;
  CseClient client{std::make_unique<ScriptedConnection>(script), settings, profile, clock};
  const auto found = client.subscriptionAt({"bar-1", "cmd"});
  CHECK(found.has_value() != row.error.has_value());
  if (found) CHECK(*found == row.address);
  if (row.error) CHECK(found.error().code == *row.error);
}
