#include "lwm2m/client/simulated_objects.h"

#include <string_view>
#include <variant>

namespace isthmus::lwm2m {
namespace {

struct HexBytes {
  std::string_view digits;
};
struct LinkText {
  std::string_view text;
};
// A value that can stand in a constant table; monostate is a resource that can only be executed.
using Literal = std::variant<std::monostate, std::string_view, std::int64_t, std::uint64_t, double, bool, Time,
                             HexBytes, ObjectLink, LinkText>;

struct Entry {
  Path path;
  Literal value;
};

constexpr Literal text(std::string_view value) { return value; }
constexpr Literal whole(std::int64_t value) { return value; }
constexpr Literal natural(std::uint64_t value) { return value; }
constexpr Literal kExecutable{};

constexpr Entry kEntries[] = {
    // LwM2M Server
    {{1, 0, 0}, whole(1)},
    {{1, 0, 1}, whole(300)},
    {{1, 0, 2}, whole(0)},
    {{1, 0, 3}, whole(0)},
    {{1, 0, 4}, kExecutable},
    {{1, 0, 5}, whole(86400)},
    {{1, 0, 6}, true},
    {{1, 0, 7}, text("U")},
    {{1, 0, 8}, kExecutable},
    {{1, 0, 23}, false},
    // Device
    {{3, 0, 0}, text("Isthmus")},
    {{3, 0, 1}, text("Simulated device")},
    {{3, 0, 2}, text("SIM0")},
    {{3, 0, 3}, text("1.0.0")},
    {{3, 0, 4}, kExecutable},
    {{3, 0, 5}, kExecutable},
    {{3, 0, 6, 0}, whole(1)},
    {{3, 0, 6, 1}, whole(5)},
    {{3, 0, 7, 0}, whole(3800)},
    {{3, 0, 7, 1}, whole(5000)},
    {{3, 0, 8, 0}, whole(125)},
    {{3, 0, 8, 1}, whole(900)},
    {{3, 0, 9}, whole(90)},
    {{3, 0, 10}, whole(150)},
    {{3, 0, 11, 0}, whole(0)},
    {{3, 0, 12}, kExecutable},
    {{3, 0, 13}, Time{0}},
    {{3, 0, 14}, text("+00:00")},
    {{3, 0, 15}, text("Etc/UTC")},
    {{3, 0, 16}, text("U")},
    {{3, 0, 17}, text("simulator")},
    {{3, 0, 18}, text("1")},
    {{3, 0, 19}, text("1.0.0")},
    {{3, 0, 20}, whole(0)},
    {{3, 0, 21}, whole(512)},
    // Connectivity Monitoring
    {{4, 0, 0}, whole(41)},
    {{4, 0, 1, 0}, whole(41)},
    {{4, 0, 2}, whole(-75)},
    {{4, 0, 3}, whole(20)},
    {{4, 0, 4, 0}, text("127.0.0.1")},
    {{4, 0, 5, 0}, text("127.0.0.1")},
    {{4, 0, 6}, whole(5)},
    // Firmware Update
    {{5, 0, 0}, HexBytes{}},
    {{5, 0, 1}, text("")},
    {{5, 0, 2}, kExecutable},
    {{5, 0, 3}, whole(0)},
    {{5, 0, 5}, whole(0)},
    {{5, 0, 6}, text("")},
    {{5, 0, 7}, text("")},
    {{5, 0, 8, 0}, whole(0)},
    {{5, 0, 9}, whole(1)},
    // Location
    {{6, 0, 0}, 47.37},
    {{6, 0, 1}, 8.54},
    {{6, 0, 2}, 408.0},
    {{6, 0, 3}, 10.0},
    {{6, 0, 5}, Time{0}},
    {{6, 0, 6}, 0.0},
    // Connectivity Statistics
    {{7, 0, 0}, whole(0)},
    {{7, 0, 1}, whole(0)},
    {{7, 0, 2}, whole(0)},
    {{7, 0, 3}, whole(0)},
    {{7, 0, 4}, whole(0)},
    {{7, 0, 5}, whole(0)},
    {{7, 0, 6}, kExecutable},
    {{7, 0, 7}, kExecutable},
    {{7, 0, 8}, whole(0)},
    // Cellular Connectivity
    {{10, 0, 0}, text("+491710760000")},
    {{10, 0, 1}, whole(0)},
    {{10, 0, 4}, whole(0)},
    {{10, 0, 5}, whole(0)},
    {{10, 0, 11, 0}, ObjectLink{11, 0}},
    // APN Connection Profile
    {{11, 0, 0}, text("default")},
    {{11, 0, 1}, text("internet")},
    {{11, 0, 3}, true},
    {{11, 0, 4}, whole(0)},
    // Bearer Selection
    {{13, 0, 0, 0}, whole(0)},
    {{13, 0, 1}, whole(-80)},
    {{13, 0, 3}, whole(-100)},
    {{13, 0, 11}, whole(0)},
    // Binary App Data Container
    {{19, 0, 0, 0}, HexBytes{"00010203"}},
    {{19, 0, 5}, whole(1)},
    {{19, 1, 0, 0}, HexBytes{}},
    {{19, 1, 5}, whole(1)},
    // Event Log
    {{20, 0, 4010}, whole(0)},
    {{20, 0, 4011}, kExecutable},
    {{20, 0, 4012}, kExecutable},
    {{20, 0, 4013}, whole(0)},
    {{20, 0, 4014}, HexBytes{"6c6f67"}},
    {{20, 0, 4015}, whole(0)},
    // Temperature
    {{3303, 0, 5601}, 21.5},
    {{3303, 0, 5602}, 21.5},
    {{3303, 0, 5603}, -40.0},
    {{3303, 0, 5604}, 85.0},
    {{3303, 0, 5605}, kExecutable},
    {{3303, 0, 5700}, 21.5},
    {{3303, 0, 5701}, text("Cel")},
    {{3303, 0, 5750}, text("room")},
    // Humidity
    {{3304, 0, 5601}, 45.0},
    {{3304, 0, 5602}, 45.0},
    {{3304, 0, 5603}, 0.0},
    {{3304, 0, 5604}, 100.0},
    {{3304, 0, 5605}, kExecutable},
    {{3304, 0, 5700}, 45.0},
    {{3304, 0, 5701}, text("%RH")},
    {{3304, 0, 5750}, text("room")},
    // Light Control
    {{3311, 0, 5701}, text("K")},
    {{3311, 0, 5706}, text("2700")},
    {{3311, 0, 5750}, text("ceiling")},
    {{3311, 0, 5805}, 12.5},
    {{3311, 0, 5850}, false},
    {{3311, 0, 5851}, whole(80)},
    {{3311, 0, 5852}, whole(0)},
    // On/Off switch
    {{3342, 0, 5500}, false},
    {{3342, 0, 5501}, whole(0)},
    {{3342, 0, 5750}, text("wall")},
    {{3342, 0, 5852}, whole(0)},
    {{3342, 0, 5854}, whole(0)},
    // LwM2M test object: each data type, alone and in an array
    {{3442, 0, 0}, kExecutable},
    {{3442, 0, 1}, kExecutable},
    {{3442, 0, 2}, kExecutable},
    {{3442, 0, 3}, kExecutable},
    {{3442, 0, 4}, kExecutable},  // an array without elements
    {{3442, 0, 5}, kExecutable},
    {{3442, 0, 6, 0}, text("/3442/0/120")},
    {{3442, 0, 110}, text("initial value")},
    {{3442, 0, 120}, whole(1024)},
    {{3442, 0, 125}, natural(9223372036854775808U)},
    {{3442, 0, 130}, 3.14159},
    {{3442, 0, 140}, true},
    {{3442, 0, 150}, HexBytes{"0123456789abcdef"}},
    {{3442, 0, 160}, Time{946684800}},
    {{3442, 0, 170}, ObjectLink{3, 0}},
    {{3442, 0, 180}, LinkText{"</3442>"}},
    {{3442, 0, 1110, 0}, text("initial value 1")},
    {{3442, 0, 1110, 1}, text("initial value 2")},
    {{3442, 0, 1120, 0}, whole(2048)},
    {{3442, 0, 1120, 1}, whole(4096)},
    {{3442, 0, 1125, 0}, natural(9223372036854775808U)},
    {{3442, 0, 1125, 1}, natural(18446744073709551615U)},
    {{3442, 0, 1130, 0}, 2.71828},
    {{3442, 0, 1130, 1}, 6.28318},
    {{3442, 0, 1140, 0}, true},
    {{3442, 0, 1140, 1}, false},
    {{3442, 0, 1150, 0}, HexBytes{"0123456789abcdef"}},
    {{3442, 0, 1150, 1}, HexBytes{"fedcba9876543210"}},
    {{3442, 0, 1160, 0}, Time{946684800}},
    {{3442, 0, 1160, 1}, Time{978307200}},
    {{3442, 0, 1170, 0}, ObjectLink{3, 0}},
    {{3442, 0, 1170, 1}, ObjectLink{}},
    {{3442, 0, 1180, 0}, LinkText{"</3>"}},
    {{3442, 0, 1180, 1}, LinkText{"</3/0>;pmin=1"}},
};

struct ToValue {
  Value operator()(std::string_view text) const { return std::string(text); }
  Value operator()(HexBytes bytes) const { return Opaque{fromHex(bytes.digits).value_or(Bytes{})}; }
  Value operator()(LinkText link) const { return CoreLink{std::string(link.text)}; }
  template <class T>
  Value operator()(T value) const {
    return value;
  }
};

std::map<std::uint64_t, Value> makeValues() {
  std::map<std::uint64_t, Value> values;
  for (const auto& entry : kEntries) values.emplace(entry.path.packed(), std::visit(ToValue{}, entry.value));
  return values;
}

constexpr Change kChanges[] = {
    {{3, 0, 9}, 5, 100, 2, true},
    {{4, 0, 2}, -110, -50, 3, true},
    {{4, 0, 3}, 0, 31, 2, true},
    {{6, 0, 0}, 47, 48, 0.02, false},
    {{6, 0, 1}, 8, 9, 0.02, false},
    {{3303, 0, 5700}, -10, 45, 0.5, false},
    {{3304, 0, 5700}, 20, 90, 1, false},
    {{3311, 0, 5850}},
    {{3342, 0, 5500}},
};

}  // namespace

const std::map<std::uint64_t, Value>& simulatedValues() {
  static const auto values = makeValues();
  return values;
}

std::span<const Change> simulatedChanges() { return kChanges; }

}  // namespace isthmus::lwm2m
