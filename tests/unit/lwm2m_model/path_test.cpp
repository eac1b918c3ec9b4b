#include "lwm2m/model/path.h"

#include <catch2/catch.hpp>

#include <set>

using namespace isthmus;
using namespace isthmus::lwm2m;

TEST_CASE("Paths are read, written and packed") {
  const auto [text, path] =
      GENERATE(table<std::string, Path>({{"/", Path()},
                                         {"/0", Path(0)},
                                         {"/3303", Path(3303)},
                                         {"/3303/0", Path(3303, 0)},
                                         {"/3303/0/5700", Path(3303, 0, 5700)},
                                         {"/3/0/7/1", Path(3, 0, 7, 1)},
                                         {"/65534/65534/65534/65534", Path(65534, 65534, 65534, 65534)}}));
  CAPTURE(text);
  CHECK(Path::parse(text).value() == path);
  CHECK(path.toString() == text);
  CHECK(Path::unpacked(path.packed()) == path);
}

TEST_CASE("What is no path is refused") {
  const auto text =
      GENERATE(as<std::string>(), "", "3303", "//", "/3303/", "/3303//0", "/65535", "/65536", "/99999999999", "/-1",
               "/+1", "/03", "/00", "/3/0/7/1/2", "/3/a", "/3a", "/ 3", "/3 ", "3/", "/3/0/7/1/", "/0x3");
  CAPTURE(text);
  const auto path = Path::parse(text);
  REQUIRE_FALSE(path);
  CHECK(path.error().code == Errc::malformed);
}

TEST_CASE("A path contains itself and what is below it") {
  CHECK(Path().contains(Path(3)));
  CHECK(Path(3303, 1).contains(Path(3303, 1)));
  CHECK(Path(3303, 1).contains(Path(3303, 1, 5700)));
  CHECK_FALSE(Path(3303, 1).contains(Path(3303, 10)));
  CHECK_FALSE(Path(3303, 1).contains(Path(3303)));
  CHECK_FALSE(Path(3303, 0).contains(Path(3303, 1, 5700)));
}

TEST_CASE("Children and prefixes of a path") {
  CHECK(Path().child(3).child(0).child(7).child(1) == Path(3, 0, 7, 1));
  CHECK(Path(3, 0, 7, 1).prefix(2) == Path(3, 0));
  CHECK(Path(3, 0).prefix(4) == Path(3, 0));
  CHECK(Path(3, 0, 7, 1).prefix(0) == Path());
}

TEST_CASE("Paths are equal if all their ids are, and the upper come before the lower",
          "[test_equals][assertFirstSmaller]") {
  const std::vector<Path> ascending{
      Path(),        Path(0),          Path(1),          Path(0, 0),          Path(0, 1),
      Path(1, 0),    Path(0, 0, 0),    Path(0, 0, 1),    Path(1, 0, 0),       Path(3, 0, 9),
      Path(3, 1, 0), Path(0, 0, 0, 0), Path(0, 0, 0, 1), Path(3, 0, 7, 65534)};
  for (std::size_t a = 0; a < ascending.size(); ++a)
    for (std::size_t b = 0; b < ascending.size(); ++b) {
      CHECK((ascending[a] == ascending[b]) == (a == b));
      CHECK((ascending[a] < ascending[b]) == (a < b));
    }
}

TEST_CASE("Packed paths are as different as the paths") {
  const std::set<std::uint64_t> keys{Path().packed(),        Path(0).packed(),          Path(0, 0).packed(),
                                     Path(0, 0, 0).packed(), Path(0, 0, 0, 0).packed(), Path(1).packed(),
                                     Path(0, 1).packed()};
  CHECK(keys.size() == 7);
}
