#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace isthmus {

// Makes equal values one in memory (SharedText, SharedArray): what came lately is given out again. It remembers a fixed
// number of them, each until another takes its place, and none that is long: a few models of devices are found again
// among any number of devices, and what never recurs costs nothing. Owned by one thread.
template <class Value>
class Recurring {
 public:
  static constexpr std::size_t kPlaces = 1024;
  static constexpr std::size_t kLongest = 2048;  // bytes

  // A value of this content. `hash` is the same for equal contents.
  template <class View>
  Value of(const View& content, std::uint64_t hash) {
    if (content.size() * sizeof(*content.data()) > kLongest) return Value(content);
    Value& place = places_[hash % kPlaces];
    if (!place.equals(content)) place = Value(content);
    return place;
  }

 private:
  std::vector<Value> places_ = std::vector<Value>(kPlaces);
};

}  // namespace isthmus
