#include "ipe/status/device_codes.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>

namespace isthmus::status {
namespace {

// The CoAP Response Codes registry of IANA, classes 4 and 5: RFC 7252, 7959, 8132, 8516, 8768.
const std::set<std::string> kRegistered = {"4.00", "4.01", "4.02", "4.03", "4.04", "4.05", "4.06",
                                           "4.08", "4.09", "4.12", "4.13", "4.15", "4.22", "4.29",
                                           "5.00", "5.01", "5.02", "5.03", "5.04", "5.05", "5.08"};

TEST_CASE("every registered code of a refusal has a name, an HTTP status and advice") {
  std::set<std::string> known;
  for (const DeviceCode& row : deviceCodes()) {
    INFO(row.code);
    CHECK(known.emplace(row.code).second);
    CHECK(row.name.size() > 3);
    CHECK(row.advice.size() > 20);
    CHECK(row.advice.ends_with('.'));
    // A refusal of class 4 is the asker's to mend; one of class 5 never looks like a fault of our own.
    CHECK(row.status >= (row.code.starts_with('4') ? 400 : 501));
    CHECK(row.status <= (row.code.starts_with('4') ? 429 : 504));
  }
  CHECK(known == kRegistered);
}

TEST_CASE("a code that nobody registered counts as the first of its class") {
  CHECK(deviceCode("4.31")->code == "4.00");
  CHECK(deviceCode("5.31")->code == "5.00");
  CHECK(deviceCode("4.04")->name == "Not Found");
  for (const char* none : {"", "2.05", "4", "7.00", "4.5"}) CHECK_FALSE(deviceCode(none));
  CommandView command;
  command.state = "failed";
  command.code = "4.31";
  const Reply reply = problem(command);
  CHECK(reply.status == 400);
  CHECK_THAT(reply.body, Catch::Contains("The device answered 4.31. "));
  CHECK_THAT(reply.body, !Catch::Contains("Bad Request\",\"diagnostic"));
}

TEST_CASE("without an answer it is a gateway's timeout, and without an understandable one a bad gateway") {
  struct {
    const char *state, *error;
    int status;
  } const rows[] = {{"expired", "", 504},         {"waiting", "", 504},       {"failed", "timeout", 504},
                    {"failed", "malformed", 502}, {"failed", "refused", 502}, {"failed", "", 502}};
  for (const auto& row : rows) {
    INFO(row.state << " " << row.error);
    CommandView command;
    command.state = row.state;
    command.error = row.error;
    command.reason = "no answer";
    CHECK(problem(command).status == row.status);
  }
}

}  // namespace
}  // namespace isthmus::status
