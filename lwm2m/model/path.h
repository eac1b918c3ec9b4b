#pragma once

#include "ipe/base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace isthmus::lwm2m {

// Where something stands on a device: / , /3303, /3303/0, /3303/0/5700 or /3/0/7/1 (LwM2M Core 7.2). Ids are 0..65534.
class Path {
 public:
  constexpr Path() = default;  // the root
  constexpr explicit Path(std::uint16_t object) : depth_(1), ids_{object} {}
  constexpr Path(std::uint16_t object, std::uint16_t instance) : depth_(2), ids_{object, instance} {}
  constexpr Path(std::uint16_t object, std::uint16_t instance, std::uint16_t resource)
      : depth_(3), ids_{object, instance, resource} {}
  constexpr Path(std::uint16_t object, std::uint16_t instance, std::uint16_t resource, std::uint16_t resourceInstance)
      : depth_(4), ids_{object, instance, resource, resourceInstance} {}

  // "/3303/0/5700"; a missing first slash, a trailing slash, an empty segment, 65535 or a leading zero is malformed.
  static Result<Path> parse(std::string_view text);
  // The inverse of packed().
  static Path unpacked(std::uint64_t packed);

  constexpr std::size_t depth() const { return depth_; }
  constexpr bool isRoot() const { return depth_ == 0; }
  // The id at a level the path has.
  constexpr std::uint16_t object() const { return ids_[0]; }
  constexpr std::uint16_t instance() const { return ids_[1]; }
  constexpr std::uint16_t resource() const { return ids_[2]; }
  constexpr std::uint16_t resourceInstance() const { return ids_[3]; }
  constexpr std::uint16_t id(std::size_t level) const { return ids_[level]; }

  Path child(std::uint16_t id) const;    // depth() < 4
  Path prefix(std::size_t depth) const;  // the first `depth` levels, or the whole path if it is shorter
  // True for the path itself and for everything below it: /3303/1 contains /3303/1/5700, not /3303/10.
  bool contains(const Path& other) const;

  std::string toString() const;  // "/3303/0/5700", "/" for the root
  // All ids in one word, 16 bits each, absent ones as 65535: a key for tables.
  std::uint64_t packed() const;

  constexpr auto operator<=>(const Path&) const = default;

 private:
  std::uint8_t depth_ = 0;
  std::array<std::uint16_t, 4> ids_{};
};

}  // namespace isthmus::lwm2m
