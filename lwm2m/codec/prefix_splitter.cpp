#include "lwm2m/codec/prefix_splitter.h"

#include <algorithm>

namespace isthmus::lwm2m {
namespace {

constexpr std::size_t kLongestPrefix = 255;
constexpr std::size_t kMostParts = 256;  // a payload of many prefixes must not make us search without end

bool isPrefix(std::string_view text) {
  return text.size() <= kLongestPrefix && text.find('/') == std::string_view::npos &&
         text.find_first_not_of("0123456789") != std::string_view::npos;
}

}  // namespace

PrefixSplitter::Part* PrefixSplitter::part(std::string_view prefix) {
  const auto found = std::ranges::find(parts_, prefix, &Part::prefix);
  if (found != parts_.end()) return &*found;
  if (parts_.size() == kMostParts || (!prefix.empty() && !isPrefix(prefix))) return nullptr;
  return &parts_.emplace_back(Part{std::string(prefix), Types(context_.modelOf(prefix)), {}});
}

PrefixSplitter::Part* PrefixSplitter::take(std::string_view& name) {
  if (!name.starts_with('/')) return part("");
  const std::string_view segment = name.substr(1, name.find('/', 1) - 1);
  if (!isPrefix(segment)) return part("");
  name.remove_prefix(segment.size() + 1);
  return part(segment);
}

std::vector<EndDeviceRecords> PrefixSplitter::finish() {
  std::vector<EndDeviceRecords> list;
  for (Part& one : parts_)
    if (!one.records.empty()) list.push_back({std::move(one.prefix), std::move(one.records)});
  return list;
}

const Record* PrefixSplitter::duplicate() const {
  for (const Part& one : parts_)
    if (const Record* twice = lwm2m::duplicate(one.records)) return twice;
  return nullptr;
}

}  // namespace isthmus::lwm2m
