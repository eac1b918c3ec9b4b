#include "lwm2m/model/path.h"

#include <charconv>

namespace isthmus::lwm2m {
namespace {

constexpr std::uint16_t kNoId = 65535;  // LwM2M Core 7.2: reserved, never an id
constexpr std::size_t kMaxDepth = 4;
constexpr std::size_t kMaxText = kMaxDepth * 6;  // "/65534" each

tl::unexpected<Error> badPath(std::string_view why, std::string_view text) {
  return fail(Errc::malformed, "not a LwM2M path: " + std::string(why), std::string(text.substr(0, 64)));
}

}  // namespace

Result<Path> Path::parse(std::string_view text) {
  if (text.empty() || text.front() != '/') return badPath("it does not start with a slash", text);
  Path path;
  if (text.size() == 1) return path;
  for (std::size_t at = 0; at < text.size();) {
    if (path.depth_ == kMaxDepth) return badPath("more than four levels", text);
    const char* first = text.data() + at + 1;
    const char* last = text.data() + text.size();
    std::uint16_t id = 0;
    const auto [end, failure] = std::from_chars(first, last, id);
    if (failure != std::errc{} || id == kNoId) return badPath("an id is a number from 0 to 65534", text);
    if (end != last && *end != '/') return badPath("an id has digits only", text);
    if (*first == '0' && end - first > 1) return badPath("an id has a leading zero", text);
    path.ids_[path.depth_++] = id;
    at = static_cast<std::size_t>(end - text.data());
  }
  return path;
}

Path Path::unpacked(std::uint64_t packed) {
  Path path;
  for (unsigned level = 0; level < kMaxDepth; ++level) {
    const auto id = static_cast<std::uint16_t>(packed >> (48 - 16 * level));
    if (id == kNoId) break;
    path.ids_[path.depth_++] = id;
  }
  return path;
}

Path Path::child(std::uint16_t id) const {
  Path path = *this;
  path.ids_.at(path.depth_++) = id;
  return path;
}

Path Path::prefix(std::size_t depth) const {
  Path path = *this;
  while (path.depth_ > depth) path.ids_[--path.depth_] = 0;
  return path;
}

bool Path::contains(const Path& other) const { return depth_ <= other.depth_ && other.prefix(depth_) == *this; }

std::string Path::toString() const {
  if (isRoot()) return "/";
  std::array<char, kMaxText> text{};
  char* end = text.data();
  for (std::size_t level = 0; level < depth_; ++level) {
    *end++ = '/';
    end = std::to_chars(end, text.data() + text.size(), ids_[level]).ptr;
  }
  return {text.data(), end};
}

std::uint64_t Path::packed() const {
  std::uint64_t packed = 0;
  for (std::size_t level = 0; level < kMaxDepth; ++level)
    packed = packed << 16 | (level < depth_ ? ids_[level] : kNoId);
  return packed;
}

}  // namespace isthmus::lwm2m
