#include "lwm2m/client/simulated_objects.h"

#include <string_view>
#include <variant>

namespace isthmus::lwm2m {
namespace {

struct NoBytes {};
// A value that can stand in a constant table; monostate is a resource that can only be executed.
using Literal = std::variant<std::monostate, std::string_view, std::int64_t, double, bool, Time, NoBytes>;

struct Entry {
  Path path;
  Literal value;
};

constexpr Literal text(std::string_view value) { return value; }
constexpr Literal whole(std::int64_t value) { return value; }
constexpr Literal kExecutable{};

constexpr Entry kEntries[] = {
    // LwM2M Server
    {{1, 0, 0}, whole(1)},
    {{1, 0, 1}, whole(300)},
    {{1, 0, 2}, whole(0)},
    {{1, 0, 3}, whole(0)},
    {{1, 0, 5}, whole(86400)},
    {{1, 0, 6}, true},
    {{1, 0, 7}, text("U")},
    {{1, 0, 8}, kExecutable},
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
    {{5, 0, 0}, NoBytes{}},
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
};

struct ToValue {
  Value operator()(std::string_view text) const { return std::string(text); }
  Value operator()(NoBytes) const { return Opaque{}; }
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
