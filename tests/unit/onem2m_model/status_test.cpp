#include "onem2m/model/status.h"

#include <catch2/catch.hpp>

using namespace isthmus::onem2m;

TEST_CASE("a responseStatusCode travels in the HTTP status of TS-0009 6.3.2", "[spec:ts-0009-6.3.2]") {
  struct Row {
    int status;
    int http;
  };
  const auto row =
      GENERATE(Row{1000, 202}, Row{2000, 200}, Row{2001, 201}, Row{2002, 200}, Row{2004, 200}, Row{4000, 400},
               Row{4001, 501}, Row{4004, 404}, Row{4005, 405}, Row{4008, 504}, Row{4015, 415}, Row{4102, 400},
               Row{4103, 403}, Row{4105, 409}, Row{4106, 403}, Row{4107, 403}, Row{4117, 403}, Row{4126, 403},
               Row{5000, 500}, Row{5001, 501}, Row{5103, 404}, Row{5204, 500}, Row{5207, 406});
  CAPTURE(row.status);
  CHECK(httpStatusOf(row.status) == row.http);
  CHECK_FALSE(statusName(row.status).empty());
}

TEST_CASE("a responseStatusCode that nobody knows is an internal error", "[spec:ts-0009-6.3.2]") {
  CHECK(httpStatusOf(4999) == 500);
  CHECK(httpStatusOf(0) == 500);
  CHECK(statusName(4999).empty());
}

TEST_CASE("an HTTP status without X-M2M-RSC says what it can, and else stays itself") {
  struct Row {
    int http;
    Operation operation;
    int status;
  };
  const auto row = GENERATE(
      Row{201, Operation::create, 2001}, Row{200, Operation::retrieve, 2000}, Row{200, Operation::update, 2004},
      Row{204, Operation::update, 2004}, Row{200, Operation::remove, 2002}, Row{200, Operation::notify, 2000},
      Row{200, Operation::create, 200}, Row{201, Operation::retrieve, 201}, Row{302, Operation::retrieve, 302},
      Row{400, Operation::create, 400}, Row{401, Operation::create, 401}, Row{403, Operation::create, 4103},
      Row{404, Operation::create, 4004}, Row{409, Operation::create, 4105}, Row{413, Operation::create, 413},
      Row{429, Operation::create, 429}, Row{500, Operation::create, 5000}, Row{503, Operation::create, 503});
  CAPTURE(row.http);
  CHECK(statusOfHttp(row.http, row.operation) == row.status);
}
